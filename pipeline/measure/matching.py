"""Which detection found which person: greedy matching by score, the rules of COCO's evaluation.

Boxes are xyxy in pixels. A person marked `ignore` (COCO's iscrowd) is a region that neither rewards nor
punishes: a detection that fits no person but lies in such a region by the share `iou` of its own area is set
aside. Equal to pycocotools' COCOeval at one IoU threshold, all areas, one category. Several categories are matched
one by one: see categories.py. "People" are whatever the category holds.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

HIT, FALSE_ALARM, IGNORED = 1, 0, -1


@dataclass(frozen=True)
class Truth:
    """The people of one image: boxes (N, 4) float64 xyxy px, and which are ignore regions (N,) bool.

    category: (N,) names; None: all are of the one category there is.
    """

    boxes: np.ndarray
    ignore: np.ndarray
    category: np.ndarray | None = None


@dataclass(frozen=True)
class Detections:
    """What a detector said about one image: boxes (D, 4) float64 xyxy px and scores (D,) float64.

    category: (D,) names; None: all are of the one category there is.
    """

    boxes: np.ndarray
    scores: np.ndarray
    category: np.ndarray | None = None


@dataclass(frozen=True)
class Matches:
    """What became of every detection of a test set; D detections, T people that count, by image.

    A detection's outcome does not depend on detections with lower scores, so a score threshold applied after
    matching gives what matching after the threshold would give.
    """

    image_count: int
    image: np.ndarray  # (D,) index of the image
    box: np.ndarray  # (D, 4) xyxy px
    score: np.ndarray  # (D,)
    outcome: np.ndarray  # (D,) HIT, FALSE_ALARM or IGNORED
    overlap: np.ndarray  # (D,) IoU with the person that was hit, otherwise 0
    person: np.ndarray  # (D,) index into the people below, -1 if none was hit
    person_image: np.ndarray  # (T,) index of the image
    person_box: np.ndarray  # (T, 4) xyxy px


def overlaps(boxes: np.ndarray, people: np.ndarray, ignore: np.ndarray) -> np.ndarray:
    """IoU (D, N) of boxes (D, 4) and people (N, 4); for ignore regions intersection / area of the box."""
    low = np.maximum(boxes[:, None, :2], people[None, :, :2])
    high = np.minimum(boxes[:, None, 2:], people[None, :, 2:])
    shared = np.prod(np.clip(high - low, 0, None), axis=2)
    area = np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)[:, None]
    people_area = np.prod(people[:, 2:] - people[:, :2], axis=1)[None]
    whole = np.where(ignore[None], area, area + people_area - shared)
    return np.divide(shared, whole, out=np.zeros_like(shared), where=whole > 0)


def match_image(
    detections: Detections, truth: Truth, iou: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Match one image. Returns (D,) outcome, overlap and the index of the person hit (-1 if none).

    From the highest score down (equal scores: in the given order) each detection takes the free person that
    it overlaps most, if by at least `iou` (equal overlaps: the later person).
    """
    count = len(detections.scores)
    outcome = np.full(count, FALSE_ALARM, np.int8)
    person = np.full(count, -1)
    overlap = np.zeros(count)
    if count == 0 or len(truth.boxes) == 0:
        return outcome, overlap, person
    table = overlaps(detections.boxes, truth.boxes, truth.ignore)
    fits = table >= min(iou, 1 - 1e-10)
    outcome[(fits & truth.ignore).any(axis=1)] = IGNORED
    free = ~truth.ignore
    order = np.argsort(-detections.scores, kind="stable")
    for d in order[(fits & free)[order].any(axis=1)]:
        candidates = np.flatnonzero(fits[d] & free)
        if len(candidates):
            best = candidates[::-1][np.argmax(table[d, candidates[::-1]])]
            free[best] = False
            outcome[d], overlap[d], person[d] = HIT, table[d, best], best
    return outcome, overlap, person


def match_set(truths: Sequence[Truth], detections: Sequence[Detections], iou: float) -> Matches:
    """Match every image of a test set; `truths` and `detections` stand in the same order of images."""
    parts, people_before = [], 0
    for index, (truth, found) in enumerate(zip(truths, detections, strict=True)):
        outcome, overlap, person = match_image(found, truth, iou)
        counted = np.cumsum(~truth.ignore) - 1 + people_before  # index among the people that count
        hit = person >= 0
        person[hit] = counted[person[hit]]
        people_before += int((~truth.ignore).sum())
        parts.append((np.full(len(person), index), found.boxes, found.scores, outcome, overlap, person))
    image, box, score, outcome, overlap, person = (
        np.concatenate(column) for column in zip(*parts, strict=True)
    )
    people = [truth.boxes[~truth.ignore] for truth in truths]
    person_image = np.repeat(np.arange(len(truths)), [len(boxes) for boxes in people])
    return Matches(
        len(truths), image, box, score, outcome, overlap, person, person_image, np.concatenate(people)
    )
