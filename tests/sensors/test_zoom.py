import cv2
import numpy as np
import pytest

from sensors.zoom import BAND_ROWS, BLOCK, magnify


def cubic(d):
    """OpenCV's cubic convolution, a = -0.75, written out."""
    d = abs(d)
    return 1 - 2.25 * d**2 + 1.25 * d**3 if d <= 1 else 3 - 6 * d + 3.75 * d**2 - 0.75 * d**3 if d < 2 else 0.0


def one_axis(image, zoom):
    """Along the rows, pixel by pixel."""
    size, centre = len(image), (len(image) - 1) / 2
    out = np.zeros_like(image)
    for i in range(size):
        place = centre + (i - centre) / zoom
        for k in range(int(np.floor(place)) - 1, int(np.floor(place)) + 3):
            out[i] += cubic(place - k) * image[min(max(k, 0), size - 1)]
    return out


def light(shape, seed=1):
    return np.random.default_rng([seed]).random((*shape, 3), np.float32)


@pytest.mark.parametrize("shape", [(1, 1), (7, 5), (BLOCK, 2 * BLOCK), (BAND_ROWS + 21, 50), (2 * BAND_ROWS, 33)])
@pytest.mark.parametrize("zooms", [(1.0004, 1, 0.9996), (1.01, 0.97, 1.03), (0.6, 1, 2.5)])
def test_against_pixel_by_pixel(shape, zooms):
    """Beyond the frame a picture made smaller shows its border."""
    shown = light(shape)
    found = magnify(shown, zooms)
    for colour, zoom in enumerate(zooms):
        exact = shown[..., colour].astype(float)
        if zoom != 1:
            exact = one_axis(one_axis(exact, zoom).T, zoom).T
        np.testing.assert_allclose(found[..., colour], np.maximum(exact, 0), rtol=0, atol=2e-6)


def test_against_opencv():
    """Which rounds positions to 1/32 px."""
    y, x = np.mgrid[:90, :140]
    shown = np.repeat((0.5 + 0.4 * np.sin(x / 6) * np.cos(y / 7))[..., None], 3, axis=2).astype(np.float32)
    zoom, cx, cy = 1.004, 69.5, 44.5
    matrix = np.array([[1 / zoom, 0, cx - cx / zoom], [0, 1 / zoom, cy - cy / zoom]])
    expected = cv2.warpAffine(shown, matrix, (140, 90), flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP,
                              borderMode=cv2.BORDER_REPLICATE)
    np.testing.assert_allclose(magnify(shown, (zoom,) * 3), expected, rtol=0, atol=0.4 / 6 / 32)


def test_an_odd_picture_keeps_its_middle_and_every_picture_its_light():
    shown = light((31, 45))
    found = magnify(shown, (1.02, 1, 0.98))
    np.testing.assert_allclose(found[15, 22], shown[15, 22], atol=1e-6)
    np.testing.assert_array_equal(found[..., 1], shown[..., 1])
    np.testing.assert_array_equal(shown, light((31, 45)))
