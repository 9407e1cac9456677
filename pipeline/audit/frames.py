"""The labelled real training frames as samples, and the stretches of time that keep apart what is alike."""

from dataclasses import dataclass

import numpy as np

from pipeline.augment.sample import Sample
from pipeline.data.coco import CocoSet
from pipeline.data.files import read_image
from pipeline.errors import UserError
from pipeline.labels.out_of_fold import FOLDS, blocks, in_order, read_split
from pipeline.measure import folders

FEWEST = 2 * FOLDS


@dataclass(frozen=True)
class Frames:
    """Real training frames in order of time.

    fold: (frames,) int, the stretch of time that a frame belongs to. An expert, or a classifier, judges a fold if it
    has learned from the others only; what is mixed into a frame comes from its own fold.
    """

    names: list[str]
    samples: list[Sample]
    fold: np.ndarray
    categories: tuple[str, ...]
    chiral: tuple[str, ...]  # categories of which a mirror image shows something else

    def mates(self, index: int) -> list[Sample]:
        """The other frames of the fold of frame `index`."""
        return [self.samples[i] for i in np.flatnonzero(self.fold == self.fold[index]) if i != index]


def read_frames() -> tuple[Frames, CocoSet]:
    """Never the test split. Raises UserError where there are fewer than FEWEST labelled training frames."""
    coco = read_split("train")
    images = in_order(coco)
    if len(images) < FEWEST:
        raise UserError(f"{folders.real_set('train')}: expected at least {FEWEST} labelled training frames, so that "
                        f"each of {FOLDS} folds can be mixed within itself, found {len(images)}; label more")
    place = {category.id: k for k, category in enumerate(coco.categories)}
    samples = []
    for image in images:
        boxes, ignore = coco.boxes(image.id)
        category = np.array([place[a.category_id] for a in coco.of_image(image.id)], int)
        pixels = read_image(folders.real_set("train") / "images" / image.file_name)
        samples.append(Sample(pixels, boxes, ignore, category, np.ones(len(boxes), np.float32)))
    fold = np.concatenate([np.full(len(part), k) for k, part in enumerate(blocks(len(images), FOLDS))])
    shown = {a.category_id for a in coco.annotations}
    chiral = tuple(c.name for c in coco.categories if c.chiral and c.id in shown)
    return Frames([i.file_name for i in images], samples, fold, tuple(c.name for c in coco.categories), chiral), coco
