import numpy as np
import pytest

from pipeline.augment.scale_crop import FILL, ScaleCrop, sample_scale_crop, scale_crop


def edges(profile):
    """Sub-pixel edges of a bright bar: half of the light is where the profile crosses half of its height."""
    inside = np.flatnonzero(profile >= 0.5)
    first, last = inside[0], inside[-1]
    low = first - (profile[first - 1] if first else 0) + (1 - profile[first])
    high = last + 1 + (profile[last + 1] if last + 1 < len(profile) else 0) - (1 - profile[last])
    return low, high


@pytest.mark.parametrize("seed", range(12))
def test_box_follows_the_pixels(seed):
    rng = np.random.default_rng(seed)
    image = np.zeros((160, 160, 3), np.uint8)
    x0, y0, x1, y1 = 60, 40, 85, 100
    image[y0:y1, x0:x1] = 255
    crop = ScaleCrop(rng.uniform(20, 40), rng.uniform(10, 30), rng.uniform(0.8, 1.25), 96)
    pixels, boxes, share = scale_crop(image, np.array([[x0, y0, x1, y1]], float), crop)
    light = pixels[..., 0] / 255
    left, right = edges(light.max(0))
    inside_rows = light.max(1)
    top = edges(inside_rows)[0]
    np.testing.assert_allclose([left, top, right], boxes[0, :3], atol=0.6)
    if boxes[0, 3] < 95:
        assert abs(edges(inside_rows)[1] - boxes[0, 3]) < 0.6
    whole = (x1 - x0) * (y1 - y0) * crop.scale**2
    np.testing.assert_allclose(share[0] * whole, light.sum(), rtol=0.04)


def test_unit_crop_is_a_slice():
    image = np.random.default_rng(0).integers(0, 256, (50, 60, 3), np.uint8)
    boxes = np.array([[0, 0, 20, 20], [30, 30, 40, 50]], float)
    pixels, boxes, share = scale_crop(image, boxes, ScaleCrop(10, 5, 1, 32))
    np.testing.assert_array_equal(pixels, image[5:37, 10:42])
    np.testing.assert_allclose(boxes, [[0, 0, 10, 15], [20, 25, 30, 32]])
    np.testing.assert_allclose(share, [150 / 400, 7 / 20])


def test_outside_is_filled():
    pixels, _, _ = scale_crop(np.zeros((10, 10, 3), np.uint8), np.zeros((0, 4)), ScaleCrop(-5, -5, 1, 32))
    assert (pixels[:5] == FILL).all() and (pixels[5:15, 5:15] == 0).all() and (pixels[15:] == FILL).all()


@pytest.mark.parametrize("shape", [(100, 200), (40, 200), (30, 20)])
def test_samples_stay_inside_where_they_fit(shape):
    height, width = shape
    rng = np.random.default_rng(3)
    boxes = np.array([[2.0, 2, 12, 30]])
    for _ in range(200):
        crop = sample_scale_crop(rng, width, height, boxes, 64, (0.8, 1.25), 0.5)
        side = crop.size / crop.scale
        assert 64 / 1.2501 <= side <= 64 / 0.7999
        for low, room in ((crop.x0, width - side), (crop.y0, height - side)):
            assert min(room, 0) - 1e-9 <= low <= max(room, 0) + 1e-9


def test_every_box_crop_holds_a_middle():
    rng = np.random.default_rng(4)
    boxes = np.array([[2.0, 2, 12, 30], [180, 70, 196, 99]])
    middles = (boxes[:, :2] + boxes[:, 2:]) / 2
    for _ in range(100):
        crop = sample_scale_crop(rng, 200, 100, boxes, 64, (0.8, 1.25), 1.0)
        corner, side = np.array([crop.x0, crop.y0]), crop.size / crop.scale
        assert ((middles >= corner) & (middles <= corner + side)).all(1).any()
