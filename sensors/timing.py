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

    @property
    def steps(self) -> int:
        return len(self.times_s) - 1

    def shares_at(self, times_s: np.ndarray) -> np.ndarray:
        """(N, K): share of every sub-frame in what is interpolated linearly between them at each of N times."""
        if self.steps == 0:
            return np.ones((len(times_s), 1))
        return np.maximum(0, 1 - np.abs(times_s[:, None] / self.times_s[1] - np.arange(self.steps + 1)))


def plan_sub_frames(shutter: Shutter, width: int, height: int, max_speed_px_s: float,
                    multiple_of: int = 1) -> SubFrames:
    """Sub-frame times at most MAX_STEP_PX of motion apart, and their share in every line; not to be written to.

    multiple_of: the number of steps from the first to the last is a multiple of it.
    """
    duration = shutter.frame_duration_s(width, height)
    steps = int(np.ceil(duration * max_speed_px_s / MAX_STEP_PX))
    return _plan(shutter, width, height, -(-steps // multiple_of) * multiple_of)


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


class Lines:
    """On which line each pixel of the frame and of a margin around it lies; rows and columns are the frame's."""

    def __init__(self, timing: LineTiming, margin: int):
        self.margin, self.map = margin, timing.line_map(margin)
        self.low = [self.map.min(axis=1 - axis) for axis in (0, 1)]
        self.high = [self.map.max(axis=1 - axis) for axis in (0, 1)]

    def weights(self, plan: SubFrames, k: int, rows: slice, cols: slice) -> np.ndarray:
        """Weights of a sub-frame for every pixel, float32; an axis of length 1 stands for all."""
        return plan.weights[k].astype(np.float32)[crop(self.map, *self._inside(rows, cols))]

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

    def _inside(self, rows: slice, cols: slice) -> tuple[slice, slice]:
        return shifted(rows, self.margin), shifted(cols, self.margin)


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
