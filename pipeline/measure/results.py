"""Test sets and what detectors said about them, on disk and in the order that resampling needs."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipeline.data.coco import PERSON, Category, read_coco
from pipeline.data.files import write_text
from pipeline.errors import DataError
from pipeline.measure.matching import Detections, Truth


@dataclass(frozen=True)
class TestSet:
    """Images of one folder, sorted by file name so that neighbours in a video are neighbours here."""

    __test__ = False  # not a test case, whatever pytest thinks of the name

    image_ids: list[int]
    paths: list[Path]
    truths: list[Truth]
    categories: tuple[Category, ...] = (PERSON,)  # as the set lists them

    def __len__(self) -> int:
        return len(self.image_ids)


def load_test_set(folder: str | Path, look_for_images: bool = True) -> TestSet:
    """Read `folder`/annotations.json; raises DataError if it is unusable or has nobody to find."""
    folder = Path(folder)
    coco = read_coco(folder / "annotations.json", folder / "images" if look_for_images else None, None)
    name_of = {category.id: category.name for category in coco.categories}
    images = sorted(coco.images, key=lambda image: image.file_name)
    truths = []
    for image in images:
        boxes, ignore = coco.boxes(image.id)
        names = np.array([name_of[found.category_id] for found in coco.of_image(image.id)], str)
        truths.append(Truth(np.asarray(boxes, np.float64).reshape(-1, 4), np.asarray(ignore, bool), names))
    if all(truth.ignore.all() for truth in truths):
        raise DataError(
            f"{folder / 'annotations.json'}: expected at least one box that counts, found none; "
            "recall cannot be measured on this set"
        )
    paths = [folder / "images" / image.file_name for image in images]
    return TestSet([image.id for image in images], paths, truths, coco.categories)


def write_results(
    path: str | Path,
    image_ids: Sequence[int],
    found: Sequence[Detections],
    categories: Sequence[Category] = (PERSON,),
) -> None:
    """Write detections as COCO results: xywh in px with 2 decimals, scores with 5, one a line.

    categories: those of the test set. Of what it does not list nobody knows whether it is there: not written.
    """
    lines = []
    id_of = {category.name: category.id for category in categories}
    for image_id, detections in zip(image_ids, found, strict=True):
        names = detections.category
        names = [categories[0].name] * len(detections.scores) if names is None else names
        for box, score, name in zip(detections.boxes, detections.scores, names, strict=True):
            if name not in id_of:
                continue
            x0, y0, x1, y1 = (round(float(v), 2) for v in box)
            xywh = [x0, y0, round(x1 - x0, 2), round(y1 - y0, 2)]
            entry = {"image_id": image_id, "category_id": id_of[name], "bbox": xywh, "score": round(float(score), 5)}
            lines.append(json.dumps(entry))
    write_text(path, "[" + ",\n".join(lines) + "]\n")


def read_results(
    path: str | Path, image_ids: Sequence[int], categories: Sequence[Category] = (PERSON,)
) -> list[Detections]:
    """Read what `write_results` wrote, in the order of `image_ids`.

    Raises DataError if the file is missing or malformed.
    """
    path = Path(path)
    if not path.is_file():
        raise DataError(f"{path}: expected COCO results, found no file; run `dvc repro`")
    found: dict[int, list] = {image_id: [] for image_id in image_ids}
    names: dict[int, list] = {image_id: [] for image_id in image_ids}
    name_of = {category.id: category.name for category in categories}
    try:
        for entry in json.loads(path.read_text(encoding="utf-8")):
            x, y, width, height = entry["bbox"]
            names[entry["image_id"]].append(name_of[entry["category_id"]])
            found[entry["image_id"]].append([float(v) for v in (x, y, x + width, y + height, entry["score"])])
    except (ValueError, TypeError, KeyError) as error:
        raise DataError(
            f"{path}: expected COCO results of this test set, found a bad entry ({error!r}); "
            "delete the file and run `dvc repro`"
        ) from None
    tables = [np.array(found[image_id], np.float64).reshape(-1, 5) for image_id in image_ids]
    return [
        Detections(table[:, :4], table[:, 4], np.array(names[image_id], str))
        for image_id, table in zip(image_ids, tables, strict=True)
    ]


def read_json(path: Path) -> dict:
    """Read what an earlier stage wrote; raises DataError if it is not there."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise DataError(
            f"{path}: expected a JSON file of an earlier stage, found none; run `dvc repro`"
        ) from None
