"""Train the detector on one dataset: data/out/train/<name>/seed<k>.pt and curve.csv; by command: seed<k>/.

Seeds of the builtin train side by side, each in a process of its own on one thread: the result does not depend on the
number of cores.
"""

import tempfile
import threading
from multiprocessing import get_context
from pathlib import Path

from tqdm import tqdm

from pipeline.config import load_params
from pipeline.data.coco import CocoSet, read_coco
from pipeline.data.files import write_text
from pipeline.detect.command import LOGS, train_by_command, write_categories
from pipeline.detect.dataset import PackedSet
from pipeline.errors import UserError, main
from pipeline.params import Params
from pipeline.shards.pack import pack_folder
from pipeline.shards.read import plain_folder
from pipeline.workers import start_workers

OUT = Path("data/out/train")
REAL_ONLY = "real_only"


def run(name: str) -> None:
    """Train every seed on the rung `name`, or on the labelled real frames if it is real_only."""
    params = load_params()
    check_crop(params.train.crop_px)
    data = dataset_folder(name, params)
    if params.detector.kind == "command":
        data = plain_folder(data)
        coco = read_coco(data / "annotations.json", data / "images", None)
        print(train_command(coco, data / "images", params, OUT / name))
    else:
        print(train_builtin(data, params, OUT / name))


def train_command(coco: CocoSet, image_folder: Path, params: Params, out: Path) -> str:
    """Let the user's command train seed0, seed1, ..., one after the other; returns what to say at the end."""
    for k in tqdm(range(params.train.seeds), f"train {out.name}", unit="detector", disable=None):
        log = LOGS / f"train-{out.name}-seed{k}.log"
        train_by_command(params.detector.train_command, coco, image_folder, (params.seed, k), out / f"seed{k}", log)
    write_categories(out / "seed0", coco.categories)
    return f"{out}: {params.train.seeds} detectors, trained by detector.train_command on {len(coco.images)} images"


def train_builtin(data: Path, params: Params, out: Path) -> str:
    """Train seed0.pt, seed1.pt, ... on the set `data` and write curve.csv; returns what to say at the end."""
    with tempfile.TemporaryDirectory(prefix="train-") as scratch:
        packed = pack_folder(data, params.detector.input_scale, Path(scratch) / "pixels.bin")
        chiral = ", ".join(category.name for category in packed.categories if category.chiral)
        if chiral:
            print(f"{out}: nothing is mirrored, neither in training nor in detection, because of chiral {chiral}")
        curves = train_seeds(packed, params, out)
    rows = [
        f"{k},{step},{epoch:.4f},{loss:.5f}"
        for k, curve in enumerate(curves)
        for step, epoch, loss in curve
    ]
    write_text(out / "curve.csv", "\n".join(["seed,step,epoch,loss", *rows]) + "\n")
    final = " and ".join(f"{mean_of_last(curve):.2f}" for curve in curves)
    return (
        f"{out}: {len(curves)} detectors, each trained on {params.train.steps} batches of "
        f"{params.train.batch} crops of {len(packed)} images; loss at the end {final}"
    )


def check_crop(crop_px: int) -> None:
    """The network halves its input five times."""
    if crop_px % 32:
        raise UserError(f"params.yaml: train.crop_px: expected a multiple of 32, found {crop_px}")


def dataset_folder(name: str, params: Params) -> Path:
    """Where the training images of `name` are."""
    if name == REAL_ONLY:
        return Path("data/out/real/train")
    if name not in params.ladder:
        known = ", ".join([*params.ladder, REAL_ONLY])
        raise UserError(f"train: {name!r} is not on the ladder of params.yaml; expected one of {known}")
    return Path("data/out/synth") / name / "train"


def train_seeds(packed: PackedSet, params: Params, folder: Path) -> list[list[tuple[int, float, float]]]:
    """Train and save seed0.pt, seed1.pt, ... in `folder`; returns the curve (step, epoch, loss) of each."""
    messages = get_context("spawn").Queue()
    runs = range(params.train.seeds)
    total = len(runs) * params.train.steps
    with (
        tqdm(total=total, desc=f"train {folder.name}", unit="step", mininterval=1, disable=None) as bar,
        start_workers(_take_queue, messages) as pool,
    ):
        show = threading.Thread(target=_show, args=(messages, bar), daemon=True)
        show.start()
        jobs = [pool.submit(_train_one, packed, params, k, folder / f"seed{k}.pt") for k in runs]
        try:
            return [job.result() for job in jobs]
        finally:
            messages.put(None)
            show.join()
            pool.shutdown(cancel_futures=True)


def _show(messages, bar: tqdm) -> None:
    while (loss := messages.get()) is not None:
        bar.set_postfix(loss=f"{loss:.2f}", refresh=False)
        bar.update()


def _take_queue(messages) -> None:
    global _messages
    _messages = messages


def _train_one(packed: PackedSet, params: Params, k: int, path: Path) -> list[tuple[int, float, float]]:
    """In a process of its own; torch is imported here, and not by the process that only waits."""
    from pipeline.detect.detector import save
    from pipeline.detect.loop import train

    curve = []

    def report(step: int, epoch: float, loss: float) -> None:
        curve.append((step, epoch, loss))
        _messages.put(loss)

    network = train(packed, params.detector, params.train, params.seed, k, report)
    save(path, network, params.detector, packed.categories)
    return curve


def mean_of_last(curve: list[tuple[int, float, float]], share: float = 0.1) -> float:
    """Mean loss over the last `share` of the steps."""
    last = curve[-max(1, round(share * len(curve))):]
    return sum(loss for _, _, loss in last) / len(last)


if __name__ == "__main__":
    main(run)
