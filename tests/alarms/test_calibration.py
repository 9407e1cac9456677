import numpy as np
import pytest
from scipy.special import expit, logit

from pipeline.alarms.calibration import (
    LIMIT,
    Scored,
    binned_error,
    by_chance,
    calibration_errors,
    cross_tempered,
    fit_temperature,
    miscalibration,
    scored_of,
)
from pipeline.measure.matching import Detections, Truth

IMAGES = 20


def scored(precision, count=3000, seed=0):
    """Detections of any score at any place; precision(score, box) is the probability that one is right."""
    rng = np.random.default_rng([seed])
    score, box = rng.random(count), rng.random((count, 4))
    return Scored(score, rng.random(count) < precision(score, box), rng.integers(0, IMAGES, count), box)


def honest(score, box):
    return score


def too_sure(score, box):
    return expit(logit(score) / 2.5)


def depends_on_place(score, box):
    return np.clip(score + np.where(box[:, 0] < 0.5, 0.3, -0.3), 0, 1)


def judged(*seeds):
    return miscalibration("site", seeds, IMAGES, np.random.default_rng(0))


def test_honest_scores_are_quiet():
    finding = judged(scored(honest), scored(honest, seed=1))
    assert not finding.fired and finding.numbers["temperature"] == pytest.approx(1, abs=0.1)
    assert "'s scores say how often" in finding.sentence


def test_few_honest_scores_are_quiet_though_their_error_is_above_the_limit():
    few = scored(honest, count=40)
    assert max(calibration_errors(few).values()) > LIMIT and not judged(few).fired


def test_scores_that_are_too_sure_go_off_and_a_temperature_mends_them():
    finding = judged(scored(too_sure))
    assert finding.fired and finding.numbers["temperature"] == pytest.approx(2.5, rel=0.1)
    assert finding.numbers["before"]["ece"] > LIMIT > finding.numbers["after"]["ece"]
    assert f"ECE {finding.numbers['before']['ece']:.3f} (by chance up to" in finding.sentence


def test_d_ece_sees_what_ece_does_not():
    finding = judged(scored(depends_on_place, count=6000))
    before = finding.numbers["before"]
    assert finding.fired and before["ece"] < LIMIT < before["d_ece_position"] and before["d_ece_size"] < LIMIT
    assert finding.numbers["after"]["d_ece_position"] > LIMIT  # which no temperature mends


@pytest.mark.parametrize("axes", [(), (0, 1), (2, 3)])
def test_binned_error_as_it_is_defined(axes):
    found = scored(too_sure, count=700)
    bins, fewest = (5, 8) if axes else (10, 1)
    groups = {}
    for score, right, box in zip(found.score, found.right, found.box, strict=True):
        key = tuple(min(int(v * bins), bins - 1) for v in (score, *(box[axis] for axis in axes)))
        groups.setdefault(key, []).append((score, right))
    kept = [np.array(group, float) for group in groups.values() if len(group) >= fewest]
    total = sum(map(len, kept))
    assert 0 < total <= 700 and (total < 700) == bool(axes)
    expected = sum(len(group) / total * abs(group[:, 0].mean() - group[:, 1].mean()) for group in kept)
    assert binned_error(found, axes) == pytest.approx(expected)


def test_chance_is_what_honest_scores_show():
    """Of honest sets about 1 in 40 is above."""
    limit = by_chance(scored(honest, count=300), np.random.default_rng(3))["ece"]
    errors = [binned_error(scored(honest, count=300, seed=seed), ()) for seed in range(1, 200)]
    assert 0.001 < np.mean(np.array(errors) > limit) < 0.08


def test_a_half_is_tempered_by_the_other():
    first, second = scored(too_sure), scored(honest, seed=1)
    both = Scored(np.concatenate([first.score, second.score]), np.concatenate([first.right, second.right]),
                  np.repeat([0, IMAGES - 1], 3000), np.concatenate([first.box, second.box]))  # fmt: skip
    after = cross_tempered(both, IMAGES)
    assert fit_temperature(second) == pytest.approx(1, abs=0.1)
    assert after.score[:3000] == pytest.approx(expit(logit(first.score) / fit_temperature(second)), abs=1e-4)
    assert after.score[3000:] == pytest.approx(expit(logit(second.score) / fit_temperature(first)), abs=1e-4)


def test_detections_are_right_wrong_or_left_out():
    truth = Truth(np.array([[10.0, 20, 30, 60], [60, 0, 90, 40]]), np.array([False, True]))
    boxes = np.array([[10.0, 20, 30, 60], [62, 2, 88, 38], [0, 60, 10, 80]])
    found = scored_of([truth], [Detections(boxes, np.array([0.9, 0.8, 0.3]))], [(100, 80)], ["person"], 0.5)
    assert found.right.tolist() == [True, False] and found.score.tolist() == [0.9, 0.3]
    assert found.box == pytest.approx(np.array([[0.2, 0.5, 0.2, 0.5], [0.05, 0.875, 0.1, 0.25]]))


def test_no_detection_is_no_alarm():
    nothing = Scored(np.zeros(0), np.zeros(0, bool), np.zeros(0, int), np.zeros((0, 4)))
    assert not judged(nothing).fired
