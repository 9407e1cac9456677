"""Store an image as JPEG and read it again."""

import cv2
import numpy as np

BEST, WORST = 95, 5


def jpeg_quality(strength: float) -> int:
    """From 95 down to 5, as the IJG library counts it."""
    return round(BEST + (WORST - BEST) * strength)


def jpeg(image: np.ndarray, quality: int) -> np.ndarray:
    """image (H, W, 3) uint8 RGB -> the same after JPEG with 4:2:0 chroma."""
    chroma = [cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420]
    _, stored = cv2.imencode(".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality, *chroma])
    return cv2.imdecode(stored, cv2.IMREAD_COLOR_RGB)
