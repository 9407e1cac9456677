"""What a picture looks like to detectors, square by square."""

from collections.abc import Sequence

import cv2
import numpy as np
import torch

from pipeline.detect.batches import normalize
from pipeline.detect.dataset import shrink
from pipeline.detect.detector import Detector, padded
from pipeline.detect.network import SHUFFLE, STRIDE

SQUARE_CELLS = 6  # side of a square in cells of the head: 96 px of the default frames


@torch.inference_mode()
def head_maps(detector: Detector, image: np.ndarray) -> np.ndarray:
    """(rows, cols, channels) float32: the maps from which the network reads its answer, of an image uint8 RGB.

    One cell is STRIDE * SHUFFLE px of the shrunk image; padding is left out.
    """
    small = shrink(image, detector.params.input_scale)
    kept = []
    hook = detector.network.head.register_forward_hook(lambda module, before, after: kept.append(after))
    try:
        detector.network(normalize(padded(small)[None]))
    finally:
        hook.remove()
    cell = STRIDE * SHUFFLE
    return kept[0][0, :, : small.shape[0] // cell, : small.shape[1] // cell].permute(1, 2, 0).numpy()


def detector_features(detectors: Sequence[Detector], image: np.ndarray) -> np.ndarray:
    """(squares, channels of all detectors) float64: the mean of the detectors' maps over each square of the image."""
    return np.concatenate([_pooled(head_maps(detector, image)) for detector in detectors], axis=1).astype(np.float64)


def _pooled(maps: np.ndarray) -> np.ndarray:
    rows, cols = (max(1, side // SQUARE_CELLS) for side in maps.shape[:2])
    maps = maps[: rows * SQUARE_CELLS, : cols * SQUARE_CELLS]
    pooled = cv2.resize(np.ascontiguousarray(maps), (cols, rows), interpolation=cv2.INTER_AREA)
    return pooled.reshape(rows * cols, -1)
