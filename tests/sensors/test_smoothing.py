import numpy as np
import pytest
from scipy.ndimage import convolve1d

from sensors.smoothing import gaussian_kernel, reach, smooth, smooth_rows

SIGMAS = [0.2, 0.4, 0.9, 2.5]  # kernels of 3, 5, 9 and 21 taps


@pytest.mark.parametrize("sigma_px", SIGMAS)
def test_kernel_has_its_width_and_keeps_energy(sigma_px):
    kernel = gaussian_kernel(sigma_px).astype(float)
    assert len(kernel) == 2 * reach(sigma_px) + 1
    assert kernel.sum() == pytest.approx(1, abs=1e-6)
    x = np.arange(len(kernel)) - reach(sigma_px)
    assert (kernel * x**2).sum() == pytest.approx(sigma_px**2, rel=1e-3)


@pytest.mark.parametrize("sigma_px", SIGMAS)
def test_against_scipy(sigma_px):
    image = np.random.default_rng([1]).choice([0, 1000, 65535], (40, 30, 3)).astype(np.float32)
    expected = image.astype(float)
    for axis in (0, 1):
        expected = convolve1d(expected, gaussian_kernel(sigma_px).astype(float), axis, mode="reflect")
    found = smooth(image, sigma_px)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, rtol=0, atol=0.05)


@pytest.mark.parametrize("rows", [slice(0, 1), slice(0, 9), slice(5, 12), slice(39, 40), slice(0, 40)])
def test_some_rows_are_those_of_the_whole(rows):
    image = np.random.default_rng([2]).random((40, 30, 3), np.float32)
    np.testing.assert_array_equal(smooth_rows(image, 0.8, rows), smooth(image, 0.8)[rows])
