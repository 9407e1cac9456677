import numpy as np
import pytest

from pipeline.scene.layer import Layer, Patch, lay_into, lay_over, lay_shadow, overlap

OPENCV_STEP_PX = 1 / 32  # bilinear warps of OpenCV know no finer shift


def centroid(values, x0, y0):
    y, x = np.mgrid[: values.shape[0], : values.shape[1]]
    return np.array([np.average(x + x0, weights=values), np.average(y + y0, weights=values)])


@pytest.mark.parametrize("seed", range(10))
def test_a_shift_keeps_the_mass_and_moves_the_centroid_by_itself(seed):
    rng = np.random.default_rng([seed])
    values = rng.uniform(0, 1, rng.integers(3, 40, 2)).astype(np.float32)
    patch = Patch(values, *rng.uniform(-50, 50, 2))
    dx, dy = rng.uniform(-9, 9, 2)
    moved, x0, y0 = patch.at(dx, dy)
    assert isinstance(x0, int) and isinstance(y0, int)
    assert moved.sum() == pytest.approx(values.sum(), rel=1e-3)
    expected = centroid(values, patch.x0, patch.y0) + (dx, dy)
    np.testing.assert_allclose(centroid(moved, x0, y0), expected, atol=OPENCV_STEP_PX)


def test_a_shift_by_whole_pixels_changes_no_value():
    values = np.random.default_rng([1]).uniform(0, 1, (7, 5, 4)).astype(np.float32)
    moved, x0, y0 = Patch(values, 3.0, -2.0).at(4.0, 5.0)
    assert (x0, y0) == (7, 3)
    np.testing.assert_array_equal(moved, values)


def test_all_channels_move_alike():
    rng = np.random.default_rng([2])
    values = rng.uniform(0, 1, (9, 8, 4)).astype(np.float32)
    moved, _, _ = Patch(values, 0.3, 0.6).at(0.2, 0.2)
    for channel in range(4):
        alone, _, _ = Patch(np.ascontiguousarray(values[..., channel]), 0.3, 0.6).at(0.2, 0.2)
        np.testing.assert_allclose(moved[..., channel], alone, atol=1e-6)


@pytest.mark.parametrize("seed", range(30))
def test_overlap_is_what_counting_pixels_finds(seed):
    rng = np.random.default_rng([seed])
    h, w = (int(v) for v in rng.integers(1, 12, 2))
    x0, y0, top, left = (int(v) for v in rng.integers(-15, 15, 4))
    rows, cols = slice(top, top + int(rng.integers(1, 12))), slice(left, left + int(rng.integers(1, 12)))
    both = {
        (y, x) for y in range(y0, y0 + h) for x in range(x0, x0 + w)
        if rows.start <= y < rows.stop and cols.start <= x < cols.stop
    }  # fmt: skip
    meeting = overlap(x0, y0, (h, w), rows, cols)
    if meeting is None:
        assert not both
        return
    inside, window = meeting
    coordinates = np.stack(np.mgrid[y0 : y0 + h, x0 : x0 + w], -1)[inside].reshape(-1, 2)
    assert {tuple(c) for c in coordinates.tolist()} == both
    seen = np.stack(np.mgrid[rows, cols], -1)[window].reshape(-1, 2)
    np.testing.assert_array_equal(seen, coordinates)


def test_laying_over_is_the_over_operator_and_stays_inside_its_window():
    rng = np.random.default_rng([3])
    below = rng.uniform(0, 1, (20, 30, 3)).astype(np.float32)
    alpha = rng.uniform(0, 1, (8, 9)).astype(np.float32)
    colour = rng.uniform(0, 1, (8, 9, 3)).astype(np.float32)
    rgba = np.dstack([colour * alpha[..., None], alpha])
    light = below[4:16, 10:28].copy()
    lay_over(light, rgba, 23, -3, slice(4, 16), slice(10, 28))
    expected = below.copy()
    for y in range(8):
        for x in range(9):
            if 4 <= y - 3 < 16 and 10 <= x + 23 < 28:
                a = alpha[y, x]
                expected[y - 3, x + 23] = a * colour[y, x] + (1 - a) * below[y - 3, x + 23]
    np.testing.assert_allclose(light, expected[4:16, 10:28], atol=1e-6)


def test_a_shadow_takes_its_share_of_every_channel():
    light = np.full((6, 8, 3), 0.8, np.float32)
    lay_shadow(light, Patch(np.full((2, 3), 0.25, np.float32), 1.0, 2.0), 2.0, 1.0, slice(0, 6), slice(0, 8))
    expected = np.full((6, 8, 3), 0.8)
    expected[3:5, 3:6] = 0.6
    np.testing.assert_allclose(light, expected, atol=1e-6)


def test_a_thing_laid_into_a_place_is_in_the_depth_map_where_it_is_nearest():
    light, depth = np.zeros((10, 10, 3), np.float32), np.full((10, 10), 20.0, np.float32)
    depth[:, 7:] = 2.0
    rgba = np.zeros((4, 6, 4), np.float32)
    rgba[..., 3] = 1.0
    rgba[0, :, 3] = 0.4  # too thin to hide anything
    lay_into(light, depth, Layer(Patch(rgba, 3.0, 5.0), (6.0, 9.0), depth_m=8.0))
    expected = np.full((10, 10), 20.0)
    expected[:, 7:] = 2.0
    expected[6:9, 3:7] = 8.0
    np.testing.assert_array_equal(depth, expected)
