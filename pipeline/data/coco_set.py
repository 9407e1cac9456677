"""An annotated set of pictures in memory, whatever format it came from: COCO's own terms.

Boxes are xyxy in pixel edges (pixel i covers [i, i + 1)) of the picture as it is shown.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Category:
    id: int
    name: str
    chiral: bool = False  # mirrored it is something else, like text: nothing in the pipeline mirrors it


SPLIT_NAMES = {"train": "train", "val": "val", "valid": "val", "test": "test"}  # by their names on disk
PERSON = Category(1, "person")


@dataclass(frozen=True)
class Image:
    id: int
    file_name: str  # relative to the folder of images, with "/"
    width: int
    height: int


@dataclass(frozen=True)
class Annotation:
    id: int
    image_id: int
    box: tuple[float, float, float, float]  # x0, y0, x1, y1 in px
    iscrowd: bool = False  # True: ignore region, neither rewarded nor punished
    extra: Mapping[str, Any] = field(default_factory=dict)  # visible_fraction, truncation, ...: what JSON can hold
    category_id: int = PERSON.id


@dataclass(frozen=True)
class CocoSet:
    images: list[Image]
    annotations: list[Annotation]
    categories: tuple[Category, ...] = (PERSON,)

    def boxes(self, image_id: int) -> tuple[np.ndarray, np.ndarray]:
        """The boxes of one image, float32 (N, 4) xyxy in px, and which are ignore regions, bool (N,)."""
        found = self.of_image(image_id)
        boxes = np.array([a.box for a in found], np.float32).reshape(-1, 4)
        return boxes, np.array([a.iscrowd for a in found], bool)

    def of_image(self, image_id: int) -> list[Annotation]:
        """The annotations of one image, in their order in the file."""
        return self._by_image.get(image_id, [])

    @cached_property
    def _by_image(self) -> dict[int, list[Annotation]]:
        groups: dict[int, list[Annotation]] = {}
        for annotation in self.annotations:
            groups.setdefault(annotation.image_id, []).append(annotation)
        return groups


@dataclass(frozen=True)
class Split:
    """A part of a data set on disk, such as train or test."""

    name: str  # "" where the data set is one whole
    coco: CocoSet
    image_folder: Path | None  # where the file names of the images lead from; None: they are frames of a video
    notes: tuple[str, ...] = ()  # what the reader had to decide
