"""COCO files: read with every check, written byte for byte the same.

In memory boxes are xyxy in pixel edges (pixel i covers [i, i + 1)); on disk they are xywh, as COCO wants.
"""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from pipeline.data.coco_checks import check_annotations, check_categories, check_image_files, check_images
from pipeline.data.coco_set import PERSON, Annotation, Category, CocoSet, Image
from pipeline.data.files import write_text
from pipeline.data.problems import Problems
from pipeline.errors import DataError

DECIMALS = 3  # a thousandth of a pixel, on disk


def write_coco(
    path: str | Path,
    images: Iterable[Image],
    annotations: Iterable[Annotation],
    categories: Sequence[Category] = (PERSON,),
    decimals: int = DECIMALS,
) -> None:
    """Write a COCO file atomically; equal input gives equal bytes. One image or annotation per line.

    decimals: to which boxes, areas and fractional extras are rounded.
    """
    write_text(path, coco_text(images, annotations, categories, decimals))


def coco_text(
    images: Iterable[Image],
    annotations: Iterable[Annotation],
    categories: Sequence[Category] = (PERSON,),
    decimals: int = DECIMALS,
) -> str:
    """What `write_coco` writes."""
    category_rows = [{"id": c.id, "name": c.name} | ({"chiral": True} if c.chiral else {}) for c in categories]
    image_rows = [
        {"id": i.id, "file_name": i.file_name, "width": i.width, "height": i.height} for i in images
    ]
    annotation_rows = [_annotation_row(a, decimals) for a in annotations]
    return (
        f'{{"categories": {json.dumps(category_rows, ensure_ascii=False)},\n'
        f'"images": {_lines(image_rows)},\n'
        f'"annotations": {_lines(annotation_rows)}}}\n'
    )


def _annotation_row(annotation: Annotation, decimals: int) -> dict:
    x0, y0, x1, y1 = (round(float(edge), decimals) for edge in annotation.box)
    width, height = round(x1 - x0, decimals), round(y1 - y0, decimals)
    return {
        "id": int(annotation.id),
        "image_id": int(annotation.image_id),
        "category_id": int(annotation.category_id),
        "bbox": [x0, y0, width, height],
        "area": round(width * height, decimals),
        "iscrowd": int(annotation.iscrowd),
        **{key: _rounded(value, decimals) for key, value in annotation.extra.items()},
    }


def _rounded(value: object, decimals: int) -> object:
    exact = value is None or isinstance(value, int | str | list | tuple | dict)
    return value if exact else round(float(value), decimals)


def _lines(rows: list[dict]) -> str:
    return "[\n" + ",\n".join(json.dumps(row, ensure_ascii=False, allow_nan=False) for row in rows) + "\n]"


def read_coco(
    path: str | Path, image_folder: str | Path | None, categories: Sequence[Category] | None = (PERSON,)
) -> CocoSet:
    """Read and check a COCO file and the image files it names in `image_folder` (None: do not look for them).

    categories: those that annotations may have; the file must list them. None: all that the file lists, in its
    order.

    Outlines ("segmentation", with their "area") and keys that COCO does not know are kept as extras of the
    annotations.

    Raises `DataError` with every problem found, one per line: the file, the annotation or image id, what was
    expected, what was found, and what to do.
    """
    path = Path(path)
    content = load_coco(path)
    problems = Problems()
    known = check_categories(path, content["categories"], categories, problems)
    if not content["images"]:
        problems.add(f"{path}: images", "at least one image", "none", "add images or use another file")
    images = check_images(path, content["images"], problems)
    if image_folder is not None:
        check_image_files(path, images.values(), image_folder, problems)
    annotations = check_annotations(path, content["annotations"], images, known, problems)
    problems.stop(path)
    return CocoSet(list(images.values()), annotations, known)


def load_coco(path: str | Path) -> dict:
    """The content of a COCO file; its images, annotations and categories are lists, of what is not checked.

    Raises `DataError` if it is no such file.
    """
    try:
        content = json.loads(Path(path).read_bytes())
    except OSError as error:
        raise DataError(f"{path}: expected a COCO file, found no readable file ({error.strerror})") from None
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path}: expected a COCO file, found no valid JSON ({error}); replace it") from None
    if not isinstance(content, dict):
        raise DataError(f"{path}: expected a JSON object with images, annotations and categories, "
                        f"found a {type(content).__name__}; replace it")
    problems = Problems()
    for key in ("images", "annotations", "categories"):
        if not isinstance(content.get(key), list):
            problems.add(f"{path}: {key}", "a list", content.get(key), "add it")
    problems.stop(path)
    return content
