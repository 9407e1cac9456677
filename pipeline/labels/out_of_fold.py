"""Predictions on labelled frames by detectors that have not learned from them.

Neighbouring frames are alike, so a fold is a block of frames in a row, and not every k-th frame. What nobody ever
labelled is learned as background from the other folds, and may stay unfound; what was forgotten now and then is not.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from tqdm import tqdm

from pipeline.data.coco import CocoSet, Image, read_coco
from pipeline.data.files import read_image
from pipeline.errors import UserError
from pipeline.labels.finetune import fine_tune
from pipeline.labels.quality import Labels
from pipeline.measure import folders
from pipeline.measure.matching import Detections
from pipeline.measure.predict import detections_of
from pipeline.params import Params

FOLDS = 4


def read_split(split: str) -> CocoSet:
    """The labels of a split. Raises UserError if they are missing or unusable, or too few to learn from."""
    folder = folders.real_set(split)
    if not (folder / "annotations.json").is_file():
        raise UserError(f"{folder}: expected labelled frames, found none; run `dvc repro`")
    coco = read_coco(folder / "annotations.json", folder / "images", None)
    if split == "train" and len(coco.images) < 2:
        raise UserError(f"{folder}: expected at least 2 labelled frames to learn from one and judge another, found 1")
    return coco


def blocks(count: int, folds: int) -> list[np.ndarray]:
    """Indices 0 to count - 1 in `folds` parts of neighbours, as equal as can be; none is empty."""
    return [part for part in np.array_split(np.arange(count), folds) if len(part)]


def only(coco: CocoSet, images: Iterable[Image]) -> CocoSet:
    """The part of a set that belongs to these images."""
    images = list(images)
    ids = {image.id for image in images}
    return CocoSet(images, [a for a in coco.annotations if a.image_id in ids], coco.categories)


def in_order(coco: CocoSet) -> list[Image]:
    """Images by file name: neighbours in a video are neighbours here."""
    return sorted(coco.images, key=lambda image: image.file_name)


def see_folds(coco: CocoSet, folder: Path, checkpoint: Path, params: Params, folds: int = FOLDS) -> list[Detections]:
    """What detectors say that learned from the other folds; in the order of `in_order`.

    Raises UserError if the checkpoint, or an image, cannot be read.
    """
    images = in_order(coco)
    answers: list[Detections | None] = [None] * len(images)
    parts = blocks(len(images), folds)
    for run, left_out in enumerate(tqdm(parts, "folds", disable=None)):
        learned = only(coco, (image for i, image in enumerate(images) if i not in left_out))
        detector = fine_tune(checkpoint, learned, folder, params, run)
        for i in left_out:
            answers[i] = detections_of(detector, read_image(folder / images[i].file_name))
    return answers


def see_others(
    coco: CocoSet, folder: Path, others: Sequence[Path], checkpoint: Path, params: Params, run: int = FOLDS
) -> list[Detections]:
    """What a detector says about the pictures `others` that learned from all of `coco`."""
    detector = fine_tune(checkpoint, coco, folder, params, run)
    return [detections_of(detector, read_image(path)) for path in others]


def labels_of(coco: CocoSet) -> list[Labels]:
    """In the order of `in_order`."""
    name_of = {category.id: category.name for category in coco.categories}
    found = []
    for image in in_order(coco):
        own = coco.of_image(image.id)
        boxes, ignore = coco.boxes(image.id)
        names = np.array([name_of[a.category_id] for a in own], str)
        found.append(Labels(np.array([a.id for a in own], int), boxes.astype(np.float64), names, ignore))
    return found
