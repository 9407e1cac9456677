"""A dataset as the detector sees it: every image decoded and shrunk once, in one file that all seeds map into
memory."""

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from pipeline.data.coco import Annotation, Category, CocoSet
from pipeline.data.files import read_image
from pipeline.errors import DataError

LEARNED_ABOVE = 0.3
"""Objects of which a smaller share is seen in the image are ignore regions in training."""


def shrink(image: np.ndarray, scale: float) -> np.ndarray:
    """Resize (H, W, 3) uint8 to `scaled_size`, each new pixel the mean of what it covers (cv2.INTER_AREA)."""
    height, width = image.shape[:2]
    return cv2.resize(image, scaled_size(width, height, scale), interpolation=cv2.INTER_AREA)


def scaled_size(width: int, height: int, scale: float) -> tuple[int, int]:
    """Width and height [px] after `shrink`."""
    return max(1, round(width * scale)), max(1, round(height * scale))


@dataclass(frozen=True)
class PackedSet:
    """Shrunk images, one after the other in the file `path`, with their boxes.

    sizes: (width, height) [px] of each shrunk image. boxes: (N, 4) float32 xyxy [shrunk px] of each. ignore:
    (N,) bool. category: (N,) int, from 0, place in `categories`.
    """

    path: Path
    sizes: list[tuple[int, int]]
    boxes: list[np.ndarray]
    ignore: list[np.ndarray]
    category: list[np.ndarray]
    categories: tuple[Category, ...]

    def __len__(self) -> int:
        return len(self.sizes)

    def images(self) -> list[np.ndarray]:
        """Read-only views (h, w, 3) uint8 RGB into the file."""
        pixels = np.memmap(self.path, np.uint8, "r")
        return [pixels[start:end].reshape(height, width, 3)
                for (width, height), start, end in zip(self.sizes, *_spans(self.sizes), strict=True)]


def pack(coco: CocoSet, image_folder: Path, scale: float, path: Path) -> PackedSet:
    """Decode and shrink every image of `coco`, found in `image_folder`, into the file `path`.

    Raises DataError if there is none, one cannot be read, or has not the size that its annotations say.
    """
    if not coco.images:
        raise DataError(f"{image_folder}: expected annotated images to train on, found none")
    native = [(image.width, image.height) for image in coco.images]
    sizes = [scaled_size(width, height, scale) for width, height in native]
    starts, ends = _spans(sizes)
    with open(path, "wb") as stream:
        os.posix_fallocate(stream.fileno(), 0, int(ends[-1]))  # a full disk says so here; later it would kill
    pixels = np.memmap(path, np.uint8, "r+")

    def fill(index: int) -> None:
        name = image_folder / coco.images[index].file_name
        image = read_image(name)
        if image.shape[1::-1] != native[index]:
            raise DataError(f"{name}: expected {native[index]} px as annotated, found {image.shape[1::-1]}")
        pixels[starts[index] : ends[index]] = shrink(image, scale).ravel()

    with ThreadPoolExecutor() as pool:
        list(pool.map(fill, range(len(sizes))))
    pixels.flush()
    boxes, ignore, category = [], [], []
    place = {known.id: k for k, known in enumerate(coco.categories)}
    for image, size, old in zip(coco.images, sizes, native, strict=True):
        native_boxes, _ = coco.boxes(image.id)
        boxes.append((native_boxes * np.tile(np.divide(size, old), 2)).astype(np.float32))
        ignore.append(np.array([not is_learned(found) for found in coco.of_image(image.id)], bool))
        category.append(np.array([place[found.category_id] for found in coco.of_image(image.id)], int))
    return PackedSet(path, sizes, boxes, ignore, category, coco.categories)


def is_learned(annotation: Annotation) -> bool:
    """Whether enough of an object is seen to be learned from.

    Scenes tell how much; elsewhere `iscrowd` does. The measurement demands objects of which half is seen: a
    detector that never learned from less has them as its hardest cases.
    """
    seen = annotation.extra.get("visible_fraction")
    if seen is None:
        return not annotation.iscrowd
    return seen * (1 - annotation.extra.get("truncation", 0.0)) >= LEARNED_ABOVE


def _spans(sizes: list[tuple[int, int]]) -> tuple[np.ndarray, np.ndarray]:
    ends = np.cumsum([3 * width * height for width, height in sizes])
    return np.concatenate([[0], ends[:-1]]), ends
