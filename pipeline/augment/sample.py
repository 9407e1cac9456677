"""One image with its boxes, as every augmentation takes and gives it."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Sample:
    """image (H, W, 3) uint8 display RGB. boxes (N, 4) float32 xyxy [px], pixel i covers [i, i + 1), inside the image.

    ignore (N,) bool: not learned from, whether found or not. category (N,) int from 0. weight (N,) float32 in [0, 1]:
    how much each box counts in the loss.
    """

    image: np.ndarray
    boxes: np.ndarray
    ignore: np.ndarray
    category: np.ndarray
    weight: np.ndarray
