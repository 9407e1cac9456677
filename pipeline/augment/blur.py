"""Blur an image like a lens out of focus."""

import cv2
import numpy as np

MAX_SIGMA_PX = 4.0


def blur(image: np.ndarray, strength: float) -> np.ndarray:
    """image (H, W, 3) uint8 -> the same under a Gaussian of 4 px standard deviation times strength (> 0)."""
    return cv2.GaussianBlur(image, (0, 0), MAX_SIGMA_PX * strength, borderType=cv2.BORDER_REFLECT_101)
