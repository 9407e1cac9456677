import numpy as np
import pytest
from scipy.ndimage import convolve1d

from sensors.denoise import denoise
from sensors.smoothing import gaussian_kernel


@pytest.mark.parametrize("sigma_px,chroma_sigma_px", [(0.7, 0), (0, 1.5), (0.4, 0.6), (0.2, 2.5), (1.5, 0.3), (0, 0)])
def test_against_scipy(sigma_px, chroma_sigma_px):
    """Both Gaussians one after the other, and the luma that the first one left; then whole numbers within the range."""
    code = np.random.default_rng([6]).choice([0, 1000, 40000, 65535], (40, 30, 3)).astype(np.uint16)

    def blurred(image, sigma):
        for axis in (0, 1) if sigma else ():
            image = convolve1d(image, gaussian_kernel(sigma).astype(float), axis, mode="reflect")
        return image

    smooth = blurred(code.astype(float), sigma_px)
    soft = blurred(smooth, chroma_sigma_px)
    expected = soft + ((smooth - soft) @ (0.299, 0.587, 0.114))[..., None]
    found = denoise(code, sigma_px, chroma_sigma_px)
    assert found.dtype == np.uint16
    np.testing.assert_allclose(found.astype(float), np.clip(expected, 0, 65535), rtol=0, atol=0.6)
