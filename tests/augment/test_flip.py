import numpy as np

from pipeline.augment.flip import flip, sample_flip


def tight_box(mask):
    rows, cols = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    return np.array([cols[0], rows[0], cols[-1] + 1, rows[-1] + 1], float)


def test_box_follows_the_pixels():
    rng = np.random.default_rng(0)
    for _ in range(20):
        x0, y0 = rng.integers(0, 20, 2)
        x1, y1 = x0 + rng.integers(1, 20), y0 + rng.integers(1, 9)
        image = np.zeros((30, 41, 3), np.uint8)
        image[y0:y1, x0:x1] = 255
        flipped, boxes = flip(image, np.array([[x0, y0, x1, y1]], float))
        np.testing.assert_array_equal(boxes[0], tight_box(flipped[..., 0] > 0))


def test_twice_is_nothing():
    rng = np.random.default_rng(1)
    image, boxes = rng.integers(0, 256, (8, 9, 3), np.uint8), np.array([[1.0, 2.0, 4.5, 6.0]])
    again, same = flip(*flip(image, boxes))
    np.testing.assert_array_equal(again, image)
    np.testing.assert_array_equal(same, boxes)


def test_no_boxes():
    assert flip(np.zeros((4, 4, 3), np.uint8), np.zeros((0, 4)))[1].shape == (0, 4)


def test_half_of_all_draws():
    rng = np.random.default_rng(2)
    assert 450 < sum(sample_flip(rng) for _ in range(1000)) < 550
