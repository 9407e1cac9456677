"""Objects are drawn where their boxes are; afterwards boxes must be where the objects are."""

import numpy as np
import pytest

from pipeline.augment.rotate import rotate
from pipeline.augment.transforms import TRANSFORMS
from tests.augment.drawn import HEIGHT, WIDTH, drawn, extent

RED, BRIGHT = (255, 0, 0), 127
SEEDS = range(40)


def red(sample):
    return (sample.image[..., 0] > BRIGHT) & (sample.image[..., 1] <= BRIGHT)


def is_whole(sample):
    """Has it a box, and is all of the object inside the image?"""
    inside = (sample.boxes > 1) & (sample.boxes < np.array([WIDTH - 1, HEIGHT - 1] * 2))
    return len(sample.boxes) and inside.all()


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", ["flip", "vertical_flip"])
def test_a_mirrored_rectangle(name, seed):
    rng = np.random.default_rng([seed])
    after = TRANSFORMS[name](drawn(RED, rng), rng.uniform(0.05, 1), rng, [])
    np.testing.assert_array_equal(after.boxes[0], extent(red(after)))


@pytest.mark.parametrize("seed", SEEDS)
def test_a_zoomed_rectangle(seed):
    rng = np.random.default_rng([seed])
    before, strength = drawn(RED, rng), rng.uniform(0.05, 1)
    after = TRANSFORMS["scale_crop"](before, strength, rng, [])
    smaller = (after.image == 114).all(2).any()  # grey around the old image
    whole_px = red(before).sum() * (1 + strength) ** (-2 if smaller else 2)
    share = red(after).sum() / whole_px
    if len(after.boxes) and share > 0.03:
        np.testing.assert_allclose(after.boxes[0], extent(red(after)), atol=1)
        if abs(share - 0.5) > 0.06:
            assert after.ignore[0] == (share < 0.5)
    else:
        assert share <= 0.05


def test_the_zoom_is_the_strength():
    rng = np.random.default_rng([51])
    for strength in (0.25, 0.5, 1.0):
        pairs = [(mine := drawn(RED, rng), TRANSFORMS["scale_crop"](mine, strength, rng, [])) for _ in range(30)]
        sides = [np.diff(after.boxes[0, ::2])[0] / np.diff(before.boxes[0, ::2])[0]
                 for before, after in pairs if is_whole(after)]  # fmt: skip
        log = np.log(sides) / np.log1p(strength)
        np.testing.assert_allclose(np.abs(log), 1, rtol=1e-4)
        assert log.min() < 0 < log.max()


@pytest.mark.parametrize("seed", SEEDS)
def test_a_turned_ellipse(seed):
    rng = np.random.default_rng([seed])
    after = rotate(drawn(RED, rng, "ellipse"), rng.uniform(-90, 90))
    if is_whole(after):
        np.testing.assert_allclose(after.boxes[0], extent(red(after)), atol=1)
    elif len(after.boxes) and red(after).any():  # cut by the image's border
        found = extent(red(after))
        assert (after.boxes[0, :2] <= found[:2] + 1).all() and (after.boxes[0, 2:] >= found[2:] - 1).all()


def test_most_turned_ellipses_are_measured():
    rng = np.random.default_rng([50])
    assert np.mean([bool(is_whole(rotate(drawn(RED, rng), rng.uniform(-90, 90)))) for _ in range(40)]) > 0.5


@pytest.mark.parametrize("seed", SEEDS)
def test_a_turned_rectangle_is_between_its_box_and_its_hull(seed):
    """At 90 degrees they are the same; in between its corners reach beyond the box."""
    rng = np.random.default_rng([seed])
    before = drawn(RED, rng)
    for angle in (-90, 90, 35):
        after = rotate(before, angle)
        if is_whole(after):
            hull = extent(red(after))
            assert (after.boxes[0, :2] >= hull[:2] - 1).all() and (after.boxes[0, 2:] <= hull[2:] + 1).all()
            if abs(angle) == 90:
                np.testing.assert_allclose(after.boxes[0], hull, atol=1)


@pytest.mark.parametrize("seed", SEEDS)
def test_cutmix_pixel_by_pixel(seed):
    rng = np.random.default_rng([seed])
    mine, other = drawn(RED, rng), drawn((0, 255, 0), rng, category=1)
    strength = rng.uniform(0.05, 1)
    after = TRANSFORMS["cutmix"](mine, strength, rng, [other])
    for category, channel, before in ((0, 0, mine), (1, 1, other)):
        whole, visible = (image[..., channel] == 255 for image in (before.image, after.image))
        boxes = after.boxes[after.category == category]
        assert len(boxes) == int(visible.any())
        if len(boxes):
            np.testing.assert_array_equal(boxes[0], extent(visible))
            assert after.ignore[after.category == category][0] == (visible.sum() < 0.5 * whole.sum())
    assert (after.weight == 1).all()


def test_cutmix_pastes_its_share():
    rng = np.random.default_rng([60])
    mine, other = drawn(RED, rng), drawn(RED, rng)
    mine.image[:], other.image[:] = 10, 200
    for strength in (0.25, 0.5, 1.0):
        after = TRANSFORMS["cutmix"](mine, strength, rng, [other])
        assert abs((after.image[..., 0] == 200).mean() - strength / 2) < 0.01


@pytest.mark.parametrize("seed", SEEDS)
def test_mosaic_pixel_by_pixel(seed):
    """The colour of every object is its own: its boxes hold it and nothing else does."""
    rng = np.random.default_rng([seed])
    mine = drawn((20, 0, 0), rng)
    mates = [drawn((20 + 10 * k, 0, 0), rng, category=k) for k in range(1, 6)]
    after = TRANSFORMS["mosaic"](mine, rng.uniform(0.05, 1), rng, mates)
    left = after.image[..., 0].copy()
    for box, ignore, category in zip(after.boxes.astype(int), after.ignore, after.category, strict=True):
        x0, y0, x1, y1 = box
        assert (left[y0:y1, x0:x1] == 20 + 10 * category).all()
        left[y0:y1, x0:x1] = 0
        bx0, by0, bx1, by1 = [mine, *mates][category].boxes[0]
        assert ignore == ((x1 - x0) * (y1 - y0) < 0.5 * (bx1 - bx0) * (by1 - by0))
    assert not left.any()


def test_mosaic_keeps_its_share_of_the_own_image():
    rng = np.random.default_rng([61])
    mine, other = drawn(RED, rng), drawn(RED, rng)
    mine.image[:], other.image[:] = 10, 200
    for strength in (0.25, 0.5, 1.0):
        after = TRANSFORMS["mosaic"](mine, strength, rng, [other])
        assert abs((after.image[..., 0] == 10).mean() - (1 - strength / 2) ** 2) < 0.01


@pytest.mark.parametrize("seed", SEEDS)
def test_copy_paste_pixel_by_pixel(seed):
    rng = np.random.default_rng([seed])
    mine, other = drawn(RED, rng), drawn((0, 255, 0), rng, category=1)
    after = TRANSFORMS["copy_paste"](mine, rng.uniform(0.05, 1), rng, [other])
    green = after.image[..., 1] > BRIGHT
    pasted = after.boxes[after.category == 1]
    assert len(pasted) == 1
    np.testing.assert_allclose(pasted[0], extent(green), atol=1)
    np.testing.assert_allclose(pasted[0, 1::2], other.boxes[0, 1::2])  # the row stays
    share = red(after).sum() / red(mine).sum()
    kept = after.category == 0
    assert kept.sum() == int(share > 0) or share < 0.03
    if kept.any():
        np.testing.assert_array_equal(after.boxes[kept][0], mine.boxes[0])
        if abs(share - 0.5) > 0.06:
            assert after.ignore[kept][0] == (share < 0.5)


def test_copy_paste_takes_its_share_of_what_stands_alone():
    """Ten objects in a row, the last two one upon the other."""
    rng = np.random.default_rng([62])
    mine, other = drawn(RED, rng), drawn(RED, rng)
    boxes = np.array([[4 + 15 * k, 50, 14 + 15 * k, 80] for k in range(9)] + [[126, 52, 136, 82]], np.float32)
    mate = type(other)(other.image, boxes, np.zeros(10, bool), np.arange(1, 11), np.ones(10, np.float32))
    for strength, count in ((0.1, 1), (0.5, 4), (1.0, 8)):
        after = TRANSFORMS["copy_paste"](mine, strength, rng, [mate])
        placed = after.category[after.category > 0]
        assert len(placed) <= count and set(placed) <= set(range(1, 9))
        assert len(placed) > count / 2  # some are hidden by later ones


@pytest.mark.parametrize("seed", SEEDS)
def test_erasing_pixel_by_pixel(seed):
    rng = np.random.default_rng([seed])
    mine = drawn(RED, rng)
    strength = rng.uniform(0.05, 1)
    mine.image[~red(mine)] = (0, 0, 1)
    after = TRANSFORMS["erasing"](mine, strength, rng, [])
    changed = (after.image != mine.image).any(2)
    assert abs(changed.mean() - 0.4 * strength) < 0.01
    hidden = (changed & red(mine)).sum() / red(mine).sum()
    assert len(after.boxes) == int(hidden < 1)
    if len(after.boxes):
        np.testing.assert_array_equal(after.boxes, mine.boxes)
        assert after.ignore[0] == (hidden > 0.5)
