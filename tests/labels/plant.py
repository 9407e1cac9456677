"""Label errors put into a set on purpose, and how many of them a ranking finds."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.data.coco import CocoSet
from pipeline.labels.quality import Suspicion

REMOVED, MOVED, PUT, SWAPPED = "removed", "moved", "put", "swapped"
FIRST_PUT_ID = 1_000_000


@dataclass(frozen=True)
class Planted:
    kind: str
    image_id: int
    annotation: int | None  # id; None: the box was removed
    box: tuple[float, float, float, float]  # the right box; of what was put, the box


def plant(coco: CocoSet, rng: np.random.Generator, share: float = 0.05) -> tuple[CocoSet, list[Planted]]:
    """A set in which `share` of the labels that count are wrong, the kinds in turn, and what was done.

    Removed: the box is gone. Moved: shifted and scaled until its IoU with the right box is in [0.2, 0.5]. Put: a box of
    another person's size where there is none. Swapped, if there are several categories: another category.
    """
    kinds = (REMOVED, MOVED, PUT, SWAPPED) if len(coco.categories) > 1 else (REMOVED, MOVED, PUT)
    counted = [a for a in coco.annotations if not a.iscrowd]
    chosen = rng.permutation(len(counted))[: round(share * len(counted))]
    annotations = {a.id: a for a in coco.annotations}
    planted = []
    for number, at in enumerate(chosen):
        right, kind = counted[at], kinds[number % len(kinds)]
        image = next(image for image in coco.images if image.id == right.image_id)
        if kind == REMOVED:
            del annotations[right.id]
            planted.append(Planted(kind, image.id, None, right.box))
        elif kind == MOVED:
            annotations[right.id] = dataclasses.replace(right, box=moved(right.box, image, rng))
            planted.append(Planted(kind, image.id, right.id, right.box))
        elif kind == PUT:
            image = coco.images[rng.integers(len(coco.images))]
            box = elsewhere(right.box, [a.box for a in coco.of_image(image.id)], image, rng)
            new = dataclasses.replace(right, id=FIRST_PUT_ID + number, image_id=image.id, box=box)
            annotations[new.id] = new
            planted.append(Planted(kind, image.id, new.id, box))
        else:
            others = [category.id for category in coco.categories if category.id != right.category_id]
            annotations[right.id] = dataclasses.replace(right, category_id=others[rng.integers(len(others))])
            planted.append(Planted(kind, image.id, right.id, right.box))
    return CocoSet(coco.images, list(annotations.values()), coco.categories), planted


def moved(box, image, rng):
    x0, y0, x1, y1 = box
    while True:
        width, height = (x1 - x0) * np.exp(rng.uniform(-0.5, 0.5)), (y1 - y0) * np.exp(rng.uniform(-0.5, 0.5))
        x = (x0 + x1) / 2 + rng.uniform(-0.5, 0.5) * (x1 - x0)
        y = (y0 + y1) / 2 + rng.uniform(-0.5, 0.5) * (y1 - y0)
        new = inside((x - width / 2, y - height / 2, x + width / 2, y + height / 2), image)
        if new[2] > new[0] and new[3] > new[1] and 0.2 <= iou(new, box) <= 0.5:
            return new


def elsewhere(box, taken, image, rng):
    width, height = box[2] - box[0], box[3] - box[1]
    while True:
        x, y = rng.uniform(0, image.width - width), rng.uniform(0, image.height - height)
        new = (x, y, x + width, y + height)
        if all(iou(new, other) < 0.1 for other in taken):
            return new


def inside(box, image):
    x0, y0, x1, y1 = box
    return max(x0, 0.0), max(y0, 0.0), min(x1, float(image.width)), min(y1, float(image.height))


def iou(a, b):
    """Of two xyxy boxes."""
    shared = max(min(a[2], b[2]) - max(a[0], b[0]), 0) * max(min(a[3], b[3]) - max(a[1], b[1]), 0)
    return shared / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - shared)


def found_in_top(
    planted: Sequence[Planted], ranking: Sequence[Suspicion], image_ids: Sequence[int], entries: int
) -> dict[str, list[bool]]:
    """By kind: whether each planted error is among the first `entries` suspicions.

    image_ids: of the images that suspicions number. What was removed is found by a prediction that overlaps it by half.
    """
    found: dict[str, list[bool]] = {}
    for error in planted:
        here = [one for one in ranking[:entries] if image_ids[one.image] == error.image_id]
        if error.annotation is None:
            hit = any(one.annotation is None and iou(one.predicted, error.box) >= 0.5 for one in here)
        else:
            hit = any(one.annotation == error.annotation for one in here)
        found.setdefault(error.kind, []).append(hit)
    return found
