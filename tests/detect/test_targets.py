import numpy as np
import pytest

from pipeline.detect.network import STRIDE
from pipeline.detect.targets import BOX_FLOOR, SIGMA, SIGMA_FLOOR_PX, make_targets


def slow_targets(boxes, ignore, kinds, categories, height, width):
    """One image, cell by cell, straight from the description."""
    heat, care = np.zeros((categories, height, width)), np.ones((categories, height, width))
    strongest, weight = np.zeros((height, width)), np.zeros((height, width))
    distances = np.ones((4, height, width))
    for row in range(height):
        for col in range(width):
            x, y = (col + 0.5) * STRIDE, (row + 0.5) * STRIDE
            for (x0, y0, x1, y1), skip, kind in zip(boxes, ignore, kinds, strict=True):
                if skip:
                    if x0 < x < x1 and y0 < y < y1:
                        care[kind, row, col] = 0
                    continue
                centre_col = min(int((x0 + x1) / 2 / STRIDE), width - 1)
                centre_row = min(int((y0 + y1) / 2 / STRIDE), height - 1)
                sigma_x = max(SIGMA * (x1 - x0), SIGMA_FLOOR_PX)
                sigma_y = max(SIGMA * (y1 - y0), SIGMA_FLOOR_PX)
                offset_x = (col - centre_col) * STRIDE / sigma_x
                offset_y = (row - centre_row) * STRIDE / sigma_y
                value = np.exp(-0.5 * (offset_x**2 + offset_y**2))
                heat[kind, row, col] = max(heat[kind, row, col], value)
                if value >= strongest[row, col]:
                    strongest[row, col] = value
                    sides = np.array([x - x0, y - y0, x1 - x, y1 - y])
                    good = value > BOX_FLOOR and sides.min() > 0
                    weight[row, col] = value if good else 0
                    distances[:, row, col] = sides if good else 1
    care[heat == 1] = 1
    return heat, care, distances, weight


def random_boxes(rng, count, height, width):
    corner = rng.uniform(0, [width * STRIDE - 10, height * STRIDE - 10], (count, 2))
    size = rng.uniform([4, 10], [30, 60], (count, 2))
    opposite = np.minimum(corner + size, [width * STRIDE, height * STRIDE])
    return np.hstack([corner, opposite]).astype(np.float32)


@pytest.mark.parametrize("seed", range(6))
def test_against_slow_loops(seed):
    rng = np.random.default_rng(seed)
    boxes = [random_boxes(rng, count, 12, 16) for count in (3, 0, 7)]
    ignore = [rng.random(len(b)) < 0.3 for b in boxes]
    categories = 1 + seed % 3
    kinds = [rng.integers(0, categories, len(b)) for b in boxes]
    targets = make_targets(boxes, ignore, kinds, categories, 12, 16)
    for image in range(3):
        heat, care, distances, weight = slow_targets(boxes[image], ignore[image], kinds[image], categories, 12, 16)
        np.testing.assert_allclose(targets.heat[image], heat, atol=1e-5)
        np.testing.assert_array_equal(targets.care[image], care)
        np.testing.assert_allclose(targets.weight[image], weight, atol=1e-5)
        np.testing.assert_allclose(targets.distances[image], distances, atol=1e-4)


def test_types_and_shapes_without_boxes():
    empty = np.zeros((0, 4), np.float32)
    targets = make_targets([empty, empty], [np.zeros(0, bool)] * 2, [np.zeros(0, int)] * 2, 3, 8, 8)
    assert targets.heat.shape == targets.care.shape == (2, 3, 8, 8) and targets.weight.shape == (2, 8, 8)
    assert targets.distances.shape == (2, 4, 8, 8)
    assert {array.dtype for array in vars(targets).values()} == {np.dtype(np.float32)}
    assert not targets.heat.any() and not targets.weight.any() and targets.care.all()


def test_person_inside_an_ignore_region_still_counts():
    boxes = np.array([[0, 0, 32, 32], [10, 6, 18, 26]], np.float32)
    targets = make_targets([boxes], [np.array([True, False])], [np.zeros(2, int)], 2, 8, 8)
    assert targets.heat[0, 0, 4, 3] == 1 and targets.care[0, 0, 4, 3] == 1
    assert targets.care[0, 0].sum() == 1
    assert targets.care[0, 1].all()  # the region says nothing about another category


@pytest.mark.parametrize("seed", range(4))
def test_weights_scale_centres_and_the_box_loss(seed):
    """Boxes far apart, one a category and image: what each one has alone, times its weight."""
    rng = np.random.default_rng(seed)
    boxes = np.array([[2, 3, 14, 40], [44, 20, 60, 47]], np.float32)
    weights, kinds, never = rng.uniform(0.1, 1, 2).astype(np.float32), np.array([0, 1]), np.zeros(2, bool)
    plain = make_targets([boxes, boxes], [never] * 2, [kinds] * 2, 2, 12, 16)
    ones = np.ones(2, np.float32)
    found = make_targets([boxes, boxes], [never] * 2, [kinds] * 2, 2, 12, 16, [weights, ones])
    np.testing.assert_array_equal(found.heat, plain.heat)
    np.testing.assert_array_equal(found.distances, plain.distances)
    left = np.arange(16) * STRIDE < 30  # the columns of the first box
    np.testing.assert_allclose(found.weight[0], plain.weight[0] * np.where(left, *weights))
    assert [found.care[0, k][found.heat[0, k] == 1].tolist() for k in (0, 1)] == [[w] for w in weights.tolist()]
    assert (found.care[0][found.heat[0] < 1] == 1).all()
    np.testing.assert_array_equal(found.weight[1], plain.weight[1])
    assert (found.care[1] == 1).all()
