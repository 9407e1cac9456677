"""From output maps to boxes with scores."""

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from pipeline.detect.network import STRIDE


def decode(logits: Tensor, distances: Tensor, score_floor: float, nms_iou: float,
           max_detections: int) -> tuple[np.ndarray, np.ndarray]:
    """logits (h, w), distances (4, h, w) [px] of one image -> boxes (M, 4) xyxy [input px], scores (M,), best
    first.

    A detection is a cell that no neighbour exceeds and whose score reaches `score_floor`; of two whose boxes
    overlap by more than `nms_iou` the better one stays. At most `max_detections`. Ties go to the cell that
    comes first in reading order.
    """
    peak = functional.max_pool2d(logits[None], 3, 1, 1)[0] == logits
    scores = torch.sigmoid(logits)
    row, col = torch.nonzero(peak & (scores >= score_floor), as_tuple=True)
    scores = scores[row, col]
    order = torch.argsort(scores, descending=True, stable=True)[: 4 * max_detections]
    row, col, scores = row[order], col[order], scores[order]
    x, y = (col + 0.5) * STRIDE, (row + 0.5) * STRIDE
    left, top, right, bottom = distances[:, row, col]
    boxes = torch.stack([x - left, y - top, x + right, y + bottom], 1).float().numpy()
    keep = suppress(boxes, nms_iou)[:max_detections]
    return boxes[keep], scores.float().numpy()[keep]


def suppress(boxes: np.ndarray, iou: float) -> np.ndarray:
    """Indices of `boxes` (N, 4), best first, that overlap no better kept box by more than `iou`."""
    overlap = pairwise_iou(boxes, boxes) > iou
    kept: list[int] = []
    for index in range(len(boxes)):
        if not overlap[index, kept].any():
            kept.append(index)
    return np.array(kept, int)


def pairwise_iou(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """IoU (N, M) of xyxy boxes (N, 4) with (M, 4)."""
    corner0 = np.maximum(a[:, None, :2], b[None, :, :2])
    corner1 = np.minimum(a[:, None, 2:], b[None, :, 2:])
    overlap = np.clip(corner1 - corner0, 0, None).prod(2)
    area_a = (a[:, 2:] - a[:, :2]).prod(1)
    area_b = (b[:, 2:] - b[:, :2]).prod(1)
    return overlap / (area_a[:, None] + area_b[None] - overlap)
