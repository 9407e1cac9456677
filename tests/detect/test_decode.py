import numpy as np
import pytest
import torch

from pipeline.detect.decode import decode, decode_category, pairwise_iou, soft_nms, vote
from pipeline.detect.network import STRIDE
from pipeline.detect.targets import make_targets
from pipeline.params import DecodingParams


def settings(score_floor, nms_sigma, max_detections):
    return DecodingParams(False, score_floor, nms_sigma, max_detections)


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
    kinds = rng.integers(0, 3, len(boxes))
    targets = make_targets([boxes], [np.zeros(len(boxes), bool)], [kinds], 3, 48, 80)
    logits = torch.logit(torch.from_numpy(targets.heat[0]), eps=1e-4)
    found, scores, category = decode(logits, torch.from_numpy(targets.distances[0]), settings(0.99, 0.3, 100))
    assert len(found) == len(boxes) and (scores > 0.99).all()
    order, expected = np.lexsort(found.T), np.lexsort(boxes.T)
    np.testing.assert_allclose(found[order], boxes[expected], atol=1e-3)
    assert category[order].tolist() == kinds[expected].tolist()


def test_sorted_limited_and_above_the_floor():
    rng = np.random.default_rng(0)
    logits, distances = torch.from_numpy(rng.normal(0, 2, (20, 20))), torch.full((4, 20, 20), 2.0)
    boxes, scores = decode_category(logits, distances, settings(0.6, 0.5, 7))
    assert len(boxes) == 7 and (np.diff(scores) <= 0).all() and scores.min() >= 0.6
    assert boxes.dtype == scores.dtype == np.float32
    row, col = divmod(int(logits.argmax()), 20)
    np.testing.assert_allclose(boxes[0], np.array([col, row, col + 1, row + 1]) * STRIDE)


def test_one_category_does_not_suppress_or_move_another():
    """Two things of different kinds in one place: each is found as if it were alone, best first."""
    rng = np.random.default_rng(3)
    logits, distances = torch.from_numpy(rng.normal(0, 2, (2, 12, 12))), torch.full((4, 12, 12), 9.0)
    params = settings(0.5, 0.3, 1000)
    boxes, scores, category = decode(logits, distances, params)
    assert (np.diff(scores) <= 0).all() and set(category) == {0, 1}
    for k in range(2):
        alone, own = decode_category(logits[k], distances, params)
        np.testing.assert_array_equal(boxes[category == k], alone)
        np.testing.assert_array_equal(scores[category == k], own)
    few, few_scores, _ = decode(logits, distances, settings(0.5, 0.3, 5))
    np.testing.assert_array_equal(few_scores, np.sort(np.concatenate(
        [decode_category(one, distances, settings(0.5, 0.3, 5))[1] for one in logits]))[::-1][:5])
    assert len(few) == 5


def test_nothing_found():
    boxes, scores = decode_category(torch.full((8, 8), -9.0), torch.ones(4, 8, 8), settings(0.05, 0.5, 100))
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


def test_two_people_with_one_peak_are_two():
    """The centre of the second is no peak: the first one's scores rise towards it all the way."""
    logits, distances = torch.full((12, 12), -9.0), torch.full((4, 12, 12), 1.0)
    for col, logit, (left, right) in ((4, 3.0, (9.0, 9.0)), (5, 2.0, (13.0, 5.0)), (6, 1.0, (3.0, 15.0))):
        logits[6, col] = logit
        distances[:, 6, col] = torch.tensor([left, 20.0, right, 20.0])
    boxes, scores = decode_category(logits, distances, settings(0.3, 0.3, 100))
    np.testing.assert_allclose(boxes, [[9, 6, 27, 46], [23, 6, 41, 46]], atol=1e-5)
    assert scores[0] == pytest.approx(1 / (1 + np.exp(-3)))
    assert 0.3 < scores[1] < 1 / (1 + np.exp(-1))


@pytest.mark.parametrize("seed", range(5))
def test_every_score_falls_by_its_overlaps_with_better_boxes(seed):
    rng = np.random.default_rng(seed)
    corner = rng.uniform(0, 30, (12, 2))
    boxes, scores = np.hstack([corner, corner + rng.uniform(5, 30, (12, 2))]), rng.uniform(0.1, 1, 12)
    kept, found = soft_nms(boxes, scores, settings(0.02, 0.4, 100))
    assert (np.diff(found) <= 0).all() and found.min() >= 0.02 and len(set(kept)) == len(kept)
    for place, index in enumerate(kept):
        before = pairwise_iou(boxes[[index]], boxes[kept[:place]])[0]
        assert found[place] == pytest.approx(scores[index] * np.exp(-(before**2).sum() / 0.4), rel=1e-5)
    gone = np.setdiff1d(np.arange(12), kept)
    overlaps = (pairwise_iou(boxes[gone], boxes[kept]) ** 2).sum(1)
    assert (scores[gone] * np.exp(-overlaps / 0.4) < 0.02).all()
    assert len(soft_nms(boxes, scores, settings(0.02, 0.4, 3))[0]) == 3


def test_no_boxes():
    kept, scores = soft_nms(np.zeros((0, 4)), np.zeros(0), settings(0.05, 0.3, 100))
    assert kept.shape == scores.shape == (0,)


def test_a_box_is_the_mean_of_the_proposals_that_agree_with_it():
    """Three cells see one person and a fourth another, far away: against a loop over the definition."""
    boxes = np.array([[0, 0, 10, 20], [1, 1, 11, 21], [0, 2, 10, 24], [60, 60, 70, 80]], np.float32)
    scores = np.array([0.9, 0.5, 0.2, 0.8], np.float32)
    found = vote(boxes[[0, 3]], boxes, scores)
    np.testing.assert_allclose(found[0], np.average(boxes[:3], axis=0, weights=scores[:3]), rtol=1e-6)
    np.testing.assert_allclose(found[1], boxes[3])


def test_noise_of_single_cells_averages_out():
    """Every cell of a person errs on its own: the box that is found is nearer the truth than a cell's own."""
    rng = np.random.default_rng(4)
    truth = np.array([[20.0, 12.0, 52.0, 84.0]], np.float32)
    targets = make_targets([truth], [np.zeros(1, bool)], [np.zeros(1, int)], 1, 24, 20)
    own, voted = [], []
    for _ in range(40):
        noise = rng.normal(0, 3, targets.distances[0].shape).astype(np.float32)
        logits = torch.logit(torch.from_numpy(targets.heat[0, 0]), eps=1e-4)
        distances = np.maximum(targets.distances[0] + noise, 0.1)
        boxes, _ = decode_category(logits, torch.from_numpy(distances), settings(0.05, 0.3, 10))
        voted.append(np.abs(boxes[0] - truth[0]).mean())
        own.append(np.abs(noise[:, logits.argmax() // 20, logits.argmax() % 20]).mean())
    assert np.mean(voted) < 0.7 * np.mean(own)
