"""Mirror left and right."""

import cv2
import numpy as np


def sample_flip(rng: np.random.Generator) -> bool:
    """True in half of all draws."""
    return bool(rng.random() < 0.5)


def flip(image: np.ndarray, boxes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """image (H, W, 3), boxes (N, 4) xyxy [px] -> the same, mirrored."""
    width = image.shape[1]
    x0, y0, x1, y1 = boxes.T
    return cv2.flip(image, 1), np.stack([width - x1, y0, width - x0, y1], 1)
