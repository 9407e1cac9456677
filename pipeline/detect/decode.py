"""From output maps to boxes with scores.

Every cell proposes a box: a person whose centre is no peak of the map, beside a nearer one who is, still has
cells of its own. Proposals of the same person are told from neighbours by Soft-NMS, and vote on where its box is.
"""

import numpy as np
import torch
from torch import Tensor

from pipeline.detect.network import STRIDE

PROPOSALS = 4
"""So many times max_detections cells, the best ones, take part."""

AGREE = 0.5
"""IoU from which a proposal has a vote on a box."""


def decode(logits: Tensor, distances: Tensor, score_floor: float, nms_sigma: float,
           max_detections: int) -> tuple[np.ndarray, np.ndarray]:
    """Boxes (M, 4) xyxy [input px] and scores (M,), best first, from the maps of one image.

    logits: (h, w). distances: (4, h, w) [px], positive, from cell centre to the left, top, right, bottom side.

    Every score reaches `score_floor`, after `soft_nms` with `nms_sigma`. At most `max_detections`. Ties go to
    the cell that comes first in reading order.
    """
    scores = torch.sigmoid(logits)
    row, col = torch.nonzero(scores >= score_floor, as_tuple=True)
    scores = scores[row, col]
    order = torch.argsort(scores, descending=True, stable=True)[: PROPOSALS * max_detections]
    row, col, scores = row[order], col[order], scores[order]
    x, y = (col + 0.5) * STRIDE, (row + 0.5) * STRIDE
    left, top, right, bottom = distances[:, row, col]
    boxes = torch.stack([x - left, y - top, x + right, y + bottom], 1).float().numpy()
    proposed = scores.float().numpy()
    kept, scores = soft_nms(boxes, proposed, nms_sigma, score_floor, max_detections)
    return vote(boxes[kept], boxes, proposed), scores


def vote(kept: np.ndarray, boxes: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Each of `kept` (M, 4) as the mean of the proposals `boxes` (N, 4) that agree with it, weighted by `scores`.

    Gidaris and Komodakis, "Object Detection via a Multi-Region and Semantic Segmentation-Aware CNN Model" (2015),
    eq. 4: the cells of one person err in different directions.
    """
    weight = np.where(pairwise_iou(kept, boxes) >= AGREE, scores, np.float32(0))
    return (weight @ boxes / weight.sum(1, keepdims=True)).astype(np.float32)


def soft_nms(
    boxes: np.ndarray, scores: np.ndarray, sigma: float, floor: float, most: int
) -> tuple[np.ndarray, np.ndarray]:
    """Indices of `boxes` (N, 4) and their new scores, best first, at least `floor`, at most `most`.

    Again and again the best box is taken, and every other's score falls by the factor exp(-IoU^2 / sigma);
    Bodla et al., "Soft-NMS: Improving Object Detection With One Line of Code" (2017), eq. 3.
    """
    factor = np.exp(-(pairwise_iou(boxes, boxes) ** 2) / sigma).astype(np.float32)
    left = np.array(scores, np.float32)
    kept: list[int] = []
    found: list[np.float32] = []
    while len(kept) < min(most, len(boxes)):
        best = int(left.argmax())
        if left[best] < floor:
            break
        kept.append(best)
        found.append(left[best])
        left *= factor[best]
        left[best] = -1
    return np.array(kept, int), np.array(found, np.float32)


def pairwise_iou(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """IoU (N, M) of xyxy boxes (N, 4) with (M, 4)."""
    corner0 = np.maximum(a[:, None, :2], b[None, :, :2])
    corner1 = np.minimum(a[:, None, 2:], b[None, :, 2:])
    overlap = np.clip(corner1 - corner0, 0, None).prod(2)
    area_a = (a[:, 2:] - a[:, :2]).prod(1)
    area_b = (b[:, 2:] - b[:, :2]).prod(1)
    return overlap / (area_a[:, None] + area_b[None] - overlap)
