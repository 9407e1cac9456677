"""What becomes of boxes of which something is cut off or hidden: the same rule for every augmentation."""

from dataclasses import replace

import numpy as np

from pipeline.augment.sample import Sample

MIN_LEFT = 0.5
"""An object of which less than this share of the box is left is an ignore region; of which nothing is, none at all."""

Rectangle = tuple[int, int, int, int]
"""x0, y0, x1, y1 [px]."""


def area(boxes: np.ndarray) -> np.ndarray:
    """(N,) of boxes (N, 4) xyxy."""
    return (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])


def with_boxes(sample: Sample, boxes: np.ndarray, left: np.ndarray) -> Sample:
    """The sample with other boxes (N, 4) in place of its own, of which the shares `left` (N,) can be seen."""
    some = left > 0
    ignore = (sample.ignore | (left < MIN_LEFT))[some]
    boxes = boxes[some].astype(np.float32)
    return replace(sample, boxes=boxes, ignore=ignore, category=sample.category[some], weight=sample.weight[some])


def clipped(boxes: np.ndarray, rectangle: Rectangle) -> np.ndarray:
    """The part of each box (N, 4) inside the rectangle, of the same type; without area where there is none."""
    x0, y0, x1, y1 = rectangle
    return np.clip(boxes, [x0, y0, x0, y0], [x1, y1, x1, y1]).astype(boxes.dtype)


def clip(sample: Sample, rectangle: Rectangle) -> Sample:
    """Only what the rectangle shows; the image stays."""
    inside = clipped(sample.boxes, rectangle)
    return with_boxes(sample, inside, _share(inside, sample.boxes))


def cut_out(sample: Sample, rectangle: Rectangle) -> Sample:
    """Only what the rectangle leaves, each box the smallest around its rest; the image stays.

    A rest is smaller than the box only where the rectangle reaches over the box from one side to the other.
    """
    gone = clipped(sample.boxes, rectangle)
    rest = sample.boxes.copy()
    for low, other in ((0, 1), (1, 0)):  # the box's sides along x, then along y
        high = low + 2
        across = (gone[:, other] <= sample.boxes[:, other]) & (gone[:, other + 2] >= sample.boxes[:, other + 2])
        across &= gone[:, low] < gone[:, high]
        starts, ends = gone[:, low] <= sample.boxes[:, low], gone[:, high] >= sample.boxes[:, high]
        rest[across & starts, low] = gone[across & starts, high]
        rest[across & ends & ~starts, high] = gone[across & ends & ~starts, low]
    return with_boxes(sample, rest, 1 - _share(gone, sample.boxes))


def covered(sample: Sample, rectangle: Rectangle) -> Sample:
    """Something stands in front of the objects: their boxes stay as they are, but see MIN_LEFT."""
    return with_boxes(sample, sample.boxes, 1 - _share(clipped(sample.boxes, rectangle), sample.boxes))


def moved(sample: Sample, x: float, y: float) -> Sample:
    """The boxes x px to the right and y px down; the image stays."""
    return replace(sample, boxes=(sample.boxes + np.array([x, y, x, y])).astype(np.float32))


def joined(image: np.ndarray, samples: list[Sample]) -> Sample:
    """The boxes of all samples on one image."""
    names = ("boxes", "ignore", "category", "weight")
    return Sample(image, *(np.concatenate([getattr(sample, name) for sample in samples]) for name in names))


def _share(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return area(part) / np.maximum(area(whole), 1e-9)
