"""What a COCO file must hold: every row is checked, every problem is collected."""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from pipeline.data.coco_set import Annotation, Category, Image
from pipeline.data.images import shown_size
from pipeline.data.problems import Problems, is_inside_name, is_text
from pipeline.errors import DataError

TOLERANCE_PX = 0.01  # what rounding may put outside the image
OWN_KEYS = ("visible_fraction", "truncation", "blur_px", "skew_px")  # extras that this project computes with
STANDARD_KEYS = ("id", "image_id", "category_id", "bbox", "area", "iscrowd", "segmentation")


def check_categories(
    path: Path, rows: list, expected: Sequence[Category] | None, problems: Problems
) -> tuple[Category, ...]:
    """The categories that annotations may have: those expected, which must be listed, or (None) all listed."""
    if expected is not None:
        for category in expected:
            if not any(isinstance(row, dict) and row.get("id") == category.id for row in rows):
                wanted = json.dumps({"id": category.id, "name": category.name})
                problems.add(f"{path}: categories", wanted, rows, "name the category")
        return tuple(expected)
    categories: dict[int, Category] = {}
    for i, row in enumerate(rows):
        where = f"{path}: categories[{i}]"
        if not isinstance(row, dict) or not _is_int(row.get("id")):
            problems.add(where, "an object with a whole-number id", row, "correct it")
        elif row["id"] in categories:
            problems.add(where, "a unique category id", row["id"], "renumber one of them")
        elif not isinstance(row.get("name"), str) or not is_text(row["name"]):
            problems.add(where, "a name", row.get("name"), "name the category")
        elif not isinstance(row.get("chiral", False), bool):
            problems.add(where, "chiral as true or false", row["chiral"], "correct or remove it")
        else:
            categories[row["id"]] = Category(row["id"], row["name"], row.get("chiral", False))
    if not rows:
        problems.add(f"{path}: categories", "at least one category", "none", "name the categories")
    return tuple(categories.values())


def check_images(path: Path, rows: list, problems: Problems) -> dict[int, Image]:
    """The images by id."""
    images: dict[int, Image] = {}
    names: set[str] = set()
    for i, row in enumerate(rows):
        if not isinstance(row, dict) or not _is_int(row.get("id")):
            problems.add(f"{path}: images[{i}]", "an object with a whole-number id", row, "correct it")
            continue
        where = f"{path}: image {row['id']}"
        if row["id"] in images:
            problems.add(where, "a unique image id", "a duplicate", "renumber one of them")
            continue
        if not is_inside_name(row.get("file_name")):
            problems.add(where, "a file_name inside the image folder", row.get("file_name"), "correct it")
            continue
        if row["file_name"] in names:
            problems.add(where, "a unique file_name", row["file_name"], "remove one of the two images")
        if not all(_is_int(row.get(key)) and row[key] > 0 for key in ("width", "height")):
            size = [row.get("width"), row.get("height")]
            problems.add(where, "width and height as positive whole numbers", size, "correct them")
            images[row["id"]] = Image(row["id"], row["file_name"], 0, 0)  # its annotations have an image
            continue
        names.add(row["file_name"])
        images[row["id"]] = Image(row["id"], row["file_name"], row["width"], row["height"])
    return images


def check_image_files(path: Path, images: Iterable[Image], folder: str | Path, problems: Problems) -> None:
    """Looks at the header and at the last bytes of every file: cheap, and finds those that are cut off."""
    for image in images:
        picture = Path(folder) / image.file_name
        where = f"{path}: image {image.id} ({picture})"
        if not image.width:
            continue
        try:
            width, height = shown_size(picture)
        except DataError as error:
            problems.lines.append(f"{where}{str(error).removeprefix(str(picture))}")
        else:
            if (width, height) != (image.width, image.height):
                expected, found = f"{image.width} x {image.height} px", f"{width} x {height} px as shown"
                problems.add(where, expected, found, "correct the size or the file")


def check_annotations(
    path: Path, rows: list, images: Mapping[int, Image], categories: Sequence[Category], problems: Problems
) -> list[Annotation]:
    """The annotations that are right."""
    known = {category.id: category.name for category in categories}
    annotations: list[Annotation] = []
    ids: set[int] = set()
    for i, row in enumerate(rows):
        if not isinstance(row, dict) or not _is_int(row.get("id")):
            problems.add(f"{path}: annotations[{i}]", "an object with a whole-number id", row, "correct it")
            continue
        where = f"{path}: annotation {row['id']}"
        if row["id"] in ids:
            problems.add(where, "a unique annotation id", "a duplicate", "renumber one of them")
        ids.add(row["id"])
        annotation = _check_annotation(row, where, images, known, problems)
        if annotation is not None:
            annotations.append(annotation)
    return annotations


def _check_annotation(
    row: dict, where: str, images: Mapping[int, Image], known: Mapping[int, str], problems: Problems
) -> Annotation | None:
    before = len(problems.lines)
    category_id = row.get("category_id")
    if not _is_int(category_id) or category_id not in known:
        listed = ", ".join(f"{id} ({name})" for id, name in list(known.items())[:10])
        problems.add(where, f"category_id {listed or 'of a category'}", category_id, "correct or remove it")
    if row.get("iscrowd", 0) not in (0, 1):
        problems.add(where, "iscrowd 0 or 1", row["iscrowd"], "correct it")
    image = images.get(row["image_id"]) if _is_int(row.get("image_id")) else None
    if image is None:
        problems.add(where, "an image_id listed under images", row.get("image_id"), "correct or remove it")
    _check_box(row.get("bbox"), where, image, problems)
    for key, value in row.items():
        if not _is_storable([key, value]):
            problems.add(where, f"a finite number or text as {key}", value, "correct it")
        elif key in OWN_KEYS and not _is_number(value):
            problems.add(where, f"{key} as a number", value, "correct, rename or remove it")
    if len(problems.lines) > before:
        return None
    x, y, width, height = row["bbox"]
    box = (float(x), float(y), float(x + width), float(y + height))
    return Annotation(row["id"], image.id, box, bool(row.get("iscrowd", 0)), _extra(row), category_id)


def _extra(row: dict) -> dict:
    """Of what COCO knows only an outline is kept; the area of a box follows from the box."""
    keep = ("segmentation", "area") if row.get("segmentation") else ()
    return {key: value for key, value in row.items() if key not in STANDARD_KEYS or key in keep}


def _check_box(bbox: object, where: str, image: Image | None, problems: Problems) -> None:
    if not (isinstance(bbox, list) and len(bbox) == 4 and all(_is_number(v) for v in bbox)):
        problems.add(where, "bbox [x, y, width, height] of finite numbers", bbox, "correct it")
        return
    x, y, width, height = bbox
    if width <= 0 or height <= 0:
        problems.add(where, "a box with positive width and height", bbox, "correct or remove it")
    elif image is not None and image.width and not (
        x >= -TOLERANCE_PX
        and y >= -TOLERANCE_PX
        and x + width <= image.width + TOLERANCE_PX
        and y + height <= image.height + TOLERANCE_PX
    ):
        expected = f"a box inside the {image.width} x {image.height} px of {image.file_name}"
        problems.add(where, expected, bbox, "clip or remove it")


def _is_int(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and -1e9 < value < 1e9


def _is_storable(value: object) -> bool:
    """Whether `value` can be written: it holds no NaN, no infinity and no half characters, at any depth."""
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, str):
        return value == "" or is_text(value)
    if isinstance(value, dict):
        value = [*value, *value.values()]
    return not isinstance(value, list) or all(map(_is_storable, value))
