import numpy as np
import pytest
import torch

from pipeline.detect.decode import decode, pairwise_iou, suppress
from pipeline.detect.network import STRIDE
from pipeline.detect.targets import make_targets


def scattered_boxes(rng, columns, rows, cell_px):
    """One random box around the middle of each cell of a coarse grid: centres never share an output cell."""
    x, y = (np.stack(np.meshgrid(range(columns), range(rows)), -1).reshape(-1, 2).T + 0.5) * cell_px
    shift = rng.uniform(-4, 4, (2, len(x)))
    width, height = rng.uniform(6, 24, len(x)), rng.uniform(14, 60, len(x))
    x, y = x + shift[0], y + shift[1]
    return np.stack([x - width / 2, y - height / 2, x + width / 2, y + height / 2], 1).astype(np.float32)


@pytest.mark.parametrize("seed", range(10))
def test_decoding_inverts_the_targets(seed):
    rng = np.random.default_rng(seed)
    boxes = scattered_boxes(rng, 5, 3, 64)
    boxes = boxes[rng.random(len(boxes)) < 0.7]
    targets = make_targets([boxes], [np.zeros(len(boxes), bool)], 48, 80)
    logits = torch.logit(torch.from_numpy(targets.heat[0]), eps=1e-4)
    found, scores = decode(logits, torch.from_numpy(targets.distances[0]), 0.99, 0.99, 100)
    assert len(found) == len(boxes) and (scores > 0.99).all()
    np.testing.assert_allclose(found[np.lexsort(found.T)], boxes[np.lexsort(boxes.T)], atol=1e-3)


def test_sorted_limited_and_above_the_floor():
    rng = np.random.default_rng(0)
    logits, distances = torch.from_numpy(rng.normal(0, 2, (20, 20))), torch.full((4, 20, 20), 2.0)
    boxes, scores = decode(logits, distances, 0.6, 0.5, 7)
    assert len(boxes) == 7 and (np.diff(scores) <= 0).all() and scores.min() >= 0.6
    assert boxes.dtype == scores.dtype == np.float32
    row, col = divmod(int(logits.argmax()), 20)
    np.testing.assert_allclose(boxes[0], np.array([col, row, col + 1, row + 1]) * STRIDE)


def test_nothing_found():
    boxes, scores = decode(torch.full((8, 8), -9.0), torch.ones(4, 8, 8), 0.05, 0.5, 100)
    assert boxes.shape == (0, 4) and scores.shape == (0,)


def test_iou_counts_pixels():
    rng = np.random.default_rng(1)
    corner = rng.integers(0, 15, (12, 2))
    boxes = np.hstack([corner, corner + rng.integers(1, 15, (12, 2))])
    masks = np.zeros((12, 30, 30), bool)
    for mask, (x0, y0, x1, y1) in zip(masks, boxes, strict=True):
        mask[y0:y1, x0:x1] = True
    iou = pairwise_iou(boxes[:5].astype(float), boxes.astype(float))
    for i, j in np.ndindex(5, 12):
        assert iou[i, j] == pytest.approx((masks[i] & masks[j]).sum() / (masks[i] | masks[j]).sum())


def test_suppression_keeps_the_better_of_two():
    boxes = np.array([[0, 0, 10, 10], [1, 0, 11, 10], [40, 0, 50, 10], [5, 0, 15, 10]], float)
    assert suppress(boxes, 0.5).tolist() == [0, 2, 3]
    assert suppress(np.zeros((0, 4)), 0.5).tolist() == []
