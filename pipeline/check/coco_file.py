"""A COCO file, read leniently: every problem goes on the sheet, and whatever can be understood is returned."""

import math
from collections import Counter
from dataclasses import dataclass, field

from pipeline.check.boxes import check_box
from pipeline.check.problem import Sheet
from pipeline.check.whole_numbers import whole_number


@dataclass
class ListedImage:
    """An image as the file describes it. width and height: None where the file says nothing usable."""

    id: int | str  # text where the file gives no usable number
    file_name: str
    width: int | None
    height: int | None
    boxes: int | None = 0  # annotations that belong to it; None: not annotated

    @property
    def size(self) -> tuple[int, int] | None:
        return None if self.width is None or self.height is None else (self.width, self.height)


@dataclass
class CocoContent:
    images: list[ListedImage] = field(default_factory=list)
    categories: dict[int, str] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)  # images, annotations, crowd, images_without_annotations


def check_coco(content: object, sheet: Sheet) -> CocoContent:
    """Check the content of a COCO detection file; image files are not looked for."""
    if not isinstance(content, dict):
        sheet.error("coco_type", "", "an object with images, annotations and categories",
                    f"a {type(content).__name__}", "use a COCO file of object detection")  # fmt: skip
        return CocoContent()
    sections = {key: _section(content, key, sheet) for key in ("images", "annotations", "categories")}
    categories = _check_categories(sections["categories"], sheet)
    images = _check_images(sections["images"], sheet)
    counts = Counter(images=len(sections["images"]), annotations=len(sections["annotations"]), crowd=0)
    _check_annotations(sections["annotations"], images, categories, counts, sheet)
    if isinstance(content.get("images"), list) and not content["images"]:
        sheet.error("no_images", "images", "at least one image", "none", "add images")
    elif isinstance(content.get("annotations"), list) and not content["annotations"]:
        sheet.warning("no_annotations", "annotations", "at least one annotation", "none",
                      "add annotations, unless all images are meant to be empty")  # fmt: skip
    counts["images_without_annotations"] = sum(image.boxes == 0 for image in images.values())
    return CocoContent(list(images.values()), categories, dict(counts))


def _section(content: dict, key: str, sheet: Sheet) -> list:
    if not isinstance(content.get(key), list):
        found = "no such key" if key not in content else content[key]
        sheet.error("section", key, "a list", found, "add it")
        return []
    return content[key]


def _rows(rows: list, key: str, singular: str, sheet: Sheet):
    """(id, row, name of the place) of every row that is an object with a new whole-number id."""
    seen: set[int] = set()
    for number, row in enumerate(rows):
        where = f"{key}[{number}]"
        if not isinstance(row, dict):
            sheet.error("row_type", where, "an object", row, "correct or remove it")
            continue
        identity = whole_number(row.get("id"), "id", sheet, where)
        if identity is not None:
            where = f"{singular} {identity}"
        if identity in seen and identity is not None:
            sheet.error("duplicate_id", where, f"an id of its own in {key}", identity, "renumber one of the two")
        seen.add(identity)
        yield identity, row, where


def _check_categories(rows: list, sheet: Sheet) -> dict[int, str]:
    categories: dict[int, str] = {}
    spellings: dict[str, str] = {}
    for identity, row, where in _rows(rows, "categories", "category", sheet):
        name = row.get("name")
        if not isinstance(name, str) or not name.strip():
            sheet.error("category_name", where, "a name", "none" if name is None else name, "name it")
            name = ""
        if identity == 0:
            sheet.warning("category_0", where, "ids from 1 (many tools take 0 for the background)", 0,
                          "renumber the categories from 1")  # fmt: skip
        other = spellings.setdefault(" ".join(name.casefold().split()), name)
        if name and other != name:
            sheet.warning("category_case", where, f"one spelling of {other!r}", name, "merge the two categories")
        elif name and name in categories.values():
            sheet.warning("category_twice", where, "a name of its own", name, "merge the two categories")
        if identity is not None:
            categories.setdefault(identity, name)
    return categories


def _check_images(rows: list, sheet: Sheet) -> dict[int, ListedImage]:
    images: dict[int, ListedImage] = {}
    nameless = 0
    for identity, row, where in _rows(rows, "images", "image", sheet):
        name = row.get("file_name")
        if not isinstance(name, str) or not name:
            sheet.error("file_name", where, "a file_name", "none" if name is None else name, "name its file")
            name = ""
        size = [_pixels(row.get(key), key, sheet, where) for key in ("width", "height")]
        if identity is None or identity in images:
            nameless -= 1  # its file is looked at all the same, no annotation can refer to it
            identity = f"no id {nameless}"
        images[identity] = ListedImage(identity, name, *size)
    return images


def _pixels(value: object, key: str, sheet: Sheet, where: str) -> int | None:
    pixels = whole_number(value, key, sheet, where)
    if pixels is not None and pixels <= 0:
        sheet.error("image_size", where, f"a positive {key}", pixels, "write the size of the file in px")
        return None
    return pixels


def _check_annotations(rows: list, images: dict, categories: dict, counts: Counter, sheet: Sheet) -> None:
    boxes: set[tuple] = set()
    for _, row, where in _rows(rows, "annotations", "annotation", sheet):
        image_id = whole_number(row.get("image_id"), "image_id", sheet, where)
        image = images.get(image_id)
        if image is not None:
            image.boxes += 1
        elif image_id is not None:
            sheet.error("unknown_image", where, "an image_id listed under images", image_id,
                        "correct it, or remove the annotation")  # fmt: skip
        category = whole_number(row.get("category_id"), "category_id", sheet, where)
        if category is not None and category not in categories:
            sheet.error("unknown_category", where, "a category_id listed under categories", category,
                        "correct it, or add the category")  # fmt: skip
        crowd = row.get("iscrowd", 0)
        if crowd not in (0, 1):
            sheet.error("iscrowd", where, "iscrowd 0 or 1", crowd, "correct it")
        counts["crowd"] += crowd == 1
        box = check_box(row.get("bbox"), None if image is None else image.size, sheet, where)
        for key, value in row.items():
            if isinstance(value, float) and not math.isfinite(value):
                sheet.error("not_finite", where, f"a finite {key}", value, "correct it")
        _check_area(row.get("area"), sheet, where)
        if box is not None and image is not None:
            same = (image.id, category, *box)
            if same in boxes:
                sheet.warning("box_twice", where, f"a box of its own in image {image.id}", box, "remove one of the two")
            boxes.add(same)


def _check_area(area: object, sheet: Sheet, where: str) -> None:
    """The area may be missing: not every tool writes it."""
    if isinstance(area, str) or isinstance(area, bool) or not isinstance(area, int | float | None):
        sheet.error("area", where, "area as a number", area, "write px², without quotes")
    elif area is not None and area < 0:
        sheet.error("area", where, "a positive area", area, "write px²")
