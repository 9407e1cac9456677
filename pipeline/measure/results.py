"""Test sets and what detectors said about them, on disk and in the order that resampling needs."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipeline.data.coco import read_coco
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

    def __len__(self) -> int:
        return len(self.image_ids)


def load_test_set(folder: str | Path, look_for_images: bool = True) -> TestSet:
    """Read `folder`/annotations.json; raises DataError if it is unusable or has nobody to find."""
    folder = Path(folder)
    coco = read_coco(folder / "annotations.json", folder / "images" if look_for_images else None)
    images = sorted(coco.images, key=lambda image: image.file_name)
    truths = []
    for image in images:
        boxes, ignore = coco.boxes(image.id)
        truths.append(Truth(np.asarray(boxes, np.float64).reshape(-1, 4), np.asarray(ignore, bool)))
    if all(truth.ignore.all() for truth in truths):
        raise DataError(
            f"{folder / 'annotations.json'}: expected at least one person that counts, found none; "
            "recall cannot be measured on this set"
        )
    return TestSet([image.id for image in images], [folder / "images" / i.file_name for i in images], truths)


def write_results(path: str | Path, image_ids: Sequence[int], found: Sequence[Detections]) -> None:
    """Write detections as COCO results: xywh in px with 2 decimals, scores with 5, one a line."""
    lines = []
    for image_id, detections in zip(image_ids, found, strict=True):
        for box, score in zip(detections.boxes, detections.scores, strict=True):
            x0, y0, x1, y1 = (round(float(v), 2) for v in box)
            xywh = [x0, y0, round(x1 - x0, 2), round(y1 - y0, 2)]
            entry = {"image_id": image_id, "category_id": 1, "bbox": xywh, "score": round(float(score), 5)}
            lines.append(json.dumps(entry))
    write_text(path, "[" + ",\n".join(lines) + "]\n")


def read_results(path: str | Path, image_ids: Sequence[int]) -> list[Detections]:
    """Read COCO results in the order of `image_ids`; raises DataError if the file is missing or malformed."""
    path = Path(path)
    if not path.is_file():
        raise DataError(f"{path}: expected COCO results, found no file; run `dvc repro`")
    found: dict[int, list] = {image_id: [] for image_id in image_ids}
    try:
        for entry in json.loads(path.read_text(encoding="utf-8")):
            x, y, width, height = entry["bbox"]
            found[entry["image_id"]].append((x, y, x + width, y + height, entry["score"]))
    except (ValueError, TypeError, KeyError) as error:
        raise DataError(
            f"{path}: expected COCO results of this test set, found a bad entry ({error!r}); "
            "delete the file and run `dvc repro`"
        ) from None
    tables = [np.array(found[image_id], np.float64).reshape(-1, 5) for image_id in image_ids]
    return [Detections(table[:, :4], table[:, 4]) for table in tables]


def read_json(path: Path) -> dict:
    """Read what an earlier stage wrote; raises DataError if it is not there."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise DataError(
            f"{path}: expected a JSON file of an earlier stage, found none; run `dvc repro`"
        ) from None
