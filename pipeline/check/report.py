"""The report: check.json, index.html with pictures of pairs, and the summary on the terminal."""

import dataclasses
from collections import Counter
from pathlib import Path

import cv2
import numpy as np

from pipeline.check.dataset import Checked
from pipeline.check.leakage import Leakage, Pair, Picture
from pipeline.check.page import build_page
from pipeline.check.problem import ERROR, Problem, as_lines, in_order, printable
from pipeline.data.files import read_image, write_image, write_json, write_text

SCHEMA = 1
MOST_PICTURES = 60
HEIGHT_PX = 240


def content_of(checked: Checked, leakage: Leakage) -> dict:
    """What check.json holds; sorted, the same for the same data."""
    problems = in_order([*checked.problems, *leakage.problems])
    rows = [dataclasses.asdict(problem) for problem in problems]
    pairs = in_rank(leakage.pairs)
    return {
        "schema": SCHEMA,
        "counts": {**checked.counts, "all": leakage.counts},
        "kinds": dict(sorted(Counter(f"{p.severity} {p.code}" for p in problems).items())),
        "errors": [_without_severity(row) for row in rows if row["severity"] == ERROR],
        "warnings": [_without_severity(row) for row in rows if row["severity"] != ERROR],
        "declared": [_pair_row(pair, pairs) for pair in pairs if pair.verdict == "declared"],
        "pairs": [_pair_row(pair, pairs) for pair in pairs if pair.verdict != "declared"],
    }


def _without_severity(row: dict) -> dict:
    return {key: value for key, value in row.items() if key != "severity"}


def in_rank(pairs: list[Pair]) -> list[Pair]:
    """The worst first."""
    ranks = {"error": 0, "declared": 1, "warning": 2}
    return sorted(pairs, key=lambda p: (ranks[p.verdict], p.a.split, p.b.split, p.a.name, p.b.name))


def _pair_row(pair: Pair, pairs: list[Pair]) -> dict:
    number = pairs.index(pair)
    return {
        "verdict": pair.verdict,
        "kind": pair.kind,
        "a": printable(f"{pair.a.split}: {pair.a.name}"),
        "b": printable(f"{pair.b.split}: {pair.b.name}"),
        "mirrored": pair.mirrored,
        "difference": pair.difference,
        "picture": picture_name(number) if number < MOST_PICTURES else None,
    }


def picture_name(number: int) -> str:
    return f"pairs/{number:03d}.jpg"


def write_report(folder: Path, checked: Checked, leakage: Leakage) -> None:
    """Write check.json, index.html and pairs/*.jpg, the first of each pair on the left."""
    content = content_of(checked, leakage)
    for number, pair in enumerate(in_rank(leakage.pairs)[:MOST_PICTURES]):
        sides = [_side(checked, picture) for picture in (pair.a, pair.b)]
        write_image(folder / picture_name(number), np.hstack(sides), [cv2.IMWRITE_JPEG_QUALITY, 85])
    write_json(folder / "check.json", content)
    write_text(folder / "index.html", build_page(content))


def _side(checked: Checked, picture: Picture) -> np.ndarray:
    path = checked.folders[picture.split] / picture.name
    image = np.load(path) if path.suffix == ".npy" else read_image(path)
    width = int(np.clip(round(image.shape[1] * HEIGHT_PX / image.shape[0]), 1, 4 * HEIGHT_PX))
    return cv2.resize(image, (width, HEIGHT_PX), interpolation=cv2.INTER_AREA)


def summary(problems: list[Problem], checked: Checked, leakage: Leakage) -> str:
    """Errors first, then warnings, what was declared, and what was looked at."""
    lines = as_lines(problems)
    for pair in in_rank(leakage.pairs):
        if pair.verdict == "declared":
            shown = f"{pair.b.split}: {pair.b.name} shows the place of {pair.a.split}: {pair.a.name}"
            lines.append(f"declared: {printable(shown)}")
    for split, counts in checked.counts.items():
        lines.append(f"{split}: " + ", ".join(f"{value} {key.replace('_', ' ')}" for key, value in counts.items()))
    known = leakage.counts
    lines.append(
        f"compared: {known['pictures']} pictures; {known['test_at_places_of_train']} test images show a place of "
        f"train; alike within one video: {known['alike_in_one_video']} pairs"
    )
    errors = sum(problem.severity == ERROR for problem in problems)
    lines.append(f"check: {errors} errors, {len(problems) - errors} warnings")
    return "\n".join(lines)
