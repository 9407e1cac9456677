"""Light over time -> what each line collected, and what each actor covered while it did.

A scene is asked for its light at sub-frame times, at most half a pixel of motion apart, and only for the
lines that the sub-frame reaches. Between two sub-frames the light is taken to change linearly in time, so a
line's exposure is a weighted sum of sub-frames; the weights are the integrals of the linear interpolation
over the line's exposure window.

A lens that distorts moves pixels across lines. The scene draws a pinhole image; each of its pixels gets the
timing of the line on which the lens puts it, and one resampling after the integration moves light and labels
together.
"""

from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np

from sensors.labels import ActorLabel, Tracks, label_actors
from sensors.optics import Optics, margin_px, warp
from sensors.shutter import Shutter
from sensors.timing import LineTiming, crop, plan_sub_frames
from sensors.validation import LightError, require_linear_rgb

ROUNDING = 1e-4  # of white: how far below 0 a scene's arithmetic may leave its light


@dataclass(frozen=True)
class Coverage:
    """What one actor covers at one instant.

    y0, x0: full-frame pixel of the patch's first row and column; the patch may stick out of the frame.
    silhouette: float32 (h, w) in [0, 1], as if nothing stood before it. visible: the same after occlusion.
    """

    actor: int
    y0: int
    x0: int
    silhouette: np.ndarray
    visible: np.ndarray


@dataclass(frozen=True)
class Rendered:
    """light: of one instant, linear float32 (rows, cols, 3), 1.0 = display white; a new array, because it is
    overwritten. coverage: of all actors that are in the window, and of any others.
    """

    light: np.ndarray
    coverage: list[Coverage]


class Scene(Protocol):
    """Anything that a camera can photograph.

    A scene may also have `margin_px` (default 0): how far beyond the frame it can draw. A distorting lens
    asks for up to that much: `rows` and `cols` then start below 0 or stop beyond height and width, and are
    never meant as Python's from-the-end indices. Without the margin the frame's border pixels are repeated.
    """

    width: int
    height: int
    actor_count: int

    def render(self, t_s: float, rows: slice, cols: slice) -> Rendered: ...

    def max_speed_px_s(self) -> float:
        """Bound on the image speed of anything [px/s]; 0 means that nothing moves."""
        ...

    def actor_centre(self, actor: int, t_s: float) -> tuple[float, float]:
        """Image position (x, y) of the body's centre [px]."""
        ...


@dataclass(frozen=True)
class Exposed:
    """light: (H, W, 3) linear float32, mean over each line's exposure. labels: one per actor in the frame."""

    light: np.ndarray
    labels: list[ActorLabel]


def expose(scene: Scene, shutter: Shutter | None = None, optics: Optics | None = None,
           start_s: float = 0.0) -> Exposed:
    """Integrate a scene's light through the shutter, and its actors' coverage with the same timing.

    shutter None is an instant at start_s. optics: only its distortion and lateral chromatic aberration act
    here, because they move things; point spread and vignetting act on the result (`optics.shade`). Raises
    LightError for a scene whose light is not linear, non-negative RGB, ProfileError for a readout longer than
    the frame period.
    """
    shutter, optics = shutter or Shutter(), optics or Optics()
    shutter.require_readout_fits(scene.width, scene.height)
    plan = plan_sub_frames(shutter, scene.width, scene.height, scene.max_speed_px_s())
    margin = min(margin_px(optics, scene.width, scene.height), getattr(scene, "margin_px", 0))
    timing = LineTiming(scene.width, scene.height, shutter, optics)
    line_map = timing.line_map(margin)
    size = scene.height + 2 * margin, scene.width + 2 * margin
    reach = _Reach(line_map, size)
    light = np.zeros((*size, 3), np.float32)
    tracks = Tracks(scene.actor_count)
    for k, t_s in enumerate(plan.times_s):
        weight = plan.weights[k].astype(np.float32)
        if not weight.any():  # motion so fast that no line is exposed between this sub-frame's neighbours
            continue
        rows, cols = reach.of(weight)
        rendered = scene.render(start_s + t_s, slice(rows.start - margin, rows.stop - margin),
                                slice(cols.start - margin, cols.stop - margin))
        require_linear_rgb("scene", rendered.light, (rows.stop - rows.start, cols.stop - cols.start))
        tracks.add(k, rendered.coverage)
        if len(plan.times_s) == 1:
            light = rendered.light
            break
        pixel_weight = _of_colours(weight[crop(line_map, rows, cols)])
        light[rows, cols] += np.multiply(rendered.light, pixel_weight, out=rendered.light)
    lowest = float(light.min())
    if lowest < -ROUNDING:  # a lens would hide it
        raise LightError(f"scene: expected finite, non-negative light, found values from {lowest:g}")
    labels = label_actors(tracks, plan, timing, lambda actor, t: scene.actor_centre(actor, start_s + t))
    return Exposed(warp(light, optics, scene.width, scene.height, margin), labels)


class _Reach:
    """Which rows and columns hold the pixels of a run of lines."""

    def __init__(self, line_map: np.ndarray, size: tuple[int, int]):
        self.size = size
        self.low = [line_map.min(axis=1 - axis) for axis in (0, 1)]
        self.high = [line_map.max(axis=1 - axis) for axis in (0, 1)]

    def of(self, weight: np.ndarray) -> tuple[slice, slice]:
        """Smallest rows and columns outside of which every line's weight is 0."""
        lines = np.flatnonzero(weight)
        rows, cols = (self._span(axis, lines[0], lines[-1]) for axis in (0, 1))
        return rows, cols

    def _span(self, axis: int, first: int, last: int) -> slice:
        if len(self.low[axis]) == 1:  # lines do not depend on this axis
            return slice(0, self.size[axis])
        index = np.flatnonzero((self.high[axis] >= first) & (self.low[axis] <= last))
        return slice(int(index[0]), int(index[-1]) + 1)


def _of_colours(weight: np.ndarray) -> np.ndarray:
    """Weights (h, w) that broadcast against light, fast: numpy's inner loop must not be over three colours."""
    return weight[..., None] if weight.shape[1] == 1 else cv2.cvtColor(weight, cv2.COLOR_GRAY2BGR)
