import numpy as np
import pytest

from pipeline.augment.transforms import TRANSFORMS
from tests.augment.drawn import photograph


@pytest.mark.parametrize("strength", [0.2, 0.5, 1.0])
@pytest.mark.parametrize("name", ["mixup_naive", "mixup_box_aware"])
def test_pixels_are_blended(name, strength):
    rng = np.random.default_rng([0])
    mine, other = photograph(rng), photograph(rng)
    after = TRANSFORMS[name](mine, strength, rng, [other])
    share = strength / 2
    expected = (1 - share) * mine.image.astype(float) + share * other.image.astype(float)
    np.testing.assert_allclose(after.image, expected, atol=0.51)


def test_box_aware_keeps_all_boxes_and_weighs_them():
    rng = np.random.default_rng([1])
    mine, other = photograph(rng, 3), photograph(rng, 2)
    after = TRANSFORMS["mixup_box_aware"](mine, 0.6, rng, [other])
    np.testing.assert_array_equal(after.boxes, np.concatenate([mine.boxes, other.boxes]))
    np.testing.assert_array_equal(after.category, [0, 1, 0, 0, 1])
    np.testing.assert_array_equal(after.ignore, [False, True, False, False, True])
    np.testing.assert_allclose(after.weight, [0.7, 0.7, 0.7, 0.3, 0.3])
    again = TRANSFORMS["mixup_box_aware"](after, 1.0, rng, [other])
    np.testing.assert_allclose(again.weight, [0.35, 0.35, 0.35, 0.15, 0.15, 0.5, 0.5])


def test_naive_boxes_are_around_nothing():
    """That is the failure: half-way between two objects there is none."""
    rng = np.random.default_rng([2])
    mine, other = photograph(rng, 3), photograph(rng, 2)
    mine.boxes[0], other.boxes[0] = (0, 0, 20, 40), (100, 60, 120, 100)
    after = TRANSFORMS["mixup_naive"](mine, 1.0, rng, [other])
    np.testing.assert_allclose(after.boxes[0], [50, 30, 70, 70])
    np.testing.assert_allclose(after.boxes[1], (mine.boxes[1] + other.boxes[1]) / 2)
    np.testing.assert_array_equal(after.boxes[2], mine.boxes[2])
    np.testing.assert_array_equal(after.category, mine.category)
    assert (after.weight == 1).all()
