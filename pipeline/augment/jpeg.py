"""Store an image as JPEG and read it again."""

import cv2
import numpy as np

BEST, WORST = 100, 5


def jpeg_quality(strength: float) -> int:
    """From 100 down to 5, as the IJG library counts it."""
    return round(BEST + (WORST - BEST) * strength)


def jpeg(image: np.ndarray, quality: int) -> np.ndarray:
    """image (H, W, 3) uint8 RGB -> the same after JPEG.

    Colours keep their full resolution (4:4:4): halving it would be a step in the effect as soon as strength is not 0.
    """
    options = [cv2.IMWRITE_JPEG_QUALITY, quality,
               cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444]  # fmt: skip
    _, stored = cv2.imencode(".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), options)
    return cv2.imdecode(stored, cv2.IMREAD_COLOR_RGB)
