import numpy as np
import pytest
from scipy import stats

from sensors.normals import unit_normals

NORMAL = unit_normals((1500, 2000), np.random.default_rng([5])).ravel().astype(np.float64)


def test_they_are_normal():
    # the Kolmogorov-Smirnov distance of 3 million samples is 8e-4 one time in twenty
    assert stats.kstest(NORMAL, stats.norm.cdf).pvalue > 0.01
    assert NORMAL.mean() == pytest.approx(0, abs=4 / np.sqrt(NORMAL.size))
    assert NORMAL.var() == pytest.approx(1, abs=4 * np.sqrt(2 / NORMAL.size))
    assert stats.skew(NORMAL) == pytest.approx(0, abs=4 * np.sqrt(6 / NORMAL.size))
    assert stats.kurtosis(NORMAL) == pytest.approx(0, abs=4 * np.sqrt(24 / NORMAL.size))


@pytest.mark.parametrize("sign", [-1, 1])
@pytest.mark.parametrize("beyond", [2.9, 3.1, 3.5, 4.0, 4.5])
def test_tails_hold_what_they_should(beyond, sign):
    """Across 3.10, where the finer table of the tails takes over."""
    expected = stats.norm.sf(beyond) * NORMAL.size
    assert (sign * NORMAL > beyond).sum() == pytest.approx(expected, abs=4 * np.sqrt(expected))


def test_neighbours_are_independent():
    pairs = np.corrcoef(NORMAL[:-1], NORMAL[1:])[0, 1], np.corrcoef(NORMAL[:-4], NORMAL[4:])[0, 1]
    assert np.abs(pairs).max() < 4 / np.sqrt(NORMAL.size)


def test_same_generator_same_numbers_and_shape():
    a, b = (unit_normals((7, 11, 3), np.random.default_rng([1])) for _ in range(2))
    assert a.shape == (7, 11, 3) and a.dtype == np.float32
    np.testing.assert_array_equal(a, b)
    assert unit_normals((0,), np.random.default_rng([1])).shape == (0,)
