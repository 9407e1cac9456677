"""The same scene through the rungs, whole and as a close-up at the camera's own pixels."""

from collections.abc import Mapping

import numpy as np

from pipeline.data.files import read_image
from pipeline.measure.matching import overlaps
from pipeline.measure.results import TestSet
from pipeline.report.pictures import crop_around, data_address
from pipeline.report.svg import escape, tag

SCENES, CLOSEUP_WIDTH, CLOSEUP_HEIGHT = 3, 112, 84


def scene_strips(test_sets: Mapping[str, TestSet]) -> str:
    """A strip a scene, a picture a rung. Shown are the first scenes with somebody in them."""
    first = next(iter(test_sets.values()))
    count = min(len(test_set) for test_set in test_sets.values())
    chosen = [i for i in range(count) if not first.truths[i].ignore.all()][:SCENES]
    return "".join(_strip(i, test_sets) for i in chosen)


def _same_person(test_set: TestSet, index: int, before: np.ndarray | None) -> np.ndarray | None:
    """The person where `before` stood on the rung before, else the tallest; nobody there: `before`."""
    truth = test_set.truths[index]
    people = truth.boxes[~truth.ignore]
    if len(people) == 0:
        return before
    if before is not None:
        overlap = overlaps(people, before[None], np.zeros(1, bool))[:, 0]
        if overlap.max() > 0.3:
            return people[np.argmax(overlap)]
    return people[np.argmax(people[:, 3] - people[:, 1])]


def _strip(index: int, test_sets: Mapping[str, TestSet]) -> str:
    figures = []
    person = None
    for rung, test_set in test_sets.items():
        image = read_image(test_set.paths[index])
        person = _same_person(test_set, index, person)
        closeup = crop_around(image, person, CLOSEUP_WIDTH, CLOSEUP_HEIGHT)
        figures.append(
            tag(
                "figure",
                tag("figcaption", escape(rung)),
                _picture(data_address(image, 320, 78), f"scene {index} on rung {rung}"),
                _picture(
                    data_address(closeup, None, 90), f"close-up of scene {index} on rung {rung}", "closeup"
                ),
            )
        )
    return tag("h3", f"Scene {index}") + tag("div", *figures, class_="strip")


def _picture(source: str, words: str, class_: str | None = None) -> str:
    return tag("img", src=source, alt=words, class_=class_).replace("</img>", "")
