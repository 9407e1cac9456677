"""COCO results that another program wrote: read with every check, all problems told together."""

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from pipeline.data.coco import Category
from pipeline.data.problems import Problems
from pipeline.errors import DataError
from pipeline.measure.matching import Detections


def read_foreign_results(
    path: Path, file_names: Sequence[str], categories: Sequence[Category], most: int
) -> list[Detections]:
    """The detections of each image, the best `most`, best first.

    An entry is {"image_id", "category_id", "bbox": [x, y, width, height] in px, "score"}; "file_name" may stand instead
    of "image_id". Image ids count from 1 in the order of `file_names`. An image without entries has no detections.

    Raises DataError with every problem: no JSON list, unknown image or category, a box that is no box, a score outside
    of [0, 1], the same detection twice.
    """
    content = _load(path)
    problems = Problems()
    image_of = {name: number for number, name in enumerate(file_names, start=1)}
    name_of = {category.id: category.name for category in categories}
    found: list[list[tuple]] = [[] for _ in file_names]
    seen: set[tuple] = set()
    for i, entry in enumerate(content):
        where = f"{path}: [{i}]"
        row = _check_entry(entry, where, image_of, name_of, problems)
        if row in seen:
            problems.add(where, "every detection once", entry, "remove it")
        elif row is not None:
            seen.add(row)
            image, *rest = row
            found[image - 1].append(tuple(rest))
    problems.stop(path)
    return [_detections(rows, most) for rows in found]


def _load(path: Path) -> list:
    try:
        content = json.loads(path.read_bytes())
    except OSError as error:
        raise DataError(
            f"{path}: expected COCO results of detector.predict_command, found no readable file ({error.strerror}); "
            "let the command write them to {output}"
        ) from None
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path}: expected COCO results, found no valid JSON ({error})") from None
    if not isinstance(content, list):
        raise DataError(f"{path}: expected a JSON list of detections, found a {type(content).__name__}")
    return content


def _check_entry(
    entry: object, where: str, image_of: Mapping[str, int], name_of: Mapping[int, str], problems: Problems
) -> tuple | None:
    """(image id, category name, x0, y0, x1, y1, score); None if something is wrong."""
    if not isinstance(entry, dict):
        problems.add(where, "an object", entry, "write one for every detection")
        return None
    before = len(problems.lines)
    by_name = "image_id" not in entry and isinstance(entry.get("file_name"), str)
    image = image_of.get(Path(entry["file_name"]).name) if by_name else entry.get("image_id")
    if not _is_int(image) or not 1 <= image <= len(image_of):
        told = entry["file_name"] if by_name else image
        problems.add(where, "an image_id or file_name of {image_list}", told, "correct it")
    category = entry.get("category_id")
    if not _is_int(category) or category not in name_of:
        known = ", ".join(f"{number} ({name})" for number, name in name_of.items())
        problems.add(where, f"category_id {known}", category, "correct it")
    box, score = entry.get("bbox"), entry.get("score")
    if not (isinstance(box, list) and len(box) == 4 and all(map(_is_number, box))):
        problems.add(where, "bbox [x, y, width, height] of finite numbers", box, "correct it")
    elif box[2] <= 0 or box[3] <= 0:
        problems.add(where, "a box with positive width and height", box, "correct or remove it")
    if not _is_number(score) or not 0 <= score <= 1:
        problems.add(where, "a score from 0 to 1", score, "map it there; only its order counts")
    if len(problems.lines) > before:
        return None
    x, y, width, height = box
    return image, name_of[category], x, y, x + width, y + height, score


def _detections(rows: list[tuple], most: int) -> Detections:
    table = np.array([row[1:] for row in rows], np.float64).reshape(-1, 5)
    names = np.array([row[0] for row in rows], str)
    best = np.argsort(-table[:, 4], kind="stable")[:most]
    return Detections(table[best, :4], table[best, 4], names[best])


def _is_int(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
