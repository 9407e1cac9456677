"""Gaussian smoothing whose width is right also below one pixel."""

import math
from functools import lru_cache

import cv2
import numpy as np


def smooth(image: np.ndarray, sigma_px: float) -> np.ndarray:
    """Convolve with a Gaussian of standard deviation sigma_px > 0; keeps dtype and energy."""
    kernel = gaussian_kernel(sigma_px)
    return cv2.sepFilter2D(image, -1, kernel, kernel, borderType=cv2.BORDER_REFLECT)


def smooth_rows(image: np.ndarray, sigma_px: float, rows: slice) -> np.ndarray:
    """Some rows of what `smooth` gives, without the work for the others."""
    first = max(0, rows.start - reach(sigma_px))
    smoothed = smooth(image[first : rows.stop + reach(sigma_px)], sigma_px)
    return smoothed[rows.start - first : rows.stop - first]


def reach(sigma_px: float) -> int:
    """How many pixels beyond its own the Gaussian reaches; sigma 0 is no smoothing."""
    return max(1, math.ceil(4 * sigma_px)) if sigma_px > 0 else 0


@lru_cache(maxsize=256)
def gaussian_kernel(sigma_px: float) -> np.ndarray:
    """(2 r + 1,) float32, sum 1 and variance sigma_px^2.

    A Gaussian sampled at whole pixels is narrower than its sigma once that is below about 0.7 px; the sampled
    sigma is therefore widened until the kernel's own variance is right.
    """
    x = np.arange(-reach(sigma_px), reach(sigma_px) + 1)
    low, high = 0.1, 2 * sigma_px + 0.5
    for _ in range(40):
        middle = (low + high) / 2
        kernel = np.exp(-0.5 * (x / middle) ** 2)
        kernel /= kernel.sum()
        low, high = (middle, high) if (kernel * x**2).sum() < sigma_px**2 else (low, middle)
    return kernel.astype(np.float32)
