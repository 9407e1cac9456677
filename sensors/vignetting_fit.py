"""Vignetting from a moving camera: the same thing seen at different distances from the axis differs in brightness by
the lens alone. A camera that stands still cannot tell it from the light of the scene.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from sensors.camera_motion import shift_between
from sensors.statistics import luma

TILE_PX, MOST_PAIRS = 16, 40
LEAST_SHIFT, MOST_SHIFT = 0.08, 0.4  # of the diagonal, between the two pictures of a pair
AGREE = 0.15  # log-light by which a tile may differ from a copy of itself; more is another thing
FEWEST_TILES = 200
TRIED = np.linspace(0.0, 0.9, 181)
TOLD_WIDTH = 0.2


@dataclass(frozen=True)
class Vignetting:
    """share: of the light lost in the corner. interval: what the frames do not rule out. told: whether that helps."""

    share: float
    interval: tuple[float, float]
    told: bool


def fit_vignetting(frames: Sequence[np.ndarray], path: np.ndarray, light_of: Callable) -> Vignetting:
    """frames: uint8 RGB (H, W, 3), neighbours in time. path (N - 1, 2): shifts [px] from each to the next. light_of:
    display luma (0-255) to linear light.
    """
    nothing = Vignetting(0.0, (0.0, float(TRIED[-1])), False)
    height, width = frames[0].shape[:2]
    place = np.concatenate([np.zeros((1, 2)), np.cumsum(path, axis=0)])
    pairs = _pairs(place, float(np.hypot(width, height)))
    found = [_tiles(frames[i], frames[j], place[j] - place[i], light_of) for i, j in pairs]
    found = [tiles for tiles in found if len(tiles)]
    if not found or sum(map(len, found)) < FEWEST_TILES:
        return nothing
    sums = np.array([[np.abs(_misfit(tiles, share)).sum() for share in TRIED] for tiles in found])
    best = TRIED[np.argmin(sums.sum(axis=0))]
    rng = np.random.default_rng([19])  # pairs drawn with replacement: tiles of a pair are not independent
    draws = [TRIED[np.argmin(sums[rng.integers(0, len(sums), len(sums))].sum(axis=0))] for _ in range(200)]
    low, high = np.quantile(draws, [0.025, 0.975])
    low, high = max(0.0, float(min(low, best)) - 0.02), float(max(high, best)) + 0.02
    return Vignetting(float(best), (low, high), high - low <= TOLD_WIDTH)


def _pairs(place: np.ndarray, diagonal: float) -> list[tuple[int, int]]:
    """Up to MOST_PAIRS pairs of frames that lie far, but not too far, apart."""
    distance = np.linalg.norm(place[:, None] - place[None], axis=2) / diagonal
    i, j = np.nonzero(np.triu((distance >= LEAST_SHIFT) & (distance <= MOST_SHIFT)))
    chosen = np.unique(np.linspace(0, len(i) - 1, MOST_PAIRS).astype(int)) if len(i) else []
    return [(int(i[k]), int(j[k])) for k in chosen]


def _tiles(first: np.ndarray, second: np.ndarray, shift: np.ndarray, light_of: Callable) -> np.ndarray:
    """(n, 3): squared distance to the axis (corner 1) of the same tile in both pictures, log ratio of its light."""
    a, b = luma(first), luma(second)
    height, width = a.shape
    moved = _moved(b, shift)
    shift = shift + shift_between(a, moved)  # sums of small shifts drift
    moved = _moved(b, shift)
    x, y = np.meshgrid(np.arange(TILE_PX // 2, width, TILE_PX), np.arange(TILE_PX // 2, height, TILE_PX))
    size = (width // TILE_PX, height // TILE_PX)
    x, y = x[: size[1], : size[0]], y[: size[1], : size[0]]
    cut = np.s_[: size[1] * TILE_PX, : size[0] * TILE_PX]
    means = [cv2.resize(light_of(plane[cut]), size, interpolation=cv2.INTER_AREA) for plane in (a, moved)]
    ends = [cv2.resize(plane[cut], size, interpolation=cv2.INTER_AREA) for plane in (a, moved)]
    margin = TILE_PX
    there = (x + shift[0] > margin) & (x + shift[0] < width - margin) & (y + shift[1] > margin)
    there &= (y + shift[1] < height - margin)
    for plane in ends:
        there &= (plane > 25) & (plane < 225)
    ratio = np.log(np.maximum(means[1], 1e-4) / np.maximum(means[0], 1e-4))
    middle = np.array([(width - 1) / 2, (height - 1) / 2])
    corner = (middle**2).sum()
    radius = [((x + d[0] - middle[0]) ** 2 + (y + d[1] - middle[1]) ** 2) / corner for d in ((0, 0), shift)]
    return np.stack([radius[0][there], radius[1][there], ratio[there]], axis=1)


def _moved(plane: np.ndarray, shift: np.ndarray) -> np.ndarray:
    matrix = np.float32([[1, 0, -shift[0]], [0, 1, -shift[1]]])
    return cv2.warpAffine(plane, matrix, plane.shape[::-1], flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def _misfit(tiles: np.ndarray, share: float) -> np.ndarray:
    """Log ratios that this vignetting leaves, less their median (the exposure may have changed), cut at AGREE."""
    left = tiles[:, 2] - np.log1p(-share * tiles[:, 1]) + np.log1p(-share * tiles[:, 0])
    return np.clip(left - np.median(left), -AGREE, AGREE)
