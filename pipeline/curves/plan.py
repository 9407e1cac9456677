"""What is trained for the learning curves, and on which frames each detector is measured.

The real frames are the labelled training frames. Detectors that learn from synthetic images alone are measured on all
of them; for those that learn from real frames the frames are cut into blocks of neighbours, and each block is measured
by detectors that learned from the others. The real test frames are not opened.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipeline.data.coco import CocoSet
from pipeline.detect.dataset import PackedSet, pack
from pipeline.errors import UserError
from pipeline.lab_params import CurvesParams
from pipeline.labels.finetune import in_terms_of
from pipeline.labels.out_of_fold import blocks, in_order, only
from pipeline.search.training import some

AUGMENTED, PLAIN = "augmented", "plain"  # synthetic images alone
SCRATCH, PRETRAINED = "scratch", "pretrained"  # real frames alone, and after all synthetic images
SYNTHETIC_POINTS, REAL_POINTS = 5, 4


@dataclass(frozen=True)
class Lesson:
    """One training. data: name of the packed set. start: a detector to learn on from. keep: where to save it.

    measured: indices of the frames, in the order of their names, that are looked at afterwards.
    """

    data: str
    plain: bool
    run: int
    measured: tuple[int, ...]
    start: Path | None = None
    keep: Path | None = None


def sizes(fewest: int, most: int, points: int) -> list[int]:
    """So many numbers from fewest to most, as even as can be on a logarithmic scale; fewer where they would repeat."""
    return sorted({int(n) for n in np.geomspace(min(fewest, most), most, points).round()})


def folds_of(real: CocoSet, settings: CurvesParams) -> list[np.ndarray]:
    """Indices of the frames of each block. Raises UserError if there are too few frames."""
    parts = blocks(len(real.images), settings.folds)
    if len(parts) < 2:
        raise UserError(f"data/out/real/train: expected at least 2 labelled frames, found {len(real.images)}; add some")
    return parts


def real_sizes(real: CocoSet, settings: CurvesParams) -> list[int]:
    fewest_left = len(real.images) - max(map(len, folds_of(real, settings)))
    return sizes(settings.fewest_frames, fewest_left, REAL_POINTS)


def pack_all(synth: CocoSet, real: CocoSet, folders: Mapping[str, Path], settings: CurvesParams, scale: float,
             scratch: Path) -> dict[str, PackedSet]:
    """{"synthetic-<size>" and "real-<size>-<fold>": what is learned from}. folders: {"synthetic", "real": pictures}."""
    labelled = in_terms_of(real, synth.categories)
    images = in_order(labelled)
    sets = {f"synthetic-{n}": some(synth, n) for n in synthetic_sizes(synth, settings)}
    for fold, part in enumerate(folds_of(real, settings)):
        others = only(labelled, (image for i, image in enumerate(images) if i not in part))
        sets |= {f"real-{n}-{fold}": some(others, n) for n in real_sizes(real, settings)}
    return {
        name: pack(coco, folders[name.split("-")[0]], scale, scratch / f"{name}.bin") for name, coco in sets.items()
    }


def synthetic_sizes(synth: CocoSet, settings: CurvesParams) -> list[int]:
    return sizes(settings.fewest_images, len(synth.images), SYNTHETIC_POINTS)


def synthetic_lessons(synth: CocoSet, real: CocoSet, settings: CurvesParams, checkpoints: Path) -> dict[str, Lesson]:
    """{name_of(...): training} on synthetic images; those on all of them, augmented, are what others learn on from."""
    everything = tuple(range(len(real.images)))
    lessons, counts = {}, synthetic_sizes(synth, settings)
    for count in reversed(counts):
        for arm in (AUGMENTED, PLAIN):
            for run in range(settings.seeds):
                is_start = arm == AUGMENTED and count == counts[-1]
                keep = checkpoint(checkpoints, run) if is_start else None
                lessons[name_of(arm, count, run)] = Lesson(
                    f"synthetic-{count}", arm == PLAIN, run, everything, keep=keep)
    return lessons


def real_lessons(real: CocoSet, settings: CurvesParams, checkpoints: Path) -> dict[str, Lesson]:
    """{name_of(...): training} on real frames, with and without the detectors that know all synthetic images."""
    lessons = {}
    for count in reversed(real_sizes(real, settings)):
        for fold, part in enumerate(folds_of(real, settings)):
            for run in range(settings.seeds):
                data, measured = f"real-{count}-{fold}", tuple(int(i) for i in part)
                lessons[name_of(SCRATCH, count, run, fold)] = Lesson(data, False, run, measured)
                lessons[name_of(PRETRAINED, count, run, fold)] = Lesson(
                    data, False, run, measured, start=checkpoint(checkpoints, run))
    return lessons


def checkpoint(folder: Path, run: int) -> Path:
    return folder / f"synthetic_{run}.pt"


def name_of(arm: str, count: int, run: int, fold: int = 0) -> str:
    return f"{arm}-{count}-{run}-{fold}"
