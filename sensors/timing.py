"""Shutter and lens together: which line sees a point, and which sub-frames a line needs."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from sensors.optics import Optics, distort
from sensors.shutter import Shutter

MAX_STEP_PX = 0.5


@dataclass(frozen=True)
class LineTiming:
    """Which line exposes each point of the pinhole image, lens included."""

    width: int
    height: int
    shutter: Shutter
    optics: Optics

    def lines_of(self, x, y) -> np.ndarray:
        """Line index of pinhole points, x and y broadcastable. Without distortion the result keeps the shape
        of the one coordinate that matters, e.g. (rows, 1).
        """
        x, y = distort(self.optics, x, y, self.width, self.height)
        return self.shutter.line_of(x, y, self.width, self.height)

    def line_map(self, margin: int) -> np.ndarray:
        """`lines_of` every pixel of the frame and of a margin around it."""
        return self.lines_of(np.arange(-margin, self.width + margin)[None, :],
                             np.arange(-margin, self.height + margin)[:, None])

    def lens(self, x, y) -> tuple[np.ndarray, np.ndarray]:
        """Where the lens puts pinhole points."""
        return distort(self.optics, x, y, self.width, self.height)


@dataclass(frozen=True)
class SubFrames:
    """Instants at which the scene is rendered, and what each contributes to each line.

    times_s (K,), from the frame's start. weights (K, lines): share in the line's exposure; columns sum to 1.
    middle (K, lines): share in the instant in the middle of the line's exposure; columns sum to 1.
    """

    times_s: np.ndarray
    weights: np.ndarray
    middle: np.ndarray


def plan_sub_frames(shutter: Shutter, width: int, height: int, max_speed_px_s: float) -> SubFrames:
    """Sub-frame times at most MAX_STEP_PX of motion apart, and their share in every line; not to be written to."""
    duration = shutter.frame_duration_s(width, height)
    return _plan(shutter, width, height, int(np.ceil(duration * max_speed_px_s / MAX_STEP_PX)))


@lru_cache(maxsize=64)
def _plan(shutter: Shutter, width: int, height: int, steps: int) -> SubFrames:
    lines = np.arange(shutter.line_count(width, height))
    start, middle = shutter.line_start_s(lines), shutter.line_middle_s(lines)
    duration = shutter.frame_duration_s(width, height)
    if steps == 0:
        whole = np.ones((1, len(lines)))
        return SubFrames(np.array([duration / 2]), whole, whole)
    step = duration / steps
    node = np.arange(steps + 1)[:, None]
    at_middle = np.maximum(0, 1 - np.abs(middle / step - node))
    if shutter.exposure_s == 0:
        weights = at_middle
    else:
        end = start + shutter.exposure_s
        weights = _hat_integral(end / step - node) - _hat_integral(start / step - node)
        weights /= weights.sum(axis=0)
    return SubFrames(step * node[:, 0], weights, at_middle)


def _hat_integral(x: np.ndarray) -> np.ndarray:
    """Integral from -inf to x of the hat function max(0, 1 - |u|)."""
    x = np.clip(x, -1, 1)
    return np.where(x < 0, (1 + x) ** 2 / 2, 1 - (1 - x) ** 2 / 2)


def crop(lines: np.ndarray, rows: slice, cols: slice) -> np.ndarray:
    """lines[rows, cols] of what `LineTiming.lines_of` gave, where an axis of length 1 stands for all."""
    every = slice(None)
    return lines[rows if lines.shape[0] > 1 else every, cols if lines.shape[1] > 1 else every]
