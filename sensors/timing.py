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
    """Instants at which the scene is rendered, and what each contributes to each line. Not to be written to.

    times_s (K,), from the frame's start. weights (K, lines): share in the line's exposure; columns sum to 1.
    by_slice (S, K, lines): the same of each of S equal slices of the exposure, weights in all.
    middle (K, lines): share in the instant in the middle of the line's exposure; columns sum to 1.
    """

    times_s: np.ndarray
    weights: np.ndarray
    by_slice: np.ndarray
    middle: np.ndarray


def steps_of(duration_s: float, max_speed_px_s: float) -> int:
    """Into how many steps a time is cut so that nothing moves by more than MAX_STEP_PX in one."""
    return int(np.ceil(duration_s * max_speed_px_s / MAX_STEP_PX))


def plan_sub_frames(shutter: Shutter, width: int, height: int, max_speed_px_s: float, slices: int = 1) -> SubFrames:
    """Sub-frame times at most MAX_STEP_PX of motion apart, and their share in every line."""
    duration = shutter.frame_duration_s(width, height)
    return _plan(shutter, width, height, steps_of(duration, max_speed_px_s), slices)


@lru_cache(maxsize=64)
def _plan(shutter: Shutter, width: int, height: int, steps: int, slices: int) -> SubFrames:
    lines = np.arange(shutter.line_count(width, height))
    duration = shutter.frame_duration_s(width, height)
    if steps == 0:
        whole = np.ones((1, len(lines)))
        return SubFrames(np.array([duration / 2]), whole, np.stack([whole / slices] * slices), whole)
    step = duration / steps
    node = np.arange(steps + 1)[:, None]
    at_middle = np.maximum(0, 1 - np.abs(shutter.line_middle_s(lines) / step - node))
    if shutter.exposure_s == 0:
        by_slice = np.stack([at_middle / slices] * slices)
    else:
        ends = shutter.line_start_s(lines) + np.linspace(0, shutter.exposure_s, slices + 1)[:, None, None]
        by_slice = np.diff(_hat_integral(ends / step - node), axis=0)
        by_slice /= slices * by_slice.sum(axis=1, keepdims=True)
    return SubFrames(step * node[:, 0], by_slice.sum(axis=0), by_slice, at_middle)


def _hat_integral(x: np.ndarray) -> np.ndarray:
    """Integral from -inf to x of the hat function max(0, 1 - |u|)."""
    x = np.clip(x, -1, 1)
    return np.where(x < 0, (1 + x) ** 2 / 2, 1 - (1 - x) ** 2 / 2)


class Lines:
    """On which line each pixel of the frame and of a margin around it lies; rows and columns are the frame's."""

    def __init__(self, timing: LineTiming, margin: int):
        self.timing, self.margin, self.map = timing, margin, timing.line_map(margin)
        self.window = slice(-margin, timing.height + margin), slice(-margin, timing.width + margin)
        self.low = [self.map.min(axis=1 - axis) for axis in (0, 1)]
        self.high = [self.map.max(axis=1 - axis) for axis in (0, 1)]

    def of(self, rows: slice, cols: slice) -> np.ndarray:
        """Lines of the pixels; an axis of length 1 stands for all."""
        return crop(self.map, shifted(rows, self.margin), shifted(cols, self.margin))

    def reached(self, weights: np.ndarray, rows: slice, cols: slice) -> tuple[slice, slice]:
        """Smallest part of the window outside of which every line's weight is 0; empty if all are."""
        lines = np.flatnonzero(weights)
        if not len(lines):
            return slice(0, 0), slice(0, 0)
        spans = [self._span(axis, window, lines[0], lines[-1]) for axis, window in enumerate((rows, cols))]
        return tuple(spans)

    def _span(self, axis: int, window: slice, first: int, last: int) -> slice:
        if len(self.low[axis]) == 1:  # lines do not depend on this axis
            return window
        inside = shifted(window, self.margin)
        index = np.flatnonzero((self.high[axis][inside] >= first) & (self.low[axis][inside] <= last))
        if not len(index):
            return slice(0, 0)
        return slice(window.start + int(index[0]), window.start + int(index[-1]) + 1)


def shifted(window: slice, by: int) -> slice:
    return slice(window.start + by, window.stop + by)


def meeting(a: slice, b: slice) -> slice:
    """What two ranges have in common; empty where they have nothing."""
    start = max(a.start, b.start)
    return slice(start, max(start, min(a.stop, b.stop)))


def crop(lines: np.ndarray, rows: slice, cols: slice) -> np.ndarray:
    """lines[rows, cols] of what `LineTiming.lines_of` gave, where an axis of length 1 stands for all."""
    every = slice(None)
    return lines[rows if lines.shape[0] > 1 else every, cols if lines.shape[1] > 1 else every]
