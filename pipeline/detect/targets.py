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
    """Maps of a batch of B images and n categories, h x w cells each, float32.

    heat (B, n, h, w) in [0, 1], 1 in the cell of an object's centre. care (B, n, h, w), how much a cell counts: an
    object's centre as much as its box, any other 1, but 0 in ignore regions.
    distances (B, 4, h, w) [input px]: left, top, right, bottom, from cell centre to box sides. weight (B, h,
    w) of each cell in the box loss; where it is 0, distances are 1.
    """

    heat: np.ndarray
    care: np.ndarray
    distances: np.ndarray
    weight: np.ndarray


def make_targets(
    boxes: Sequence[np.ndarray],
    ignore: Sequence[np.ndarray],
    category: Sequence[np.ndarray],
    categories: int,
    height: int,
    width: int,
    weight: Sequence[np.ndarray] | None = None,
) -> Targets:
    """boxes: (N, 4) xyxy [input px] per image; ignore: (N,) bool and category: (N,) int from 0 per image; height,
    width: cells; weight: (N,) in [0, 1] per image, how much each box counts, None: all of them 1.

    Where Gaussians overlap the higher one counts, and of equal ones the later box; a cell learns the sides of one box,
    whatever its category.
    """
    y = (np.arange(height, dtype=np.float32) + 0.5) * STRIDE
    x = (np.arange(width, dtype=np.float32) + 0.5) * STRIDE
    nowhere = np.zeros((1, 4), np.float32)  # a first box in every image, so that none is without
    learned = [np.concatenate([nowhere, b[~skip]]) for b, skip in zip(boxes, ignore, strict=True)]
    kind = np.concatenate([np.append(0, c[~skip]) for c, skip in zip(category, ignore, strict=True)])
    counts = np.array([len(b) for b in learned])
    starts = np.cumsum(counts) - counts
    counted = weight or [np.ones(len(b), np.float32) for b in boxes]
    counted = np.concatenate([np.append(0, w[~skip]) for w, skip in zip(counted, ignore, strict=True)])
    counted = counted.astype(np.float32)
    learned = np.concatenate(learned).astype(np.float32)  # (M, 4), image by image
    bells = _bell(y, learned[:, 1::2])[:, :, None] * _bell(x, learned[:, 0::2])[:, None, :]  # (M, h, w)
    bells[starts] = 0
    of_kind = [bells * (kind == k).astype(np.float32)[:, None, None] for k in range(categories)]
    heat = np.stack([np.maximum.reduceat(mine, starts) for mine in of_kind], 1)
    strongest = heat.max(1)
    highest = bells == np.repeat(strongest, counts, axis=0)
    numbers = np.arange(len(learned), dtype=np.int32)[:, None, None]
    owner = np.maximum.reduceat(highest * numbers, starts)
    x0, y0, x1, y1 = learned.T[:, owner]
    distances = np.stack([x - x0, y[:, None] - y0, x1 - x, y1 - y[:, None]], 1)
    learns = (strongest > BOX_FLOOR) & (distances.min(1) > 0)
    in_box_loss = np.where(learns, strongest * counted[owner], np.float32(0))
    distances = np.where(in_box_loss[:, None] > 0, distances, np.float32(1))
    centres = np.zeros_like(heat)
    row, col = _cell(learned[:, 1::2], height), _cell(learned[:, 0::2], width)
    np.maximum.at(centres, (np.repeat(np.arange(len(counts)), counts), kind, row, col), counted)
    care = np.where(heat == 1, centres, _outside_ignored(boxes, ignore, category, heat, x, y))
    return Targets(heat, care, distances, in_box_loss)


def _bell(centres: np.ndarray, sides: np.ndarray) -> np.ndarray:
    """(N, cells) Gaussian around the cell that holds the middle of `sides` (N, 2), exactly 1 there."""
    cell = _cell(sides, len(centres))
    sigma = np.maximum(SIGMA * (sides[:, 1] - sides[:, 0]), SIGMA_FLOOR_PX)
    return np.exp(-0.5 * ((centres - centres[cell][:, None]) / sigma[:, None]) ** 2)


def _cell(sides: np.ndarray, cells: int) -> np.ndarray:
    """(N,) the cell that holds the middle of `sides` (N, 2)."""
    return np.clip((sides.mean(1) / STRIDE).astype(int), 0, cells - 1)


def _outside_ignored(boxes, ignore, category, heat: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """0 in cells whose centre lies in an ignore region of the category, else 1."""
    care = np.ones_like(heat)
    for image, (b, skip, kind) in enumerate(zip(boxes, ignore, category, strict=True)):
        for (x0, y0, x1, y1), k in zip(b[skip], kind[skip], strict=True):
            care[image, k][np.ix_((y > y0) & (y < y1), (x > x0) & (x < x1))] = 0
    return care
