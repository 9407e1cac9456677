import numpy as np
import pytest
from scipy.special import ndtr
from scipy.stats import norm

from pipeline.audit.two_sample import (
    auc_of,
    energy_coefficient,
    energy_distance,
    half_against_half,
    paired_auc,
    told_apart,
)

FRAMES, PATCHES = 24, 40
FOLD = np.repeat(np.arange(4), FRAMES // 4)


def frames_of(rng, mean=0.0, sigma=1.0, features=6, patches=PATCHES):
    """(patches, features) of each frame; only the first feature is shifted or spread."""
    made = [rng.normal(0, 1, (patches, features)) for _ in range(FRAMES)]
    for frame in made:
        frame[:, 0] = frame[:, 0] * sigma + mean
    return made


@pytest.mark.parametrize("mean", [0.5, 1.0, 2.0])
def test_a_planted_shift_has_the_auc_of_two_gaussians(mean):
    """The best classifier of two unit Gaussians at distance m has an AUC of Phi(m / sqrt 2)."""
    rng = np.random.default_rng([1])
    auc, (low, high) = paired_auc(frames_of(rng), frames_of(rng, mean), FOLD, 1, 500, 7)
    expected = float(ndtr(mean / np.sqrt(2)))
    assert low < expected < high and abs(auc - expected) < 0.03


def test_a_planted_spread_is_seen_though_the_means_are_equal():
    """The best score is the square: P(|b| > |a|) of N(0, 1) and N(0, 3^2) is 2 / pi * atan 3."""
    rng = np.random.default_rng([2])
    auc, _ = paired_auc(frames_of(rng, patches=300), frames_of(rng, sigma=3.0, patches=300), FOLD, 1, 500, 7)
    assert abs(auc - 2 / np.pi * np.arctan(3)) < 0.03


def test_the_same_distribution_is_a_guess():
    """The bootstrap knows the luck of the frames, not that of the training; false alarms stay rare all the same."""
    found = []
    for seed in range(20):
        rng = np.random.default_rng([3, seed])
        found.append(paired_auc(frames_of(rng), frames_of(rng), FOLD, 1, 200, 7))
    assert np.mean([auc for auc, _ in found]) == pytest.approx(0.5, abs=0.01)
    assert sum(low > 0.5 for _, (low, _) in found) <= 2


def test_an_untouched_twin_is_exactly_a_guess():
    frames = frames_of(np.random.default_rng([4]))
    auc, ends = paired_auc(frames, frames, FOLD, 1, 200, 7)
    assert auc == pytest.approx(0.5) and ends[0] < 0.5 + 1e-9 and ends[1] > 0.5 - 1e-9


def test_a_classifier_never_judges_frames_of_a_group_that_it_has_seen():
    """Every group has a feature of its own that gives its twins away: it helps only who has seen the group."""
    rng = np.random.default_rng([5])
    real, other = frames_of(rng), frames_of(rng)
    for i, frame in enumerate(other):
        frame[:, FOLD[i]] += 6.0 * (-1) ** FOLD[i]
        real[i][:, FOLD[i]] -= 6.0 * (-1) ** FOLD[i]
    leaky = np.arange(FRAMES) % 4  # every group of the classifier holds frames of every fold
    grouped, leaked = (auc_of(told_apart(real, other, g, g), real, other) for g in (FOLD, leaky))
    assert leaked > 0.95 and grouped < 0.75


def test_the_auc_is_that_of_all_pairs_counted_by_hand():
    rng = np.random.default_rng([6])
    real, other = ([rng.normal(size=(n, 2)) for n in (3, 4, 5, 2)] for _ in range(2))
    group = np.array([0, 0, 1, 1])
    won = told_apart(real, other, group, group)
    assert won.shape == (4, 4)
    shares = won / np.outer([len(a) for a in real], [len(b) for b in other])
    assert np.all((shares >= 0) & (shares <= 1))
    assert auc_of(won, real, other) == pytest.approx(won.sum() / 14**2)


def test_halves_of_equal_frames_are_told_apart_less_than_halves_that_drift():
    rng = np.random.default_rng([7])
    same = frames_of(rng, patches=20)
    drifting = [frame + 2.0 * (i % 6 >= 3) for i, frame in enumerate(frames_of(rng, patches=20))]
    assert half_against_half(same, FOLD)[0] < 0.6 < 0.9 < half_against_half(drifting, FOLD)[0]
    assert half_against_half(same, FOLD)[1] < half_against_half(drifting, FOLD)[1]


def mean_abs(mean, sigma):
    """E|Z| of Z ~ N(mean, sigma^2), the folded normal distribution."""
    return sigma * np.sqrt(2 / np.pi) * np.exp(-(mean**2) / (2 * sigma**2)) + mean * (1 - 2 * norm.cdf(-mean / sigma))


@pytest.mark.parametrize("mean, sigma", [(1.0, 1.0), (0.0, 2.0), (0.5, 1.5)])
def test_the_energy_distance_of_two_gaussians(mean, sigma):
    quantiles = norm.ppf((np.arange(1000) + 0.5) / 1000)[:, None]  # a sample without luck
    x, y = quantiles, mean + sigma * quantiles
    expected = 2 * mean_abs(mean, np.hypot(1, sigma)) - mean_abs(0, np.sqrt(2)) - mean_abs(0, np.sqrt(2) * sigma)
    assert energy_distance(x, y) == pytest.approx(expected, abs=0.01)


def test_the_energy_coefficient_is_0_for_the_same_and_1_far_away():
    x = np.random.default_rng([9]).normal(size=(200, 3))
    assert energy_coefficient(x, x) == pytest.approx(0, abs=1e-6)
    assert 0.99 < energy_coefficient(x, x + 1000) <= 1
