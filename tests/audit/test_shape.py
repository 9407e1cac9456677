"""Curves of planted experts: each label of each frame is lost with a known probability."""

import numpy as np
import pytest

from pipeline.audit.shape import shape_of
from pipeline.compare.bootstrap import block_resamples

STRENGTHS = (0.1, 0.25, 0.5, 0.75, 1.0)
FRAMES, LABELS, SAMPLES = 24, 28, 500


def shape(loss_at, seed):
    """Of the losses that LABELS labels in each of FRAMES frames suffer with probability loss_at(strength)."""
    rng = np.random.default_rng([seed])
    lost = np.stack([rng.binomial(LABELS, loss_at(s), FRAMES) / LABELS for s in STRENGTHS], axis=1)
    counts = block_resamples(FRAMES, 1, SAMPLES, rng)
    resamples = counts @ lost / FRAMES
    sure = np.quantile(resamples, 0.025, axis=0) > 0.02
    return shape_of(STRENGTHS, lost.mean(axis=0), resamples, sure)["shape"]


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(
    "rate", [lambda s: 0.6 * s, lambda s: 1 - np.exp(-2 * s), lambda s: 0.8 * s**2], ids=["line", "decay", "bent"]
)
def test_label_noise_that_accumulates_is_smooth(rate, seed):
    assert shape(rate, seed) == "smooth"


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("edge", [0.0, 0.2, 0.4, 0.6])
@pytest.mark.parametrize("depth", [0.3, 0.95])
def test_a_symmetry_that_is_not_there_is_a_cliff(edge, depth, seed):
    assert shape(lambda s: depth * (s > edge), seed) == "cliff"


def test_where_nothing_is_lost_there_is_no_shape():
    assert shape(lambda s: 0.0, 1) == "flat"


def test_one_strength_has_no_shape_that_could_be_told():
    losses, resamples = np.array([0.5]), np.full((100, 1), 0.5)
    assert shape_of([1.0], losses, resamples, [True])["shape"] == "unclear"
