"""Gaussian smoothing whose width is right also below one pixel."""

import math
from functools import lru_cache

import cv2
import numpy as np


def smooth(image: np.ndarray, sigma_px: float) -> np.ndarray:
    """Convolve float32 with a Gaussian of standard deviation sigma_px > 0; keeps energy."""
    return filter_all(image, gaussian_kernel(sigma_px))


def filter_all(image: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """A float32 image convolved along both axes; beyond its borders it is mirrored."""
    return cv2.sepFilter2D(image, -1, kernel, kernel, borderType=cv2.BORDER_REFLECT)


def smooth_rows(image: np.ndarray, sigma_px: float, rows: slice) -> np.ndarray:
    """Some rows of what `smooth` gives."""
    return filter_rows(image, gaussian_kernel(sigma_px), rows)


def filter_rows(image: np.ndarray, kernel: np.ndarray, rows: slice) -> np.ndarray:
    """Some rows of what `filter_all` gives, without the work for the others."""
    first = max(0, rows.start - len(kernel) // 2)
    filtered = filter_all(image[first : rows.stop + len(kernel) // 2], kernel)
    return filtered[rows.start - first : rows.stop - first]


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
        low, high = (middle, high) if _variance(middle, reach(sigma_px)) < sigma_px**2 else (low, middle)
    kernel = np.exp(-0.5 * (x / middle) ** 2)
    return (kernel / kernel.sum()).astype(np.float32)


def _variance(sigma_px: float, reach_px: int) -> float:
    """Of a Gaussian sampled at whole pixels, up to reach_px away. In plain numbers: the kernels are short."""
    samples = [(i * i, math.exp(-0.5 * (i / sigma_px) ** 2)) for i in range(1, reach_px + 1)]
    return 2 * sum(x2 * value for x2, value in samples) / (1 + 2 * sum(value for _, value in samples))
