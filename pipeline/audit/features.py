"""What pictures look like to detectors, at the objects and everywhere, and to a camera engineer.

The background of a fixed camera is the same in every frame: whatever moves it is told by the background alone, however
the frames are split (a mirrored default frame with an AUC of 0.90). So the objects are what counts.
"""

from collections.abc import Sequence

import numpy as np
import torch

from pipeline.augment.sample import Sample
from pipeline.compare.image_statistics import patch_statistics
from pipeline.detect.batches import normalize
from pipeline.detect.dataset import shrink
from pipeline.detect.detector import Detector, padded
from pipeline.detect.network import SHUFFLE, STRIDE

VIEWS = ("objects", "picture", "pixels")
"""objects: mean maps of the detectors over each label. picture: over each square. pixels: noise, sharpness, blocks."""

SQUARE_CELLS = 6  # side of a square in cells of the head: 96 px of the default frames


def views_of(
    detectors: Sequence[Detector], samples: Sequence[Sample], rng: np.random.Generator
) -> dict[str, np.ndarray]:
    """{view: (things, features) float64} of pictures made from one frame.

    An object takes part as often as its label weighs: half of those of weight 0.5, drawn from `rng`.
    The statistics of pixels are costly and see every change: the first picture is enough for them.
    """
    objects, squares = [], []
    for sample in samples:
        maps = [head_maps(detector, sample.image) for detector in detectors]
        cell = np.array(sample.image.shape[1::-1]) / maps[0].shape[1::-1]  # px of the picture
        counts = ~sample.ignore & (rng.random(len(sample.boxes)) < sample.weight)
        boxes = sample.boxes[counts].astype(np.float64) / np.tile(cell, 2)
        objects.append(np.concatenate([mean_over(own, boxes) for own in maps], axis=1))
        squares.append(np.concatenate([mean_over(own, squares_of(own)) for own in maps], axis=1))
    return {
        "objects": np.concatenate(objects),
        "picture": np.concatenate(squares),
        "pixels": patch_statistics(samples[0].image),
    }


@torch.inference_mode()
def head_maps(detector: Detector, image: np.ndarray) -> np.ndarray:
    """(rows, cols, channels) float64: the maps from which the network reads its answer, of an image uint8 RGB.

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
    rows, cols = (-(-side // cell) for side in small.shape[:2])
    return kept[0][0, :, :rows, :cols].permute(1, 2, 0).numpy().astype(np.float64)


def mean_over(maps: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """(N, channels): the mean of maps (rows, cols, channels) over the area of each box (N, 4) xyxy [cells]."""
    down, across = (_overlap(boxes[:, i], boxes[:, i + 2], maps.shape[1 - i]) for i in (1, 0))
    return np.einsum("nr,nc,rck->nk", down, across, maps, optimize=True)


def squares_of(maps: np.ndarray) -> np.ndarray:
    """(squares, 4) xyxy [cells]: all whole squares of SQUARE_CELLS, at least one."""
    rows, cols = (max(1, side // SQUARE_CELLS) for side in maps.shape[:2])
    x, y = (part.ravel() * SQUARE_CELLS for part in np.meshgrid(np.arange(cols), np.arange(rows)))
    return np.stack([x, y, x + SQUARE_CELLS, y + SQUARE_CELLS], axis=1).astype(np.float64)


def _overlap(low: np.ndarray, high: np.ndarray, cells: int) -> np.ndarray:
    """(N, cells): the share of each span from low to high (N,) that lies in each cell."""
    start = np.arange(cells)
    shared = np.clip(np.minimum(high[:, None], start + 1) - np.maximum(low[:, None], start), 0, None)
    return shared / np.maximum(shared.sum(axis=1, keepdims=True), 1e-9)
