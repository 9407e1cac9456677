import numpy as np
import pytest
from scipy.stats import norm, t

from pipeline.compare.bootstrap import (
    block_count,
    block_resamples,
    interval95,
    resampled_mean_recall,
    resampled_recall,
    seed_draws,
)
from pipeline.measure.matching import Detections, Truth, match_set
from pipeline.measure.recall import recall_at_fppi
from tests.measure.random_sets import correlated_matches, random_set


@pytest.mark.parametrize("seed", range(4))
def test_resampled_recall_is_recall_of_the_repeated_images(seed):
    rng = np.random.default_rng(seed)
    truths, found = random_set(rng, images=11, ties=seed % 2 == 0)
    counts = block_resamples(11, 3, 40, rng)
    for fppi in (0.1, 0.6, 1.0, 9.0):
        fast = resampled_recall(match_set(truths, found, 0.5), counts, fppi)
        for row, value in zip(counts, fast, strict=True):
            repeated = np.repeat(np.arange(11), row)
            slow = match_set([truths[i] for i in repeated], [found[i] for i in repeated], 0.5)
            people = len(slow.person_box)
            assert value == pytest.approx(recall_at_fppi(slow, fppi) if people else 0.0)


def test_resampled_mean_recall_is_the_mean_over_those_who_are_drawn():
    """Of the second category somebody is to be found in one image of six: often it is not drawn."""
    rng = np.random.default_rng(8)
    truths, found = random_set(rng, images=6)
    rare = [Truth(t.boxes, t.ignore | (i != 2)) for i, t in enumerate(truths)]
    sets = {"common": match_set(truths, found, 0.5), "rare": match_set(rare, found[::-1], 0.5)}
    counts = block_resamples(6, 2, 60, rng)
    people = np.bincount(sets["rare"].person_image, minlength=6)
    assert people[2] > 0 and (counts[:, 2] == 0).any()
    expected = [
        np.mean([resampled_recall(one, row[None], 1.0)[0] for name, one in sets.items() if name == "common" or row[2]])
        for row in counts
    ]
    np.testing.assert_allclose(resampled_mean_recall(sets, counts, 1.0), expected)
    alone = resampled_mean_recall({"common": sets["common"]}, counts, 1.0)
    np.testing.assert_array_equal(alone, resampled_recall(sets["common"], counts, 1.0))


def test_resamples_are_made_of_whole_blocks_and_use_every_image_alike():
    rng = np.random.default_rng(0)
    counts = block_resamples(12, 4, 6000, rng)
    assert (counts.sum(axis=1) == 12).all()
    assert counts.mean(axis=0) == pytest.approx(np.ones(12), abs=0.05)
    together = np.corrcoef(counts[:, 0], counts[:, 1])[0, 1]
    apart = np.corrcoef(counts[:, 0], counts[:, 6])[0, 1]
    assert together > 0.4 > 0 > apart
    assert (block_resamples(3, 5, 10, rng).sum(axis=1) == 3).all()  # a block longer than the set


def test_a_set_without_false_alarms_keeps_every_detection():
    truth = Truth(np.array([[0, 0, 10, 20.0]]), np.array([False]))
    found = Detections(truth.boxes, np.array([0.2]))
    matches = match_set([truth, truth], [found, found], 0.5)
    assert resampled_recall(matches, np.array([[2, 0], [1, 1]]), 0.5).tolist() == [1.0, 1.0]


@pytest.mark.parametrize("seeds", [2, 3, 5])
def test_variance_over_seeds_is_unbiased(seeds):
    rng = np.random.default_rng(seeds)
    weights = seed_draws(seeds, 400, rng)
    assert weights.sum(axis=1) == pytest.approx(np.ones(400))
    values = rng.normal(0, 1, (seeds, 3000))  # many experiments; the variance of each mean is 1 / seeds
    spread = (weights @ values).var(axis=0).mean()
    assert spread == pytest.approx(1 / seeds, rel=0.08)


def test_one_seed_has_no_spread():
    assert (seed_draws(1, 10, np.random.default_rng(0)) == 1).all()


def test_interval_is_the_expanded_percentile_interval():
    values = np.random.default_rng(0).normal(3, 2, 400000)
    tail = norm.cdf(np.sqrt(10 / 9) * t.ppf(0.025, 9))
    assert interval95(values, 10) == pytest.approx(norm.ppf([tail, 1 - tail], 3, 2), abs=0.05)
    assert interval95(values, 1e6) == pytest.approx(norm.ppf([0.025, 0.975], 3, 2), abs=0.03)


def test_coverage_with_correlated_frames():
    rng = np.random.default_rng(1)
    truth = recall_at_fppi(correlated_matches(rng, 20000, 0.7), 1.0)
    covered = {1: 0, 5: 0}
    widths = {1: 0.0, 5: 0.0}
    for _ in range(150):
        matches = correlated_matches(rng, 48, 0.7)
        for block in covered:
            resamples = resampled_recall(matches, block_resamples(48, block, 400, rng), 1.0)
            low, high = interval95(resamples, block_count(48, block))
            covered[block] += low <= truth <= high
            widths[block] += high - low
    assert covered[5] >= 0.89 * 150
    assert widths[5] > 1.1 * widths[1]  # ignoring the correlation would claim too much
