"""Detections on real frames: hits, misses and false alarms at the operating point, for every detector."""

from collections.abc import Mapping

import numpy as np

from pipeline.data.files import read_image
from pipeline.measure.matching import FALSE_ALARM, HIT, Matches
from pipeline.measure.recall import people_found, score_limit
from pipeline.measure.results import TestSet
from pipeline.report.pictures import data_address
from pipeline.report.svg import drawing, escape, tag

KEY = {"hit": "found", "miss": "missed", "alarm": "false alarm", "ignored": "not counted (mostly hidden)"}


def frame_gallery(real: TestSet, matches: Mapping[str, Matches], fppi: float, shown_first: str) -> str:
    """One fold a detector over the same frames; that of `shown_first` is open and stands first."""
    frames = choose_frames(matches[shown_first], fppi)
    sizes, symbols = {}, []
    for index, _ in frames:
        image = read_image(real.paths[index])
        sizes[index] = image.shape[1], image.shape[0]
        symbols.append(_symbol(index, data_address(image, 768, 76), *sizes[index]))
    store = tag("svg", *symbols, width=0, height=0, style="position:absolute", aria_hidden="true")
    folds = []
    for name in [shown_first, *(name for name in matches if name != shown_first)]:
        shots = [_shot(real, matches[name], fppi, index, words, sizes[index]) for index, words in frames]
        summary = tag("summary", tag("b", escape(name)), escape(f" \u2013 {_count(matches[name], fppi)}"))
        folds.append(
            tag("details", summary, tag("div", *shots, class_="shots"), open="" if not folds else None)
        )
    key = [tag("span", tag("i", class_=kind), words) for kind, words in KEY.items()]
    return store + tag("div", *key, class_="key") + "".join(folds)


def choose_frames(matches: Matches, fppi: float) -> list[tuple[int, str]]:
    """(index, words): the frame with the most errors, and three spread evenly over the rest."""
    alarms = (matches.outcome == FALSE_ALARM) & (matches.score > score_limit(matches, fppi))
    missed = ~people_found(matches, fppi)
    count = matches.image_count
    errors = np.bincount(matches.image[alarms], minlength=count)
    errors += np.bincount(matches.person_image[missed], minlength=count)
    worst = int(np.argmax(errors))
    others = [i for i in range(count) if i != worst]
    spread = [others[int(len(others) * share)] for share in (1 / 6, 1 / 2, 5 / 6)] if others else []
    return [(worst, "the worst frame")] + [(i, "") for i in dict.fromkeys(spread)]


def _count(matches: Matches, fppi: float) -> str:
    found = people_found(matches, fppi)
    alarms = (matches.outcome == FALSE_ALARM) & (matches.score > score_limit(matches, fppi))
    return f"{_counts(found.sum(), (~found).sum(), alarms.sum())}, in {matches.image_count} frames"


def _counts(found: int, missed: int, alarms: int) -> str:
    return f"{found} found, {missed} missed, {alarms} false alarm{'' if alarms == 1 else 's'}"


def _symbol(index: int, source: str, width: int, height: int) -> str:
    """The photograph, stored once; every detector's drawing refers to it."""
    image = tag("image", href=source, width=width, height=height)
    return tag("symbol", image, id=f"frame{index}", viewBox=f"0 0 {width} {height}")


def _shot(real: TestSet, matches: Matches, fppi: float, index: int, words: str, size: tuple[int, int]) -> str:
    limit = score_limit(matches, fppi)
    accepted = (matches.image == index) & (matches.score > limit)
    truth = real.truths[index]
    missed = (matches.person_image == index) & ~people_found(matches, fppi)
    boxes = [_box(box, "ignored") for box in truth.boxes[truth.ignore]]
    for kind, outcome in (("hit", HIT), ("alarm", FALSE_ALARM)):
        chosen = accepted & (matches.outcome == outcome)
        boxes += [_box(b, kind, s) for b, s in zip(matches.box[chosen], matches.score[chosen], strict=True)]
    boxes += [_box(box, "miss") for box in matches.person_box[missed]]
    counts = _counts(
        (accepted & (matches.outcome == HIT)).sum(),
        missed.sum(),
        (accepted & (matches.outcome == FALSE_ALARM)).sum(),
    )
    caption = f"{real.paths[index].stem}{', ' + words if words else ''}: {counts}"
    photograph = tag("use", href=f"#frame{index}", width=size[0], height=size[1])
    picture = drawing(*size, photograph, *boxes, label=caption)
    return tag("figure", tag("figcaption", escape(caption)), picture)


def _box(box: np.ndarray, kind: str, score: float | None = None) -> str:
    x0, y0, x1, y1 = (float(v) for v in box)
    hover = tag("title", KEY[kind] if score is None else f"{KEY[kind]}, score {score:.2f}")
    return tag("rect", hover, x=x0, y=y0, width=x1 - x0, height=y1 - y0, class_=f"box {kind}")
