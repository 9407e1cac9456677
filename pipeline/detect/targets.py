"""What the network should answer for given boxes.

After Liu et al., "Training-Time-Friendly Network for Real-Time Object Detection" (2020): a Gaussian per box,
as wide and as high as the box is, peaks at 1 in the cell of the box's centre; and every cell well inside it,
not the centre alone, learns the sides of the box. More cells per person make few optimizer steps enough.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.detect.network import STRIDE

SIGMA = 0.11
"""Standard deviation of the Gaussian, as a share of the box's width and height."""

SIGMA_FLOOR_PX = 0.3 * STRIDE

BOX_FLOOR = 0.08
"""Cells where the Gaussian is above this learn the box."""


@dataclass(frozen=True)
class Targets:
    """Maps of a batch of B images, h x w cells each, float32.

    heat (B, h, w) in [0, 1], 1 in the cell of a person's centre. care (B, h, w): 0 in ignore regions, else 1.
    distances (B, 4, h, w) [input px]: left, top, right, bottom, from cell centre to box sides. weight (B, h,
    w) of each cell in the box loss; where it is 0, distances are 1.
    """

    heat: np.ndarray
    care: np.ndarray
    distances: np.ndarray
    weight: np.ndarray


def make_targets(
    boxes: Sequence[np.ndarray], ignore: Sequence[np.ndarray], height: int, width: int
) -> Targets:
    """boxes: (N, 4) xyxy [input px] per image; ignore: (N,) bool per image; height, width: cells.

    Where Gaussians overlap the higher one counts, and of equal ones the later box.
    """
    y = (np.arange(height, dtype=np.float32) + 0.5) * STRIDE
    x = (np.arange(width, dtype=np.float32) + 0.5) * STRIDE
    nowhere = np.zeros((1, 4), np.float32)  # a first box in every image, so that none is without
    people = [np.concatenate([nowhere, b[~skip]]) for b, skip in zip(boxes, ignore, strict=True)]
    counts = np.array([len(b) for b in people])
    starts = np.cumsum(counts) - counts
    people = np.concatenate(people).astype(np.float32)  # (M, 4), image by image
    bells = _bell(y, people[:, 1::2])[:, :, None] * _bell(x, people[:, 0::2])[:, None, :]  # (M, h, w)
    bells[starts] = 0
    heat = np.maximum.reduceat(bells, starts)
    highest = bells == np.repeat(heat, counts, axis=0)
    numbers = np.arange(len(people), dtype=np.int32)[:, None, None]
    owner = np.maximum.reduceat(highest * numbers, starts)
    x0, y0, x1, y1 = people.T[:, owner]
    distances = np.stack([x - x0, y[:, None] - y0, x1 - x, y1 - y[:, None]], 1)
    weight = np.where((heat > BOX_FLOOR) & (distances.min(1) > 0), heat, np.float32(0))
    distances = np.where(weight[:, None] > 0, distances, np.float32(1))
    return Targets(heat, _care(boxes, ignore, heat, x, y), distances, weight)


def _bell(centres: np.ndarray, sides: np.ndarray) -> np.ndarray:
    """(N, cells) Gaussian around the cell that holds the middle of `sides` (N, 2), exactly 1 there."""
    cell = np.clip((sides.mean(1) / STRIDE).astype(int), 0, len(centres) - 1)
    sigma = np.maximum(SIGMA * (sides[:, 1] - sides[:, 0]), SIGMA_FLOOR_PX)
    return np.exp(-0.5 * ((centres - centres[cell][:, None]) / sigma[:, None]) ** 2)


def _care(boxes, ignore, heat: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """0 in cells whose centre lies in an ignore region and that are no person's centre."""
    care = np.ones_like(heat)
    for image, (b, skip) in enumerate(zip(boxes, ignore, strict=True)):
        for x0, y0, x1, y1 in b[skip]:
            care[image][np.ix_((y > y0) & (y < y1), (x > x0) & (x < x1))] = 0
    care[heat == 1] = 1
    return care
