"""The same piece of one frame at every level, with the labels."""

from collections.abc import Sequence

import numpy as np

from pipeline.data.files import read_image
from pipeline.measure.matching import Truth
from pipeline.measure.results import TestSet
from pipeline.report.pictures import data_address
from pipeline.report.svg import drawing, escape, tag

SIDE_PX = 190


def shot_row(levels: Sequence[TestSet], heads: Sequence[str], title: str) -> str:
    """levels: from the frame as it is to the hardest. Shown is one person and what is around."""
    index, box = choose_person(levels[0])
    figures = []
    for test_set, head in zip(levels, heads, strict=True):
        image = read_image(test_set.paths[index])
        x, y = (window_start(box, image.shape[1 - axis], axis) for axis in (0, 1))
        piece = image[y : y + SIDE_PX, x : x + SIDE_PX]
        picture = _picture(piece, test_set.truths[index], x, y, f"{title}, {head}")
        figures.append(tag("figure", tag("figcaption", escape(head)), picture))
    return tag("div", *figures, class_="levels")


def choose_person(test_set: TestSet) -> tuple[int, np.ndarray]:
    """Frame and box of the person nearest to the middle of a picture: wherever it is moved, it stays in the picture."""
    height, width = read_image(test_set.paths[0]).shape[:2]
    people = [(i, box) for i, truth in enumerate(test_set.truths) for box in truth.boxes[~truth.ignore]]
    return min(people, key=lambda one: np.hypot(*((one[1][:2] + one[1][2:]) - (width, height))))


def window_start(box: np.ndarray, length: int, axis: int) -> int:
    """First column (axis 0) or row (axis 1) of a window about `box`, inside an image of `length` px."""
    return int(np.clip((box[axis] + box[axis + 2] - SIDE_PX) / 2, 0, max(length - SIDE_PX, 0)))


def _picture(piece: np.ndarray, truth: Truth, x: int, y: int, words: str) -> str:
    height, width = piece.shape[:2]
    boxes = [
        tag("rect", x=float(x0 - x), y=float(y0 - y), width=float(x1 - x0), height=float(y1 - y0),
            class_=f"box {'ignored' if ignore else 'hit'}")
        for (x0, y0, x1, y1), ignore in zip(truth.boxes, truth.ignore, strict=True)
    ]  # fmt: skip
    photograph = tag("image", href=data_address(piece, None, 90), width=width, height=height)
    return drawing(width, height, photograph, *boxes, label=words)
