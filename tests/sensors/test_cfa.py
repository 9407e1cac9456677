import numpy as np
import pytest

from sensors import Cfa
from sensors.cfa import DEMOSAICS, PATTERNS, demosaic, mosaic, mosaic_of


@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize("method", DEMOSAICS)
def test_a_constant_colour_survives(pattern, method):
    colour = np.array([9000, 30000, 55000], np.uint16)
    raw = mosaic(np.broadcast_to(colour, (17, 22, 3)), Cfa(pattern, method))
    np.testing.assert_array_equal(demosaic(raw, Cfa(pattern, method)), np.broadcast_to(colour, (17, 22, 3)))


@pytest.mark.parametrize("pattern", PATTERNS)
def test_each_pixel_sees_the_colour_that_the_pattern_names(pattern):
    image = np.random.default_rng([2]).random((5, 6, 3))
    raw = mosaic(image, Cfa(pattern))
    for row in range(5):
        for col in range(6):
            colour = pattern[2 * (row % 2) + col % 2]
            assert raw[row, col] == image[row, col, "RGB".index(colour)]
    spread = mosaic_of((0.25, 0.5, 0.75), Cfa(pattern), (5, 6))
    constant = np.full((5, 6, 3), (0.25, 0.5, 0.75), np.float32)
    np.testing.assert_array_equal(spread, mosaic(constant, Cfa(pattern)))


def test_smooth_colour_ramps_come_back():
    y, x = np.mgrid[:40, :50]
    image = np.stack([8000 + 300 * x, 20000 + 200 * y, 40000 - 150 * x - 100 * y], axis=2).astype(np.uint16)
    back = demosaic(mosaic(image, Cfa(demosaic="bilinear")), Cfa(demosaic="bilinear"))
    np.testing.assert_allclose(back[2:-2, 2:-2], image[2:-2, 2:-2], atol=2)
