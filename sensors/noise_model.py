"""Noise in pictures of something grey and flat, by formulas: the sensor's white noise, filtered, quantized by JPEG.

For differences between similar cameras only: what is left out here - texture, clipping, colour - hardly differs there.
"""

from functools import lru_cache

import numpy as np
from scipy.special import ndtr

from sensors.camera import Camera
from sensors.cfa import Cfa
from sensors.isp import LUMA, Isp
from sensors.jpeg_tables import quantization_table
from sensors.noise import Sensor
from sensors.profile import CameraProfile
from sensors.smoothing import gaussian_kernel
from sensors.statistics import dct_basis

SIZE = 64  # of the grid of frequencies
FLAT_PX, FLAT_LIGHT, FLAT_ELECTRONS = 512, 0.5, 400  # of the grey card that shows what demosaicing does to noise
ROUNDING_DN2 = 1 / 12


def coefficient_variance(profile: CameraProfile) -> np.ndarray:
    """(8, 8) variance of luma's DCT coefficients before the codec, where the sensor's noise has variance 1 in light
    and the tone curve slope 1. profile: its cfa and isp count."""
    isp = profile.isp
    denoise, soft = _transfer(isp.denoise_sigma_px), _transfer(isp.sharpening_sigma_px)
    response = np.outer(denoise, denoise) * (1 + isp.sharpening * (1 - np.outer(soft, soft)))
    waves = np.abs(np.fft.fft(dct_basis(), SIZE, axis=1)) ** 2 / SIZE
    return waves @ (_demosaiced(profile.cfa) * response**2) @ waves.T


def quantized_variance(variance: np.ndarray, step: np.ndarray) -> np.ndarray:
    """Variance of normal numbers about 0 after rounding to multiples of `step`; the arguments broadcast."""
    deviation = np.sqrt(variance)[..., None] / np.asarray(step)[..., None]
    edges = np.arange(0.5, 8) / np.maximum(deviation, 1e-6)
    # E[k^2] = sum over k of (2 k - 1) P(|n| >= k), and all multiples from the eighth on as if never rounded
    odd = 2 * np.arange(1, 9) - 1
    coarse = (2 * odd * ndtr(-edges)).sum(axis=-1)
    fine = deviation[..., 0] ** 2 + 1 / 12
    return np.where(deviation[..., 0] > 1, fine, coarse) * np.asarray(step) ** 2


def codec_steps(profile: CameraProfile) -> np.ndarray:
    """(8, 8) quantization steps of luma [DN]; rounding to 8 bit where there is no codec."""
    return quantization_table(profile.codec.jpeg_quality).astype(float) if profile.codec else np.ones((8, 8))


def _transfer(sigma_px: float) -> np.ndarray:
    """(SIZE,) response of Gaussian smoothing along one axis at np.fft.fftfreq(SIZE)."""
    kernel = gaussian_kernel(sigma_px)
    x = np.arange(len(kernel)) - len(kernel) // 2
    return np.cos(2 * np.pi * np.fft.fftfreq(SIZE)[:, None] * x) @ kernel


@lru_cache(maxsize=8)
def _demosaiced(cfa: Cfa | None) -> np.ndarray:
    """(SIZE, SIZE) spectral density of luma's noise behind the demosaic; white noise of variance 1 has 1 everywhere."""
    sensor = Sensor(FLAT_ELECTRONS, FLAT_ELECTRONS)
    camera = Camera(CameraProfile(sensor=sensor, cfa=cfa, isp=Isp(tone_curve="gamma", gamma=1.0)))
    card = np.full((FLAT_PX, FLAT_PX, 3), FLAT_LIGHT, np.float32)
    luma = camera.develop(card, np.random.default_rng([23]))[0] @ (np.array(LUMA) / 255)
    tiles = luma.reshape(FLAT_PX // SIZE, SIZE, FLAT_PX // SIZE, SIZE).transpose(0, 2, 1, 3).reshape(-1, SIZE, SIZE)
    power = (np.abs(np.fft.fft2(tiles - luma.mean())) ** 2).mean(axis=0) / SIZE**2
    return power / (FLAT_LIGHT / FLAT_ELECTRONS)
