"""Several categories: each is measured on its own, and their mean is what the experiment compares.

Every category has an operating point of its own: its false alarms are counted apart from those of the others and may
be `fppi` per image, so a category that is easily confused costs no other one its recall. The mean weighs every
category the same, however many boxes it has, as COCO's AP does. What a set has nobody to find of has no recall there
and stays out of the set's mean.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

import numpy as np

from pipeline.data.coco import Category
from pipeline.errors import DataError
from pipeline.measure.matching import Detections, Matches, Truth, match_set
from pipeline.measure.recall import recall_at_fppi
from pipeline.measure.results import TestSet

ByCategory = Mapping[str, Matches]
"""The matches of one detector on one test set, by name of the category."""

T = TypeVar("T", Truth, Detections)


def of_category(images: Sequence[T], name: str) -> list[T]:
    """What is of one category, image by image."""
    return [_part(image, name) for image in images]


def match_categories(
    truths: Sequence[Truth], detections: Sequence[Detections], names: Sequence[str], iou: float
) -> ByCategory:
    """`match_set` of every category."""
    return {name: match_set(of_category(truths, name), of_category(detections, name), iou) for name in names}


def mean_recall(by_category: ByCategory, fppi: float) -> float:
    """The mean of the categories' recalls, each at `fppi` of its own false alarms per image."""
    return mean_over(by_category, lambda matches: recall_at_fppi(matches, fppi))


def mean_over(by_category: ByCategory, number: Callable[[Matches], float]) -> float:
    """The mean of a number of each category that the set has somebody to find of; 0 if it has none."""
    values = [number(matches) for matches in by_category.values() if len(matches.person_box)]
    return float(np.mean(values)) if values else 0.0


def measured_names(real: TestSet, synth: Mapping[str, TestSet]) -> tuple[str, ...]:
    """The categories that are measured: those that the real test frames have somebody to find of.

    synth: {rung: its test set}. Raises DataError if real frames are annotated with what the ladder does not have, or if
    a rung has nobody to find of a measured category: its gap would compare different things.
    """
    for rung, test_set in synth.items():
        unknown = [name for name in _annotated(real.truths) if name not in names_of(test_set.categories)]
        if unknown:
            raise DataError(
                f"the real test frames are annotated with {_list(unknown)}, which rung {rung} does not have; expected "
                f"some of its categories: {_list(names_of(test_set.categories))}; found on real frames: "
                f"{_list(_annotated(real.truths))}; rename or remove the annotations, or add the objects to the scenes"
            )
    names = to_find(real)
    for rung, test_set in synth.items():
        missing = [name for name in names if name not in to_find(test_set)]
        if missing:
            raise DataError(
                f"rung {rung}: expected every category of the real test frames ({_list(names)}) on its test images, "
                f"found nobody to find of {_list(missing)}; raise scenes.test_images"
            )
    return names


def to_find(test_set: TestSet) -> tuple[str, ...]:
    """The categories that the set has somebody to find of, in the order of its list."""
    counted = {name for truth in test_set.truths for name in truth.category[~truth.ignore]}
    return tuple(name for name in names_of(test_set.categories) if name in counted)


def names_of(categories: Sequence[Category]) -> tuple[str, ...]:
    return tuple(category.name for category in categories)


def _annotated(truths: Sequence[Truth]) -> list[str]:
    return list(dict.fromkeys(str(name) for truth in truths for name in truth.category))


def _list(names: Sequence[str]) -> str:
    return ", ".join(names)


def _part(image: T, name: str) -> T:
    if image.category is None:
        return image
    mine = image.category == name
    kept = {key: values[mine] for key, values in vars(image).items()}
    return type(image)(**kept)
