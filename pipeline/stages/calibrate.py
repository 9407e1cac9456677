"""Stage `calibrate`: unlabelled real frames -> data/out/calibration: camera.json (profile and view) and plate.png."""

from pathlib import Path

import numpy as np
from tqdm import tqdm

from pipeline.data.files import atomic_folder, read_image, write_image, write_json
from pipeline.errors import DataError, main
from pipeline.scene.photographs import load_photographs
from pipeline.scene.view_fit import fit_view
from sensors.calibrate import CalibrationError, calibrate, median_plate

FRAMES = Path("data/out/real/calibration/images")
PHOTOS = Path("data/out/real/photos")  # tone and saturation are told relative to these
OUT = Path("data/out/calibration")
EVERY = 3  # neighbouring frames tell little new


def run():
    paths = sorted(FRAMES.glob("*.png"))[::EVERY]
    if not paths:
        raise DataError(
            f"{FRAMES}: expected the unlabelled real frames, found none; run `dvc repro` or the stage real first"
        )
    frames = [read_image(path) for path in tqdm(paths, "calibrate", unit="frame", disable=None)]
    plate = np.round(median_plate(frames)).astype(np.uint8)
    try:
        fitted = calibrate(frames, reference=load_photographs(PHOTOS)).to_dict()
    except CalibrationError as error:
        raise DataError(f"{FRAMES}: {error}") from None
    with atomic_folder(OUT) as folder:
        write_image(folder / "plate.png", plate)
        write_json(folder / "camera.json", {**fitted, "view": fit_view(frames, plate)})
    print(f"calibrate: camera profile, view and background plate of {len(frames)} frames in {OUT}")


if __name__ == "__main__":
    main(run)
