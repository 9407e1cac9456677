"""COCO files with one category, person: read with every check, written byte for byte the same.

In memory boxes are xyxy in pixel edges (pixel i covers [i, i + 1)); on disk they are xywh, as COCO wants.
"""

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath

import numpy as np
from PIL import Image as PillowImage
from PIL import UnidentifiedImageError

from pipeline.data.files import write_text
from pipeline.errors import DataError

PERSON = {"id": 1, "name": "person"}
DECIMALS = 3  # a thousandth of a pixel, on disk
TOLERANCE_PX = 0.01  # what rounding may put outside the image
LISTED_PROBLEMS = 50
# The first two bytes of a JPEG and of a PNG, and the last bytes of a whole one.
ENDINGS = {b"\xff\xd8": b"\xff\xd9", b"\x89P": b"IEND\xaeB`\x82"}


@dataclass(frozen=True)
class Image:
    id: int
    file_name: str  # relative to the folder of images, with "/"
    width: int
    height: int


@dataclass(frozen=True)
class Annotation:
    id: int
    image_id: int
    box: tuple[float, float, float, float]  # x0, y0, x1, y1 in px
    iscrowd: bool = False  # True: ignore region, neither rewarded nor punished
    extra: Mapping[str, float] = field(default_factory=dict)  # visible_fraction, truncation, blur_px, skew_px


@dataclass(frozen=True)
class CocoSet:
    images: list[Image]
    annotations: list[Annotation]

    def boxes(self, image_id: int) -> tuple[np.ndarray, np.ndarray]:
        """The boxes of one image, float32 (N, 4) xyxy in px, and which are ignore regions, bool (N,)."""
        found = self.of_image(image_id)
        boxes = np.array([a.box for a in found], np.float32).reshape(-1, 4)
        return boxes, np.array([a.iscrowd for a in found], bool)

    def of_image(self, image_id: int) -> list[Annotation]:
        """The annotations of one image, in their order in the file."""
        return self._by_image.get(image_id, [])

    @cached_property
    def _by_image(self) -> dict[int, list[Annotation]]:
        groups: dict[int, list[Annotation]] = {}
        for annotation in self.annotations:
            groups.setdefault(annotation.image_id, []).append(annotation)
        return groups


def write_coco(path: str | Path, images: Iterable[Image], annotations: Iterable[Annotation]) -> None:
    """Write a COCO file atomically; equal input gives equal bytes. One image or annotation per line."""
    image_rows = [
        {"id": i.id, "file_name": i.file_name, "width": i.width, "height": i.height} for i in images
    ]
    annotation_rows = [_annotation_row(a) for a in annotations]
    text = (
        f'{{"categories": {json.dumps([PERSON])},\n'
        f'"images": {_lines(image_rows)},\n'
        f'"annotations": {_lines(annotation_rows)}}}\n'
    )
    write_text(path, text)


def _annotation_row(annotation: Annotation) -> dict:
    x0, y0, x1, y1 = (round(float(edge), DECIMALS) for edge in annotation.box)
    width, height = round(x1 - x0, DECIMALS), round(y1 - y0, DECIMALS)
    return {
        "id": int(annotation.id),
        "image_id": int(annotation.image_id),
        "category_id": PERSON["id"],
        "bbox": [x0, y0, width, height],
        "area": round(width * height, DECIMALS),
        "iscrowd": int(annotation.iscrowd),
        **{key: round(float(value), DECIMALS) for key, value in annotation.extra.items()},
    }


def _lines(rows: list[dict]) -> str:
    return "[\n" + ",\n".join(json.dumps(row, ensure_ascii=False, allow_nan=False) for row in rows) + "\n]"


def read_coco(path: str | Path, image_folder: str | Path | None) -> CocoSet:
    """Read and check a COCO file and the image files it names in `image_folder` (None: do not look for them).

    Raises `DataError` with every problem found, one per line: the file, the annotation or image id, what was
    expected, what was found, and what to do.
    """
    path = Path(path)
    content = _load(path)
    checks = _Checks()
    for key in ("images", "annotations", "categories"):
        if not isinstance(content.get(key), list):
            checks.problem(key, "a list", content.get(key), "add it")
    checks.stop(path)
    if not any(isinstance(c, dict) and c.get("id") == PERSON["id"] for c in content["categories"]):
        checks.problem("categories", f"{PERSON}", content["categories"], "name the category")
    if not content["images"]:
        checks.problem("images", "at least one image", "none", "add images or use another file")
    images = _check_images(content["images"], image_folder, checks)
    annotations = _check_annotations(content["annotations"], images, checks)
    checks.stop(path)
    return CocoSet(list(images.values()), annotations)


def _load(path: Path) -> dict:
    try:
        content = json.loads(path.read_bytes())
    except OSError as error:
        raise DataError(f"{path}: expected a COCO file, found no readable file ({error.strerror})") from None
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path}: expected a COCO file, found no valid JSON ({error}); replace it") from None
    if not isinstance(content, dict):
        raise DataError(f"{path}: expected a JSON object with images, annotations and categories, "
                        f"found a {type(content).__name__}; replace it")
    return content


class _Checks:
    """Collects problems, so that all of them are reported together."""

    def __init__(self) -> None:
        self.problems: list[str] = []

    def problem(self, what: str, expected: str, found: object, fix: str) -> None:
        text = found if isinstance(found, str) else json.dumps(found)
        text = text if len(text) <= 80 else text[:77] + "..."
        self.problems.append(f"{what}: expected {expected}, found {text}; {fix}")

    def stop(self, path: Path) -> None:
        """Raise `DataError` if there are problems."""
        if self.problems:
            lines = [f"{path}: {problem}" for problem in self.problems[:LISTED_PROBLEMS]]
            if len(self.problems) > LISTED_PROBLEMS:
                lines.append(f"{path}: and {len(self.problems) - LISTED_PROBLEMS} more problems")
            raise DataError("\n".join(lines))


def _check_images(rows: list, folder: str | Path | None, checks: _Checks) -> dict[int, Image]:
    images: dict[int, Image] = {}
    names: set[str] = set()
    for i, row in enumerate(rows):
        if not isinstance(row, dict) or not _is_int(row.get("id")):
            checks.problem(f"images[{i}]", "an object with a whole-number id", row, "correct it")
            continue
        what = f"image {row['id']}"
        if row["id"] in images:
            checks.problem(what, "a unique image id", "a duplicate", "renumber one of them")
            continue
        if not _is_name(row.get("file_name")):
            checks.problem(what, "a file_name inside the image folder", row.get("file_name"), "correct it")
            continue
        if row["file_name"] in names:
            checks.problem(what, "a unique file_name", row["file_name"], "remove one of the two images")
        if not all(_is_int(row.get(key)) and row[key] > 0 for key in ("width", "height")):
            size = [row.get("width"), row.get("height")]
            checks.problem(what, "width and height as positive whole numbers", size, "correct them")
            images[row["id"]] = Image(row["id"], row["file_name"], 0, 0)  # its annotations have an image
            continue
        names.add(row["file_name"])
        image = Image(row["id"], row["file_name"], row["width"], row["height"])
        images[image.id] = image
        if folder is not None:
            _check_image_file(Path(folder) / image.file_name, image, checks)
    return images


def _check_image_file(path: Path, image: Image, checks: _Checks) -> None:
    """Looks at the header and at the last bytes: cheap, and finds files that are cut off."""
    what = f"image {image.id} ({path})"
    try:
        with PillowImage.open(path) as picture:
            size = picture.size
        whole = _is_whole(path)
    except FileNotFoundError:
        checks.problem(what, "an image file", "none", "add the file or remove the image")
    except (OSError, UnidentifiedImageError, PillowImage.DecompressionBombError, SyntaxError):
        checks.problem(what, "an image file", "a damaged one", "replace the file")
    else:
        if not whole:
            checks.problem(what, "an image file", "one that is cut off", "replace the file")
        if size != (image.width, image.height):
            expected = f"{image.width} x {image.height} px"
            checks.problem(what, expected, f"{size[0]} x {size[1]} px", "correct the size or the file")


def _is_whole(path: Path) -> bool:
    """Whether a file ends as its kind does; a BMP says at its beginning how long it is."""
    with open(path, "rb") as stream:
        kind, length = stream.read(2), stream.read(4)
        ending = ENDINGS.get(kind, b"")
        stream.seek(-max(len(ending), 1), 2)
        whole = stream.read().endswith(ending)
        return stream.tell() >= int.from_bytes(length, "little") if kind == b"BM" else whole


def _check_annotations(rows: list, images: dict[int, Image], checks: _Checks) -> list[Annotation]:
    annotations: list[Annotation] = []
    ids: set[int] = set()
    for i, row in enumerate(rows):
        if not isinstance(row, dict) or not _is_int(row.get("id")):
            checks.problem(f"annotations[{i}]", "an object with a whole-number id", row, "correct it")
            continue
        what = f"annotation {row['id']}"
        if row["id"] in ids:
            checks.problem(what, "a unique annotation id", "a duplicate", "renumber one of them")
        ids.add(row["id"])
        annotation = _check_annotation(row, what, images, checks)
        if annotation is not None:
            annotations.append(annotation)
    return annotations


def _check_annotation(row: dict, what: str, images: dict, checks: _Checks) -> Annotation | None:
    before = len(checks.problems)
    if row.get("category_id") != PERSON["id"] or not _is_int(row["category_id"]):
        checks.problem(what, "category_id 1 (person)", row.get("category_id"), "correct or remove it")
    if row.get("iscrowd", 0) not in (0, 1):
        checks.problem(what, "iscrowd 0 or 1", row["iscrowd"], "correct it")
    image = images.get(row["image_id"]) if _is_int(row.get("image_id")) else None
    if image is None:
        checks.problem(what, "an image_id listed under images", row.get("image_id"), "correct or remove it")
    _check_box(row.get("bbox"), what, image, checks)
    standard = ("id", "image_id", "category_id", "bbox", "area", "iscrowd", "segmentation")
    extra = {key: value for key, value in row.items() if key not in standard and _is_number(value)}
    for key, value in row.items():
        if isinstance(value, float) and not math.isfinite(value):
            checks.problem(what, f"a finite {key}", value, "correct it")
    if len(checks.problems) > before:
        return None
    x, y, width, height = row["bbox"]
    box = (float(x), float(y), float(x + width), float(y + height))
    return Annotation(row["id"], image.id, box, bool(row.get("iscrowd", 0)), extra)


def _check_box(bbox: object, what: str, image: Image | None, checks: _Checks) -> None:
    if not (isinstance(bbox, list) and len(bbox) == 4 and all(_is_number(v) for v in bbox)):
        checks.problem(what, "bbox [x, y, width, height] of finite numbers", bbox, "correct it")
        return
    x, y, width, height = bbox
    if width <= 0 or height <= 0:
        checks.problem(what, "a box with positive width and height", bbox, "correct or remove it")
    elif image is not None and image.width and not (
        x >= -TOLERANCE_PX
        and y >= -TOLERANCE_PX
        and x + width <= image.width + TOLERANCE_PX
        and y + height <= image.height + TOLERANCE_PX
    ):
        expected = f"a box inside the {image.width} x {image.height} px of {image.file_name}"
        checks.problem(what, expected, bbox, "clip or remove it")


def _is_int(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_name(value: object) -> bool:
    if not isinstance(value, str) or not value or "\0" in value or "\\" in value:
        return False
    name = PurePosixPath(value)
    return not name.is_absolute() and ".." not in name.parts and name.name != ""
