import cv2
import numpy as np
import pytest
from skimage import data

from pipeline.compare.image_statistics import NAMES, PATCH_PX, patch_statistics
from pipeline.compare.telltale import statistics_of, tell_apart, wins


def pictures(count, noise_dn, seed):
    """Crops of photographs with noise; the crops and the noise are random, the photographs always the same."""
    rng = np.random.default_rng([seed])
    sources = [data.astronaut(), data.coffee(), data.chelsea()]
    for i in range(count):
        source = sources[i % len(sources)]
        top, left = (rng.integers(0, size - 2 * PATCH_PX + 1) for size in source.shape[:2])
        crop = source[top : top + 2 * PATCH_PX, left : left + 2 * PATCH_PX]
        yield np.clip(np.rint(crop + rng.normal(0, noise_dn, crop.shape)), 0, 255).astype(np.uint8)


def test_the_same_kind_of_picture_cannot_be_told_apart():
    real, made = (statistics_of(pictures(36, 3.0, seed)) for seed in (1, 2))
    told = tell_apart(real, made, block=1, seed=7)
    low, high = told.ci95
    assert low < 0.5 < high and 0.3 < told.auc < 0.7


def test_a_planted_difference_is_found_and_named():
    real, made = (statistics_of(pictures(36, noise, seed)) for noise, seed in ((3.0, 1), (6.0, 2)))
    told = tell_apart(real, made, block=1, seed=7)
    assert told.auc > 0.95 and told.ci95[0] > 0.9
    assert any(name.startswith(("noise", "power", "gradient")) for name in told.strongest)


def test_wins_are_counted_like_every_pair_by_hand():
    rng = np.random.default_rng([4])
    positive, negative = ([rng.integers(0, 5, n).astype(float) for n in (3, 4)] for _ in range(2))
    by_hand = [[sum((a > b) + 0.5 * (a == b) for a in p for b in n) for n in negative] for p in positive]
    np.testing.assert_array_equal(wins(positive, negative), by_hand)


@pytest.mark.parametrize("name, change", [
    ("noise_middle", lambda image: image + np.random.default_rng([1]).normal(0, 4, image.shape)),
    ("blockiness", lambda image: cv2.imdecode(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 15])[1], 1)),
])  # fmt: skip
def test_statistics_see_what_they_are_named_after(name, change):
    image = np.ascontiguousarray(data.astronaut()[: 4 * PATCH_PX, : 4 * PATCH_PX])
    changed = np.clip(np.rint(change(image)), 0, 255).astype(np.uint8)
    column = NAMES.index(name)
    before, after = (np.median(patch_statistics(picture)[:, column]) for picture in (image, changed))
    assert after > before + 0.1


def test_saturation_falls_when_colour_is_taken_out():
    image = np.ascontiguousarray(data.astronaut()[: 2 * PATCH_PX, : 2 * PATCH_PX])
    grey = cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    column = NAMES.index("saturation")
    assert np.all(patch_statistics(grey)[:, column] < patch_statistics(image)[:, column])
