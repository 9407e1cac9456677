"""realism: how easily each rung's pictures are told from real ones, their noise and their power spectrum."""

import numpy as np
from tqdm import tqdm

from pipeline.compare.telltale import statistics_of, tell_apart
from pipeline.config import load_params
from pipeline.data.files import read_image, write_json
from pipeline.errors import DataError, main
from pipeline.measure import folders
from pipeline.workers import start_workers
from sensors.single_frame_noise import single_frame_noise
from sensors.statistics import power_spectrum

IMAGES = 24  # of real frames and of each rung, evenly spread
CURVE_IMAGES = 6
SPECTRUM_PX = 64
_worker = {}


def run() -> None:
    """Write data/out/realism/auc.json; real pictures are the unlabelled calibration frames, never the test split."""
    params = load_params()
    real_paths = sorted(folders.real_set("calibration").glob("images/*"))
    if len(real_paths) < 8:
        raise DataError(f"{folders.real_set('calibration')}: expected at least 8 unlabelled real frames, found "
                        f"{len(real_paths)}; run `dvc repro` or the stage real first")
    real = some_images(real_paths)
    with start_workers(_start, params.seed, statistics_of(real)) as pool:
        done = list(tqdm(pool.map(_measure, params.ladder), "realism", len(params.ladder), unit="rung", disable=None))
    path = folders.OUT / "realism" / "auc.json"
    write_json(path, {"real": curves(real), "rungs": dict(zip(params.ladder, done, strict=True))})
    print(f"realism: {len(done)} rungs beside {len(real)} real frames in {path}")


def _start(seed: int, real: list[np.ndarray]) -> None:
    _worker.update(seed=seed, real=real)


def _measure(rung: str) -> dict:
    """A rung's AUC and curves, plain JSON-able."""
    seed, real = _worker["seed"], _worker["real"]
    block = max(1, round(len(real) / 8))  # 8 stretches of the video: what stands still is the same in all frames
    made = some_images(sorted(folders.synth_set(rung).glob("images/*")))
    told = tell_apart(real, statistics_of(made), block, seed)
    return {"auc": told.auc, "auc_ci95": list(told.ci95), "strongest": list(told.strongest)} | curves(made)


def some_images(paths: list) -> list[np.ndarray]:
    """At most IMAGES of the files, evenly spread."""
    return [read_image(paths[i]) for i in np.unique(np.linspace(0, len(paths) - 1, IMAGES).astype(int))]


def curves(images: list[np.ndarray]) -> dict:
    """Noise of the quietest patches against intensity [DN], and mean radial power spectrum, of some of the images."""
    some = images[:: max(1, len(images) // CURVE_IMAGES)]
    noise = single_frame_noise(some)
    told = np.isfinite(noise.std)
    spectrum = np.mean([power_spectrum(image, SPECTRUM_PX) for image in some], axis=0)
    return {
        "noise": np.column_stack([noise.level, noise.std])[told].round(4).tolist(),
        "power": [[round((k + 1) / SPECTRUM_PX, 4), float(f"{power:.5g}")] for k, power in enumerate(spectrum)],
    }


if __name__ == "__main__":
    main(run)
