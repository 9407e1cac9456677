"""Bayer mosaic and demosaic."""

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from sensors.validation import require_choice

PATTERNS = ("RGGB", "BGGR", "GRBG", "GBRG")
DEMOSAICS = {"bilinear": "", "edge_aware": "_EA"}
DEMOSAIC_REACH = 1  # how many rows beyond a pixel its colours come from
DEMOSAIC_ROWS = 4  # the least that OpenCV takes


@dataclass(frozen=True)
class Cfa:
    """pattern: colours of the upper left 2x2 pixels, row by row. demosaic: bilinear or edge_aware."""

    pattern: str = "RGGB"
    demosaic: str = "edge_aware"

    def __post_init__(self):
        require_choice("cfa.pattern", self.pattern, PATTERNS)
        require_choice("cfa.demosaic", self.demosaic, tuple(DEMOSAICS))

    def channel_at(self, row: int, col: int) -> int:
        """0 red, 1 green, 2 blue: what the pixels (row + 2i, col + 2j) see."""
        return "RGB".index(self.pattern[2 * row + col])


def mosaic(rgb: np.ndarray, cfa: Cfa) -> np.ndarray:
    """(H, W, 3) -> (H, W) of the same dtype: each pixel keeps the channel of its filter."""
    raw = np.empty(rgb.shape[:2], rgb.dtype)
    for row in (0, 1):
        for col in (0, 1):
            raw[row::2, col::2] = rgb[row::2, col::2, cfa.channel_at(row, col)]
    return raw


@lru_cache(maxsize=16)
def mosaic_of(colour: tuple[float, float, float], cfa: Cfa, shape: tuple[int, int]) -> np.ndarray:
    """(H, W) float32, read-only: the value that each pixel's filter has in `colour` (r, g, b)."""
    tile = np.array([[colour[cfa.channel_at(row, col)] for col in (0, 1)] for row in (0, 1)], np.float32)
    values = np.tile(tile, ((shape[0] + 1) // 2, (shape[1] + 1) // 2))[: shape[0], : shape[1]].copy()
    values.flags.writeable = False  # it is cached
    return values


def demosaic(raw: np.ndarray, cfa: Cfa) -> np.ndarray:
    """(H, W) uint16 -> (H, W, 3) uint16 RGB; both sizes at least 4 px."""
    return cv2.demosaicing(raw, getattr(cv2, f"COLOR_Bayer{cfa.pattern}2RGB{DEMOSAICS[cfa.demosaic]}"))
