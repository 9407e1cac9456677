"""Traces of a Bayer mosaic: which pixels were measured and which were interpolated, seen in the finished picture.

Take from a picture all but one colour of each pixel, as a mosaic does, and interpolate them again. Where the camera
did the same, and on the same pixels, little changes; on other pixels more does. A picture that never went through a
mosaic of its own resolution - three sensors, or a larger picture scaled down - changes alike wherever the mosaic is
laid. After the idea of Gallagher and Chen, "Image authentication by detecting traces of demosaicing", 2008.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from sensors.cfa import PATTERNS, Cfa, demosaic, mosaic
from sensors.isp import Isp, linear_from_srgb, to_code, tone_table
from sensors.statistics import luma

DETAIL_PX = 0.8  # traces lie in the finest detail
STRIPS = 12  # of the picture, each with a trace of its own: their scatter is the error


@dataclass(frozen=True)
class Trace:
    """pattern: under which the picture changes least. contrast: how much more it changes under the worst pattern, as a
    share; 0 is no trace. error: its standard error.
    """

    pattern: str
    contrast: float
    error: float


def mosaic_trace(frames: Sequence[np.ndarray]) -> Trace:
    """frames: uint8 display RGB (H, W, 3) of one size, of a camera that may have moved."""
    change = sum(np.array([_change(frame, pattern) for pattern in PATTERNS]) for frame in frames)  # (patterns, strips)
    whole = change.sum(axis=1)
    best, worst = int(np.argmin(whole)), int(np.argmax(whole))
    contrasts = [np.log(part[worst] / part[best]) for part in _all_but_one(change)]
    error = np.sqrt((STRIPS - 1) * np.var(contrasts))  # jackknife
    return Trace(PATTERNS[best], float(np.expm1(np.log(whole[worst] / whole[best]))), float(error))


def _all_but_one(change: np.ndarray) -> list[np.ndarray]:
    return [np.delete(change, strip, axis=1).sum(axis=1) for strip in range(change.shape[1])]


def _change(frame: np.ndarray, pattern: str) -> np.ndarray:
    """(STRIPS,) power of the luma detail that mosaic and demosaic change."""
    cfa = Cfa(pattern)
    again = tone_table(Isp()).take(demosaic(mosaic(_codes()[frame], cfa), cfa))
    changed = luma(255 * again) - luma(frame)
    power = (changed - cv2.GaussianBlur(changed, (0, 0), DETAIL_PX)) ** 2
    return np.array([strip.sum() for strip in np.array_split(power[4:-4, 4:-4], STRIPS)])


@lru_cache(maxsize=1)
def _codes() -> np.ndarray:
    """(256,) uint16 code of every 8-bit display value."""
    return to_code(linear_from_srgb(np.arange(256) / 255), 1.0, 0.0)
