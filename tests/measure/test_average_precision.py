import numpy as np
import pytest

from pipeline.measure.average_precision import average_precision
from pipeline.measure.matching import Detections, Truth, match_set
from tests.measure.random_sets import random_set


def interpolated_ap50(truths, found):
    """AP at IoU 0.5 by hand: 101-point interpolated precision over our own matches."""
    matches = match_set(truths, found, 0.5)
    counted = matches.outcome >= 0
    order = np.argsort(-matches.score[counted], kind="stable")
    hits = (matches.outcome[counted] == 1)[order]
    recall = np.cumsum(hits) / len(matches.person_box)
    precision = np.cumsum(hits) / np.arange(1, len(hits) + 1)
    points = [precision[recall >= r - 1e-12].max(initial=0.0) for r in np.linspace(0, 1, 101)]
    return np.mean(points)


@pytest.mark.parametrize("seed", range(5))
def test_ap50_is_the_area_under_the_curve_of_our_matches(seed):
    truths, found = random_set(np.random.default_rng(seed), ties=False)
    ap, ap50 = average_precision(truths, found, 100)
    assert ap50 == pytest.approx(interpolated_ap50(truths, found), abs=1e-9)
    assert 0 <= ap <= ap50


def test_perfect_and_silent_detectors():
    truths, _ = random_set(np.random.default_rng(1))
    perfect = [Detections(t.boxes[~t.ignore], np.linspace(0.9, 0.8, (~t.ignore).sum())) for t in truths]
    assert average_precision(truths, perfect, 100) == pytest.approx((1.0, 1.0))
    silent = [Detections(np.zeros((0, 4)), np.zeros(0)) for _ in truths]
    assert average_precision(truths, silent, 100) == (0.0, 0.0)


@pytest.mark.parametrize("most", [1, 3, 6, 7, 20])
def test_only_the_best_detections_of_an_image_count(most):
    """Six false alarms score better than the only hit: within the 7 best its precision is 1 / 7, at every recall."""
    truth = Truth(np.array([[0, 0, 10, 10.0]]), np.array([False]))
    boxes = np.concatenate([np.tile([[50, 50, 60, 60.0]], (6, 1)), truth.boxes])
    found = Detections(boxes, np.linspace(0.9, 0.1, 7))
    expected = 1 / 7 if most >= 7 else 0.0
    assert average_precision([truth], [found], most) == pytest.approx((expected, expected))
