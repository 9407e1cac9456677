"""Train the detector on one dataset: data/out/train/<name>/seed<k>.pt and curve.csv; by command: seed<k>/.

Seeds of the builtin train side by side, each in a process of its own on one thread: the result does not depend on the
number of cores. A killed training goes on from its last checkpoint, and ends with the same bytes.

    torchrun --nproc-per-node=4 -m pipeline.stages.train <name>

trains one seed after the other, with four processes that share every batch: on GPUs, one a process, where there are
any. The result is that of one process up to rounding, and depends on the number of processes that much.
"""

import os
import shutil
import tempfile
import threading
from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

from tqdm import tqdm

from pipeline.config import load_params
from pipeline.data.coco import CocoSet, read_coco
from pipeline.data.files import write_text
from pipeline.detect.command import LOGS, train_by_command, write_categories
from pipeline.detect.dataset import PackedSet
from pipeline.detect.progress import progress_folder
from pipeline.errors import UserError, main
from pipeline.params import Params
from pipeline.shards.pack import pack_folder
from pipeline.shards.read import plain_folder
from pipeline.workers import start_workers

if TYPE_CHECKING:
    from pipeline.detect.parallel import Ranks

OUT = Path("data/out/train")
REAL_ONLY = "real_only"

Curve = list[tuple[int, float, float]]
"""(step, epoch, loss) of every step."""


def run(name: str) -> None:
    """Train every seed on the rung `name`, or on the labelled real frames if it is real_only."""
    params = load_params()
    check_crop(params.train.crop_px)
    data = dataset_folder(name, params)
    if params.detector.kind == "command":
        if is_one_of_several():
            raise UserError("detector.kind: torchrun trains only the builtin detector, found command; start "
                            f"`python -m pipeline.stages.train {name}`, and processes of its own in train_command")
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
        progress = progress_folder(out.name, packed, params)
        curves = (train_together if is_one_of_several() else train_seeds)(packed, params, out, progress)
    rows = [
        f"{k},{step},{epoch:.4f},{loss:.5f}"
        for k, curve in enumerate(curves)
        for step, epoch, loss in curve
    ]
    write_text(out / "curve.csv", "\n".join(["seed,step,epoch,loss", *rows]) + "\n")
    shutil.rmtree(progress)
    final = " and ".join(f"{mean_of_last(curve):.2f}" for curve in curves)
    return (
        f"{out}: {len(curves)} detectors, each trained on {params.train.steps} batches of "
        f"{params.train.batch} crops of {len(packed)} images; loss at the end {final}"
    )


def is_one_of_several() -> bool:
    """Whether torchrun started this process."""
    return "TORCHELASTIC_RUN_ID" in os.environ


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


def train_together(packed: PackedSet, params: Params, folder: Path, progress: Path) -> list[Curve]:
    """Like `train_seeds`, in one of the processes of torchrun. The first one returns; the others have nothing to write,
    and leave here."""
    from pipeline.detect.parallel import joined

    runs = range(params.train.seeds)
    with joined(params.train.batch) as ranks, tqdm(
        total=len(runs) * params.train.steps, desc=f"train {folder.name} by {ranks.count} processes", unit="step",
        mininterval=1, disable=None if ranks.is_first else True,
    ) as bar:  # fmt: skip
        kept = progress / f"{ranks.count}-{ranks.device.type}"  # in other company it learns something slightly else
        curves = [_train(packed, params, k, folder, kept, lambda loss: _advance(bar, loss), ranks) for k in runs]
    if not ranks.is_first:
        raise SystemExit(0)
    return curves


def train_seeds(packed: PackedSet, params: Params, folder: Path, progress: Path) -> list[Curve]:
    """Train and save seed0.pt, seed1.pt, ... in `folder`; returns the curve (step, epoch, loss) of each.

    progress: folder of the checkpoints.
    """
    messages = get_context("spawn").Queue()
    runs = range(params.train.seeds)
    total = len(runs) * params.train.steps
    with (
        tqdm(total=total, desc=f"train {folder.name}", unit="step", mininterval=1, disable=None) as bar,
        start_workers(_take_queue, messages) as pool,
    ):
        show = threading.Thread(target=_show, args=(messages, bar), daemon=True)
        show.start()
        jobs = [pool.submit(_train_one, packed, params, k, folder, progress) for k in runs]
        try:
            return [job.result() for job in jobs]
        finally:
            messages.put(None)
            show.join()
            pool.shutdown(cancel_futures=True)


def _show(messages, bar: tqdm) -> None:
    while (loss := messages.get()) is not None:
        _advance(bar, loss)


def _advance(bar: tqdm, loss: float) -> None:
    bar.set_postfix(loss=f"{loss:.2f}", refresh=False)
    bar.update()


def _take_queue(messages) -> None:
    global _messages
    _messages = messages


def _train_one(packed: PackedSet, params: Params, k: int, folder: Path, progress: Path) -> Curve:
    """In a process of its own; torch is imported here, and not by the process that only waits."""
    from pipeline.detect.parallel import ALONE

    return _train(packed, params, k, folder, progress, _messages.put, ALONE)


def _train(packed: PackedSet, params: Params, k: int, folder: Path, progress: Path, say: Callable[[float], None],
           ranks: "Ranks") -> Curve:  # fmt: skip
    """Train seed k, whole or this rank's share of it; calls `say(loss)` after every step."""
    from pipeline.detect.checkpoint import Checkpoints
    from pipeline.detect.detector import save
    from pipeline.detect.loop import train

    curve = []

    def report(step: int, epoch: float, loss: float) -> None:
        curve.append((step, epoch, loss))
        say(loss)

    checkpoints = Checkpoints(progress / f"seed{k}.pt")
    network = train(packed, params.detector, params.train, params.seed, k, report, checkpoints, ranks)
    if ranks.is_first:
        save(folder / f"seed{k}.pt", network, params.detector, packed.categories)
    return curve


def mean_of_last(curve: Curve, share: float = 0.1) -> float:
    """Mean loss over the last `share` of the steps."""
    last = curve[-max(1, round(share * len(curve))):]
    return sum(loss for _, _, loss in last) / len(last)


if __name__ == "__main__":
    main(run)
