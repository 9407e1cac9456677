import numpy as np
import pytest

from pipeline.measure.lamr import log_average_miss_rate
from pipeline.measure.matching import FALSE_ALARM, HIT, Detections, Truth, match_set
from pipeline.measure.recall import (
    false_alarm_budget,
    height_edges,
    heights_px,
    mean_overlap,
    people_found,
    recall_at_fppi,
    recall_by_height,
)
from tests.measure.random_sets import random_set


def brute_force_recall(matches, fppi):
    """Try every threshold, count, keep the best recall that is allowed."""
    best = 0.0
    for threshold in set(matches.score):
        alarms = sum(
            1 for s, o in zip(matches.score, matches.outcome, strict=True) if o == 0 and s >= threshold
        )
        hits = sum(
            1 for s, o in zip(matches.score, matches.outcome, strict=True) if o == 1 and s >= threshold
        )
        if alarms / matches.image_count <= fppi:
            best = max(best, hits / len(matches.person_box))
    return best


@pytest.mark.parametrize("seed", range(10))
def test_recall_is_that_of_trying_every_threshold(seed):
    rng = np.random.default_rng(seed)
    matches = match_set(*random_set(rng, ties=seed % 2 == 0), 0.5)
    for fppi in (0.01, 0.1, 0.25, 0.5, 1.0, 3.0, 50.0):
        assert recall_at_fppi(matches, fppi) == brute_force_recall(matches, fppi)


def test_a_tie_across_the_budget_stays_outside():
    person = Truth(np.array([[0, 0, 10, 20.0]]), np.array([False]))
    boxes = np.array([[0, 0, 10, 20], [50, 50, 60, 70], [80, 50, 90, 70.0]])
    matches = match_set([person], [Detections(boxes, np.array([0.5, 0.5, 0.5]))], 0.5)
    assert recall_at_fppi(matches, 1.0) == 0.0  # all three enter together: two false alarms
    assert recall_at_fppi(matches, 2.0) == 1.0


def test_budget_does_not_lose_a_false_alarm_to_rounding():
    assert false_alarm_budget(100, 0.29) == 29
    assert false_alarm_budget(48, 0.1) == 4
    assert false_alarm_budget(10, 0.7) == 7


def test_log_average_miss_rate_against_a_plain_loop():
    for seed in range(6):
        matches = match_set(*random_set(np.random.default_rng(seed), images=30), 0.5)
        logs = []
        for k in range(9):
            miss = 1 - brute_force_recall(matches, 10 ** (-2 + k / 4))
            logs.append(np.log(max(miss, 1e-10)))
        assert log_average_miss_rate(matches) == pytest.approx(np.exp(sum(logs) / 9))


def test_recall_by_height_adds_up_to_recall():
    matches = match_set(*random_set(np.random.default_rng(1), images=40), 0.5)
    edges = height_edges(heights_px(matches))
    recalls, counts = recall_by_height(heights_px(matches), people_found(matches, 1.0), edges)
    assert sum(counts) == len(matches.person_box)
    total = sum(r * n for r, n in zip(recalls, counts, strict=True)) / sum(counts)
    assert total == pytest.approx(recall_at_fppi(matches, 1.0))
    assert max(counts) - min(counts) < 0.3 * sum(counts)


def test_found_people_and_their_overlap():
    matches = match_set(*random_set(np.random.default_rng(2)), 0.5)
    assert people_found(matches, 1.0).mean() == pytest.approx(recall_at_fppi(matches, 1.0))
    everything = matches.outcome == HIT
    assert mean_overlap(matches, 1e6) == pytest.approx(matches.overlap[everything].mean())
    assert (matches.overlap[matches.outcome == FALSE_ALARM] == 0).all()
