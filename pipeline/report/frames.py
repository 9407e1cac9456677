"""Detections on real frames: hits, misses and false alarms at the operating point, for every detector."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from pipeline.data.files import read_image
from pipeline.measure.categories import ByCategory
from pipeline.measure.matching import FALSE_ALARM, HIT, Matches
from pipeline.measure.recall import people_found, score_limit
from pipeline.measure.results import TestSet
from pipeline.report.pictures import data_address
from pipeline.report.svg import drawing, escape, tag

KEY = {"hit": "found", "miss": "missed", "alarm": "false alarm", "ignored": "not counted (mostly hidden)"}


@dataclass(frozen=True)
class Outcome:
    """What one detector said at the operating points of one category; `several` categories are shown by name."""

    name: str
    matches: Matches
    several: bool
    accepted: np.ndarray  # (D,) bool: the score reaches the operating point
    found: np.ndarray  # (T,) bool: which people were found

    @property
    def alarms(self) -> np.ndarray:
        return self.accepted & (self.matches.outcome == FALSE_ALARM)


def outcomes_of(by_category: ByCategory, fppi: float) -> list[Outcome]:
    """Every category at its own operating point."""
    return [
        Outcome(
            name, matches, len(by_category) > 1, matches.score > score_limit(matches, fppi), people_found(matches, fppi)
        )
        for name, matches in by_category.items()
    ]


def frame_gallery(real: TestSet, matches: Mapping[str, ByCategory], fppi: float, shown_first: str) -> str:
    """One fold a detector over the same frames; that of `shown_first` is open and stands first."""
    outcomes = {name: outcomes_of(by_category, fppi) for name, by_category in matches.items()}
    frames = choose_frames(outcomes[shown_first])
    sizes, symbols = {}, []
    for index, _ in frames:
        image = read_image(real.paths[index])
        sizes[index] = image.shape[1], image.shape[0]
        symbols.append(_symbol(index, data_address(image, 768, 76), *sizes[index]))
    store = tag("svg", *symbols, width=0, height=0, style="position:absolute", aria_hidden="true")
    folds = []
    for name in [shown_first, *(name for name in matches if name != shown_first)]:
        shots = [_shot(real, outcomes[name], index, words, sizes[index]) for index, words in frames]
        summary = tag("summary", tag("b", escape(name)), escape(f" \u2013 {_count(outcomes[name])}"))
        folds.append(
            tag("details", summary, tag("div", *shots, class_="shots"), open="" if not folds else None)
        )
    key = [tag("span", tag("i", class_=kind), words) for kind, words in KEY.items()]
    return store + tag("div", *key, class_="key") + "".join(folds)


def choose_frames(outcomes: list[Outcome]) -> list[tuple[int, str]]:
    """(index, words): the frame with the most errors, and three spread evenly over the rest."""
    count = outcomes[0].matches.image_count
    errors = np.zeros(count, int)
    for one in outcomes:
        errors += np.bincount(one.matches.image[one.alarms], minlength=count)
        errors += np.bincount(one.matches.person_image[~one.found], minlength=count)
    worst = int(np.argmax(errors))
    others = [i for i in range(count) if i != worst]
    spread = [others[int(len(others) * share)] for share in (1 / 6, 1 / 2, 5 / 6)] if others else []
    return [(worst, "the worst frame")] + [(i, "") for i in dict.fromkeys(spread)]


def _count(outcomes: list[Outcome]) -> str:
    found, missed, alarms = (
        sum(values.sum() for values in column)
        for column in zip(*((one.found, ~one.found, one.alarms) for one in outcomes), strict=True)
    )
    return f"{_counts(found, missed, alarms)}, in {outcomes[0].matches.image_count} frames"


def _counts(found: int, missed: int, alarms: int) -> str:
    return f"{found} found, {missed} missed, {alarms} false alarm{'' if alarms == 1 else 's'}"


def _symbol(index: int, source: str, width: int, height: int) -> str:
    """The photograph, stored once; every detector's drawing refers to it."""
    image = tag("image", href=source, width=width, height=height)
    return tag("symbol", image, id=f"frame{index}", viewBox=f"0 0 {width} {height}")


def _shot(real: TestSet, outcomes: list[Outcome], index: int, words: str, size: tuple[int, int]) -> str:
    truth = real.truths[index]
    boxes = [_box(box, "ignored") for box in truth.boxes[truth.ignore]]
    found, missed, alarms = 0, 0, 0
    for one in outcomes:
        said, name = one.matches, f"{one.name}, " if one.several else ""
        here = one.accepted & (said.image == index)
        for kind, outcome in (("hit", HIT), ("alarm", FALSE_ALARM)):
            chosen = here & (said.outcome == outcome)
            boxes += [_box(b, kind, name, s) for b, s in zip(said.box[chosen], said.score[chosen], strict=True)]
        not_found = (said.person_image == index) & ~one.found
        boxes += [_box(box, "miss", name) for box in said.person_box[not_found]]
        found += (here & (said.outcome == HIT)).sum()
        missed += not_found.sum()
        alarms += (here & one.alarms).sum()
    caption = f"{real.paths[index].stem}{', ' + words if words else ''}: {_counts(found, missed, alarms)}"
    photograph = tag("use", href=f"#frame{index}", width=size[0], height=size[1])
    picture = drawing(*size, photograph, *boxes, label=caption)
    return tag("figure", tag("figcaption", escape(caption)), picture)


def _box(box: np.ndarray, kind: str, name: str = "", score: float | None = None) -> str:
    """name: of the category, to be read before what became of it."""
    x0, y0, x1, y1 = (float(v) for v in box)
    words = f"{name}{KEY[kind]}" if score is None else f"{name}{KEY[kind]}, score {score:.2f}"
    hover = tag("title", escape(words))
    return tag("rect", hover, x=x0, y=y0, width=x1 - x0, height=y1 - y0, class_=f"box {kind}")
