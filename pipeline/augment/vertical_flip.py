"""Mirror top and bottom."""

import cv2
import numpy as np


def vertical_flip(image: np.ndarray, boxes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """image (H, W, 3), boxes (N, 4) xyxy [px] -> the same, upside down."""
    height = image.shape[0]
    x0, y0, x1, y1 = boxes.T
    return cv2.flip(image, 0), np.stack([x0, height - y1, x1, height - y0], 1)
