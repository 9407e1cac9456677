"""Paste objects of another image; after Dwibedi et al., "Cut, Paste and Learn" (2017), by boxes and not by outlines."""

from dataclasses import dataclass

import numpy as np

from pipeline.augment.boxes import area, clipped, joined, with_boxes
from pipeline.augment.sample import Sample

MARGIN = 0.15
"""Width of the soft border around a pasted box, as a share of its shorter side."""

MAX_SHARED = 0.2
"""Objects stay where they are if another box covers more than this share of theirs: they would bring part of it."""


@dataclass(frozen=True)
class Paste:
    """The mate's box `number` moves `shift_x` px to the right."""

    number: int
    shift_x: int


def sample_pastes(rng: np.random.Generator, mate: Sample, strength: float) -> list[Paste]:
    """`strength` times as many objects as can be taken from the mate, at least one, each to any column.

    The row stays: on level ground before one camera, how large an object is follows from its row.
    """
    able = [number for number in np.flatnonzero(~mate.ignore) if _stands_alone(mate.boxes, number)]
    chosen = rng.permutation(able)[: int(np.ceil(strength * len(able)))].astype(int)
    places = rng.random(len(chosen))
    width = mate.image.shape[1]
    free = [width - (mate.boxes[number, 2] - mate.boxes[number, 0]) for number in chosen]
    return [Paste(int(number), round(float(place * room - mate.boxes[number, 0])))
            for number, place, room in zip(chosen, places, free, strict=True)]  # fmt: skip


def copy_paste(sample: Sample, mate: Sample, pastes: list[Paste]) -> Sample:
    """Later ones stand in front of earlier ones and all in front of the sample's own; mate: of the same size.

    Boxes stay whole, as the objects go on behind; of which more than half is hidden they are ignore regions, and all:
    gone.
    """
    height, width = sample.image.shape[:2]
    image = sample.image.copy()
    front = np.zeros((height, width), int)  # the number of the foremost pasted object, from 1
    for number, paste in enumerate(pastes, 1):
        alpha = _alpha(mate.boxes[paste.number] + np.array([paste.shift_x, 0] * 2), width, height)
        image = _pasted(image, mate.image, alpha, paste.shift_x)
        front[alpha > 0.5] = number
    pasted = _taken(mate, pastes)
    everything = joined(image, [sample, pasted])
    place = np.concatenate([np.zeros(len(sample.boxes), int), np.arange(1, len(pastes) + 1)])
    left = [np.mean(_within(front, box) <= own) for box, own in zip(everything.boxes, place, strict=True)]
    return with_boxes(everything, everything.boxes, np.array(left))


def _taken(mate: Sample, pastes: list[Paste]) -> Sample:
    """What is pasted, with its boxes where they come to lie."""
    numbers = np.array([paste.number for paste in pastes], int)
    shifts = np.array([[paste.shift_x, 0, paste.shift_x, 0] for paste in pastes], np.float32).reshape(-1, 4)
    height, width = mate.image.shape[:2]
    boxes = clipped(mate.boxes[numbers] + shifts, (0, 0, width, height))
    return Sample(mate.image, boxes, mate.ignore[numbers], mate.category[numbers], mate.weight[numbers])


def _stands_alone(boxes: np.ndarray, number: int) -> bool:
    x0, y0, x1, y1 = boxes[number]
    inside = area(clipped(np.delete(boxes, number, 0), (x0, y0, x1, y1)))
    return bool((inside <= MAX_SHARED * (x1 - x0) * (y1 - y0)).all())


def _alpha(box: np.ndarray, width: int, height: int) -> np.ndarray:
    """(H, W) float32: 1 inside the box, falling to 0 along a line over the margin around it."""
    margin = max(1.0, MARGIN * min(box[2] - box[0], box[3] - box[1]))
    x, y = np.arange(width) + 0.5, np.arange(height) + 0.5
    outside_x, outside_y = (np.maximum(np.maximum(low - at, at - high), 0)
                            for at, low, high in ((x, box[0], box[2]), (y, box[1], box[3])))  # fmt: skip
    fall_x, fall_y = (np.clip(1 - outside / margin, 0, 1) for outside in (outside_x, outside_y))
    return (fall_y[:, None] * fall_x).astype(np.float32)


def _pasted(image: np.ndarray, other: np.ndarray, alpha: np.ndarray, shift_x: int) -> np.ndarray:
    """`other`, shift_x px to the right, over the image as far as `alpha` (H, W) says."""
    width = image.shape[1]
    to, start = max(shift_x, 0), max(-shift_x, 0)  # columns that both images have
    columns, source = slice(to, width - start), slice(start, width - to)
    shown = alpha[:, columns, None]
    mixed = image.copy()
    mixed[:, columns] = np.rint((1 - shown) * image[:, columns] + shown * other[:, source])
    return mixed


def _within(map_: np.ndarray, box: np.ndarray) -> np.ndarray:
    """The pixels of (H, W) that a box covers; at least one."""
    x0, y0, x1, y1 = np.rint(box).astype(int)
    x0, y0 = min(x0, map_.shape[1] - 1), min(y0, map_.shape[0] - 1)
    return map_[y0 : max(y1, y0 + 1), x0 : max(x1, x0 + 1)]
