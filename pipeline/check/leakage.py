"""What copies and common places mean: which pictures must have nothing to do with each other."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from pipeline.check.duplicates import MANY, Copy, Place, find_copies, find_places
from pipeline.check.fingerprint import Fingerprint
from pipeline.check.problem import Problem, Sheet, printable

BACKGROUND = "background:"  # of splits whose pictures synthetic scenes are made of
UNLABELLED = "calibration"  # frames of the same video as `train`: both are learned from


@dataclass(frozen=True, eq=False)
class Picture:
    split: str
    name: str  # of its file, with "/"
    fingerprint: Fingerprint
    boxes: int | None  # annotations that belong to it; None: not annotated


@dataclass(frozen=True)
class Pair:
    """Two pictures that belong together: a problem, or declared by a rung of the ladder."""

    a: Picture
    b: Picture
    kind: str  # exact, near, place
    verdict: str  # error, warning, declared
    mirrored: bool
    difference: float | None  # see `duplicates.Copy`; None: they only show the same place


@dataclass(frozen=True)
class Leakage:
    pairs: list[Pair]
    problems: list[Problem]
    counts: dict[str, int]


def find_leakage(pictures: Sequence[Picture], declared: Collection[str]) -> Leakage:
    """Compare all pictures. declared: the splits of backgrounds that are
    meant to show the place of the test."""
    prints = [picture.fingerprint for picture in pictures]
    splits = [picture.split for picture in pictures]
    places = find_places(prints)
    copies = find_copies(prints, splits, places)
    crowded = {int(i) for place in places if len(place.members) >= MANY for i in place.members}
    counts: Counter[str] = Counter(pictures=len(pictures), alike_in_one_video=0, learned_twice=0)
    pairs = []
    for copy in copies:
        a, b = sorted((pictures[copy.a], pictures[copy.b]), key=lambda picture: picture.split != "test")
        if BACKGROUND in a.split + b.split:
            continue  # a copy shows the same place: below
        verdict = _judge(a, b, copy)
        if verdict == "warning" and a.split == b.split and not copy.exact and {copy.a, copy.b} <= crowded:
            counts["alike_in_one_video"] += 1  # neighbouring frames
        elif verdict == "expected":
            counts["learned_twice"] += 1
        else:
            pairs.append(Pair(a, b, "exact" if copy.exact else "near", verdict, copy.mirrored, copy.difference))
    pairs += _backgrounds(pictures, places, copies, declared)
    counts["test_at_places_of_train"] = _common_places(pictures, places)
    return Leakage(pairs, [_problem(pair) for pair in pairs if pair.verdict != "declared"], dict(counts))


def _judge(a: Picture, b: Picture, copy: Copy) -> str:
    if a.split == b.split:
        return "warning"
    if {a.split, b.split} == {"train", UNLABELLED}:
        return "expected"
    if not copy.exact and a.boxes == b.boxes == 0:
        return "warning"  # two looks at one empty place tell nothing about objects
    return "error"


def _backgrounds(pictures: Sequence[Picture], places: Sequence[Place], copies: Sequence[Copy],
                 declared: Collection[str]) -> list[Pair]:  # fmt: skip
    """Each background that shows a place of the test set, with one test picture: a copy if there is one."""
    known = {(c.a, c.b): c for c in copies}
    pairs: dict[int, Pair] = {}
    for place in places:
        tests = [int(i) for i in place.members if pictures[i].split == "test"]
        backgrounds = [int(i) for i in place.members if pictures[i].split.startswith(BACKGROUND)]
        for number in backgrounds if tests else []:
            found = [known.get((min(number, test), max(number, test))) for test in tests]
            nearest = min((c for c in found if c is not None), key=lambda c: c.difference, default=None)
            test = tests[0] if nearest is None else tests[found.index(nearest)]
            kind = "place" if nearest is None else "exact" if nearest.exact else "near"
            verdict = "declared" if pictures[number].split in declared else "error"
            pair = Pair(pictures[test], pictures[number], kind, verdict, bool(nearest and nearest.mirrored),
                        nearest.difference if nearest else None)  # fmt: skip
            if number not in pairs or pairs[number].kind == "place":
                pairs[number] = pair
    return list(pairs.values())


def _common_places(pictures: Sequence[Picture], places: Sequence[Place]) -> int:
    """How many test pictures show a place that `train` shows as well: all, where one camera took both."""
    found = set()
    for place in places:
        splits = {pictures[i].split for i in place.members}
        if "train" in splits:
            found |= {int(i) for i in place.members if pictures[i].split == "test"}
    return len(found)


def _problem(pair: Pair) -> Problem:
    sheet = Sheet(f"{pair.b.split}: {pair.b.name}")
    report = sheet.error if pair.verdict == "error" else sheet.warning
    other = printable(f"{pair.a.split}: {pair.a.name}")
    how = ", mirrored" if pair.mirrored else ""
    if pair.kind == "place":
        report("background_shows_test_place", "", "backgrounds of other places than the test set's", other,
               "remove the background, or declare the place with the effect `site`")  # fmt: skip
    elif pair.a.split == pair.b.split:
        found = f"the same as {other}{how}"
        report(f"{pair.kind}_duplicate", "", "an image of its own", found, "remove one of the two")
    else:
        report(f"{pair.kind}_duplicate_across_splits", "", f"nothing of {pair.a.split} in {pair.b.split}",
               f"a copy of {other}{how} (difference {pair.difference:g})", "remove it from one of the two")  # fmt: skip
    return sheet.problems[0]
