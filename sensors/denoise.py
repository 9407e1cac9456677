"""Smoothing against noise, before the colour matrix: of everything, and of colour alone."""

from functools import lru_cache

import cv2
import numpy as np

from sensors.smoothing import filter_all, gaussian_kernel

NEGLIGIBLE = 1e-6  # taps up to this are left out: of a 16-bit code that is less than its rounding


def denoise(code: np.ndarray, sigma_px: float, chroma_sigma_px: float) -> np.ndarray:
    """(H, W, 3) uint16 RGB smoothed by a Gaussian of sigma_px, then its colour by one of chroma_sigma_px; 0 is none.

    Colour takes both at once, and luma is put back as the first one leaves it. In float32, because OpenCV filters
    that four times as fast as whole numbers.
    """
    kernel, colour_kernel = _kernels(sigma_px, chroma_sigma_px)
    if len(colour_kernel) == 1:
        return code
    code = code.astype(np.float32)
    clean = filter_all(code, colour_kernel)
    if chroma_sigma_px == 0:
        return np.rint(clean, out=clean).astype(np.uint16)
    luma = filter_all(cv2.cvtColor(code, cv2.COLOR_RGB2GRAY), kernel)
    luma -= cv2.cvtColor(clean, cv2.COLOR_RGB2GRAY)
    return cv2.addWeighted(clean, 1, cv2.cvtColor(luma, cv2.COLOR_GRAY2RGB), 1, 0, dtype=cv2.CV_16U)  # saturates


@lru_cache(maxsize=64)
def _kernels(sigma_px: float, chroma_sigma_px: float) -> tuple[np.ndarray, np.ndarray]:
    """What is done to everything, and what to colour, one smoothing after the other; [1] is none."""
    own, colour = (gaussian_kernel(sigma) if sigma > 0 else np.ones(1, np.float32)
                   for sigma in (sigma_px, chroma_sigma_px))
    both = np.convolve(own, colour)
    weak = int(np.argmax(both > NEGLIGIBLE))
    return own, both[weak : len(both) - weak]
