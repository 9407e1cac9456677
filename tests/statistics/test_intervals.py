"""The measurement itself, by 2000 simulated experiments of the default size; more worlds: tests/prove/intervals.py."""

import numpy as np
import pytest
from scipy.stats import binomtest, ttest_ind

from pipeline.compare.interval import gain_interval, recall_interval
from pipeline.compare.recalls import Recalls
from tests.statistics.simulate import World
from tests.statistics.study import Ends, called, repeat, tripped

RECALL, SYNTH = 0.93, 0.84  # about what the default experiment measured of the gate's rung


@pytest.fixture(scope="module")
def alike():
    """Two rungs that are equally good; recall and gap are the first one's."""
    return repeat(World(), (RECALL, RECALL), (SYNTH,))


@pytest.mark.parametrize("number", ["recall", "gap"])
def test_the_interval_covers_the_truth(alike, number):
    assert 0.93 <= alike[number].covered() <= 0.97


def test_misses_lie_on_both_sides(alike):
    """Twice the nominal 2.5 % at most: the gate asks one side only."""
    for ends in alike.values():
        assert np.mean(ends.low > ends.truth) <= 0.05 and np.mean(ends.high < ends.truth) <= 0.05


def test_identical_rungs_are_not_called_different(alike):
    assert called(alike["gain"], "helped") + called(alike["gain"], "hurt") <= 0.05


def test_a_regression_of_five_points_trips_the_gate():
    """Real recall falls by five points, to what the gate requires at least. The gap's gate is left open.

    So few frames fail most good detectors, too: see pipeline/compare/frames_needed.py.
    """
    found = repeat(World(), (RECALL - 0.05,), experiments=300)
    assert tripped(found, min_real_recall=RECALL - 0.05) >= 0.8


def test_the_gate_passes_what_is_surely_good_enough(alike):
    """Otherwise a gate that always fails would pass the test above. 48 frames are few: it takes a wide margin."""
    some = {name: Ends(ends.low[:500], ends.high[:500], ends.truth) for name, ends in alike.items()}
    assert tripped(some, min_real_recall=RECALL - 0.35, max_gap=SYNTH - RECALL + 0.4) <= 0.05


def still(runs, people=100, samples=50):
    """Recall that does not depend on which frames are drawn."""
    return Recalls(np.array(runs), np.tile(runs, (samples, 1)), np.tile(runs, (samples, 1)), 5, 48, people)


def test_nobody_missed_is_not_certainty():
    """48 frames are worth fewer than 100 independent people: wider than the exact interval of those."""
    exact = binomtest(100, 100).proportion_ci().low
    low, high = recall_interval(still([1.0, 1.0]))
    assert high == 1.0 and 0.8 < low < exact
    assert recall_interval(still([0.0, 0.0])) == pytest.approx((0.0, 1 - low))


def test_training_runs_alone_give_students_interval():
    """Frames that tell nothing: both detectors' runs, pooled. By hand: scipy.stats.ttest_ind."""
    a, b = [0.7, 0.74, 0.69], [0.6, 0.66, 0.61]
    expected = ttest_ind(a, b).confidence_interval(0.95)
    assert gain_interval(still(a), still(b)) == pytest.approx((expected.low, expected.high), abs=1e-9)
