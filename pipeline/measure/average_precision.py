"""COCO average precision, by pycocotools itself."""

import contextlib
import io
from collections.abc import Sequence

import numpy as np
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from pipeline.measure.matching import Detections, Truth


def average_precision(
    truths: Sequence[Truth], detections: Sequence[Detections], max_detections: int
) -> tuple[float, float]:
    """(AP over IoU 0.50:0.95, AP at IoU 0.50) of all areas, of the `max_detections` best detections of each image.

    Both 0 without any detection.
    """
    people, found = [], []
    for image, (truth, detected) in enumerate(zip(truths, detections, strict=True), start=1):
        people += [
            _entry(image, box) | {"iscrowd": int(ignore)}
            for box, ignore in zip(truth.boxes, truth.ignore, strict=True)
        ]
        found += [
            _entry(image, box) | {"score": float(score)}
            for box, score in zip(detected.boxes, detected.scores, strict=True)
        ]
    if not found:
        return 0.0, 0.0
    images = [{"id": image} for image in range(1, len(truths) + 1)]
    with contextlib.redirect_stdout(io.StringIO()):  # pycocotools prints its progress
        evaluation = COCOeval(_coco(images, people), _coco(images, found), "bbox")
        evaluation.params.maxDets = [max_detections]  # a list is sorted, and the largest one counts
        evaluation.params.areaRng, evaluation.params.areaRngLbl = [[0, 1e10]], ["all"]
        evaluation.evaluate()
        evaluation.accumulate()
    precision = evaluation.eval["precision"][:, :, 0, 0, -1]  # (IoU 0.50:0.95, recall)
    return float(np.mean(precision)), float(np.mean(precision[0]))


def _entry(image: int, box: np.ndarray) -> dict:
    x0, y0, x1, y1 = (float(v) for v in box)
    area = (x1 - x0) * (y1 - y0)
    return {"image_id": image, "category_id": 1, "bbox": [x0, y0, x1 - x0, y1 - y0], "area": area}


def _coco(images: list[dict], annotations: list[dict]) -> COCO:
    coco = COCO()
    numbered = [entry | {"id": number} for number, entry in enumerate(annotations, start=1)]
    coco.dataset = {"images": images, "annotations": numbered, "categories": [{"id": 1, "name": "person"}]}
    coco.createIndex()
    return coco
