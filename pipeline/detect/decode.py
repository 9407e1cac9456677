"""From output maps to boxes with scores.

Every cell proposes a box: a person whose centre is no peak of the map, beside a nearer one who is, still has
cells of its own. Proposals of the same person are told from neighbours by Soft-NMS, and vote on where its box is.
Every category is decoded on its own: nothing that is one thing suppresses or moves what is another.
"""

import numpy as np
import torch
from torch import Tensor

from pipeline.detect.network import STRIDE
from pipeline.params import DecodingParams

PROPOSALS = 4
"""So many times max_detections cells, the best ones, take part."""

AGREE = 0.5
"""IoU from which a proposal has a vote on a box."""


def decode(
    logits: Tensor, distances: Tensor, params: DecodingParams
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Boxes (M, 4) xyxy [input px], scores (M,) and categories (M,) int from 0, best first, from the maps of one image.

    logits: (n, h, w), a map a category. distances: (4, h, w), see `decode_category`. At most params.max_detections;
    of equal scores the category that comes first.
    """
    found = [decode_category(one, distances, params) for one in logits]
    boxes, scores = (np.concatenate(parts) for parts in zip(*found, strict=True))
    category = np.repeat(np.arange(len(found)), [len(own) for _, own in found])
    order = np.argsort(-scores, kind="stable")[: params.max_detections]
    return boxes[order], scores[order], category[order]


def decode_category(logits: Tensor, distances: Tensor, params: DecodingParams) -> tuple[np.ndarray, np.ndarray]:
    """Boxes (M, 4) xyxy [input px] and scores (M,), best first, of one category in one image.

    logits: (h, w). distances: (4, h, w) [px], positive, from cell centre to the left, top, right, bottom side.

    Every score reaches params.score_floor, after `soft_nms` with params.nms_sigma. At most params.max_detections.
    Ties go to the cell that comes first in reading order.
    """
    scores = torch.sigmoid(logits)
    row, col = torch.nonzero(scores >= params.score_floor, as_tuple=True)
    scores = scores[row, col]
    order = torch.argsort(scores, descending=True, stable=True)[: PROPOSALS * params.max_detections]
    row, col, scores = row[order], col[order], scores[order]
    x, y = (col + 0.5) * STRIDE, (row + 0.5) * STRIDE
    left, top, right, bottom = distances[:, row, col]
    boxes = torch.stack([x - left, y - top, x + right, y + bottom], 1).float().numpy()
    proposed = scores.float().numpy()
    kept, scores = soft_nms(boxes, proposed, params)
    return vote(boxes[kept], boxes, proposed), scores


def vote(kept: np.ndarray, boxes: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Each of `kept` (M, 4) as the mean of the proposals `boxes` (N, 4) that agree with it, weighted by `scores`.

    Gidaris and Komodakis, "Object Detection via a Multi-Region and Semantic Segmentation-Aware CNN Model" (2015),
    eq. 4: the cells of one person err in different directions.
    """
    weight = np.where(pairwise_iou(kept, boxes) >= AGREE, scores, np.float32(0))
    return (weight @ boxes / weight.sum(1, keepdims=True)).astype(np.float32)


def soft_nms(boxes: np.ndarray, scores: np.ndarray, params: DecodingParams) -> tuple[np.ndarray, np.ndarray]:
    """Indices of `boxes` (N, 4) and their new scores, best first, at least score_floor, at most max_detections.

    Again and again the best box is taken, and every other's score falls by the factor exp(-IoU^2 / nms_sigma);
    Bodla et al., "Soft-NMS: Improving Object Detection With One Line of Code" (2017), eq. 3.
    """
    factor = np.exp(-(pairwise_iou(boxes, boxes) ** 2) / params.nms_sigma).astype(np.float32)
    left = np.array(scores, np.float32)
    kept: list[int] = []
    found: list[np.float32] = []
    while len(kept) < min(params.max_detections, len(boxes)):
        best = int(left.argmax())
        if left[best] < params.score_floor:
            break
        kept.append(best)
        found.append(left[best])
        left *= factor[best]
        left[best] = -1
    return np.array(kept, int), np.array(found, np.float32)


def pairwise_iou(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """IoU (N, M) of xyxy boxes (N, 4) with (M, 4)."""
    ax0, ay0, ax1, ay1 = a.T[:, :, None]
    bx0, by0, bx1, by1 = b.T[:, None, :]
    overlap = np.maximum(np.minimum(ax1, bx1) - np.maximum(ax0, bx0), 0)
    overlap *= np.maximum(np.minimum(ay1, by1) - np.maximum(ay0, by0), 0)
    return overlap / ((ax1 - ax0) * (ay1 - ay0) + (bx1 - bx0) * (by1 - by0) - overlap)
