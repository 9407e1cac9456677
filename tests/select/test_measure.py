import numpy as np
import pytest
from scipy import stats

from pipeline.select.measure import content_of, paired_interval


def test_interval_is_the_t_test_turned_round():
    differences = np.random.default_rng([2]).normal(0.02, 0.03, 7)
    mean, low, high = paired_interval(differences)
    expected = stats.ttest_1samp(differences, 0.0).confidence_interval(0.95)
    assert (low, high) == pytest.approx((expected.low, expected.high)) and mean == pytest.approx(differences.mean())


@pytest.mark.parametrize(
    "differences, verb",
    [((0.02, 0.03, 0.025), "beats"), ((-0.02, -0.03, -0.025), "is worse than"), ((0.02, -0.03, 0.01), "does not beat"),
     ((0.0, 0.0, 0.0), "does not beat")],
)  # fmt: skip
def test_the_interval_decides_the_sentence(differences, verb):
    random = np.full(3, 0.8)
    content = content_of("site", 8, random, random + differences, random)
    assert f"selected frames {verb} learning on" in content["sentence"]
    assert content["difference"] == round(float(np.mean(differences)), 4)
