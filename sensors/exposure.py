"""Light over time -> what each line collected, and what each actor covered while it did.

A scene is asked for its light at sub-frame times, at most half a pixel of motion apart, and only for the
lines that the sub-frame reaches. Between two sub-frames the light is taken to change linearly in time, so a
line's exposure is a weighted sum of sub-frames; the weights are the integrals of the linear interpolation
over the line's exposure window.

A lens that distorts moves pixels across lines. The scene draws a pinhole image; each of its pixels gets the
timing of the line on which the lens puts it, and one resampling after the integration moves light and labels
together.

Where a scene tells which windows of its picture move faster than the rest, each has sub-frames of its own.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

import cv2
import numpy as np

from sensors.labels import ActorLabel, Track, label_actors
from sensors.optics import Optics, margin_px, warp
from sensors.shutter import Shutter
from sensors.timing import LineTiming, SubFrames, crop, plan_sub_frames
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


@dataclass(frozen=True)
class Part:
    """A window of a scene's picture, how fast anything moves there [px/s], and what draws it (as `Scene.render`)."""

    rows: slice
    cols: slice
    max_speed_px_s: float
    render: Callable[[float, slice, slice], Rendered]


class Scene(Protocol):
    """Anything that a camera can photograph.

    A scene may also have `margin_px` (default 0): how far beyond the frame it can draw. A distorting lens
    asks for up to that much: `rows` and `cols` then start below 0 or stop beyond height and width, and are
    never meant as Python's from-the-end indices. Without the margin the frame's border pixels are repeated.

    A scene may also have `parts(first_s, last_s) -> list[Part]` for what happens between two times (default: one
    part, the whole picture). The first holds the whole picture, margin included, without what moves faster in the
    others, which take its place where they are. They do not overlap, and an actor is in one part all that time.
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
    timing = LineTiming(scene.width, scene.height, shutter, optics)
    margin = min(margin_px(optics, scene.width, scene.height), getattr(scene, "margin_px", 0))
    lines = _Lines(timing, margin)
    light, tracks = None, {}
    for part in _parts(scene, margin, start_s, start_s + shutter.frame_duration_s(scene.width, scene.height)):
        plan = plan_sub_frames(shutter, scene.width, scene.height, part.max_speed_px_s)
        here, patches = _expose_part(part, plan, lines, start_s)
        if light is None:
            light = here
        else:
            light[lines.inside(part)] = here
        tracks |= {actor: Track(plan, its_own) for actor, its_own in patches.items()}
    lowest = float(light.min())
    if lowest < -ROUNDING:  # a lens would hide it
        raise LightError(f"scene: expected finite, non-negative light, found values from {lowest:g}")
    labels = label_actors(tracks, timing, lambda actor, t: scene.actor_centre(actor, start_s + t))
    return Exposed(warp(light, optics, scene.width, scene.height, margin), labels)


def _parts(scene: Scene, margin: int, first_s: float, last_s: float) -> list[Part]:
    """The scene's parts, cut to the frame and its margin."""
    rows, cols = slice(-margin, scene.height + margin), slice(-margin, scene.width + margin)
    if not hasattr(scene, "parts"):
        return [Part(rows, cols, scene.max_speed_px_s(), scene.render)]
    return [replace(part, rows=_meet(part.rows, rows), cols=_meet(part.cols, cols))
            for part in scene.parts(first_s, last_s)]


def _expose_part(part: Part, plan: SubFrames, lines: "_Lines", start_s: float) -> tuple[np.ndarray, dict[int, list]]:
    """The part's light (rows, cols, 3), and the patches of every actor in it: (sub-frame, Coverage) each."""
    light = np.zeros((part.rows.stop - part.rows.start, part.cols.stop - part.cols.start, 3), np.float32)
    patches = {}
    for k, t_s in enumerate(plan.times_s.tolist()):
        weight = plan.weights[k].astype(np.float32)
        rows, cols = lines.reached(weight, part)
        if rows.start >= rows.stop or cols.start >= cols.stop:
            continue
        rendered = part.render(start_s + t_s, rows, cols)
        require_linear_rgb("scene", rendered.light, (rows.stop - rows.start, cols.stop - cols.start))
        for patch in rendered.coverage:
            patches.setdefault(patch.actor, []).append((k, patch))
        if len(plan.times_s) == 1:
            return rendered.light, patches
        pixel_weight = _of_colours(weight[lines.of(rows, cols)])
        window = _shift(rows, -part.rows.start), _shift(cols, -part.cols.start)
        light[window] += np.multiply(rendered.light, pixel_weight, out=rendered.light)
    return light, patches


class _Lines:
    """On which line each pixel of the frame and its margin lies; rows and columns are the frame's."""

    def __init__(self, timing: LineTiming, margin: int):
        self.margin, self.map = margin, timing.line_map(margin)
        self.low = [self.map.min(axis=1 - axis) for axis in (0, 1)]
        self.high = [self.map.max(axis=1 - axis) for axis in (0, 1)]

    def inside(self, part: Part) -> tuple[slice, slice]:
        """Where the part is in an array of the frame and its margin."""
        return _shift(part.rows, self.margin), _shift(part.cols, self.margin)

    def of(self, rows: slice, cols: slice) -> np.ndarray:
        return crop(self.map, _shift(rows, self.margin), _shift(cols, self.margin))

    def reached(self, weight: np.ndarray, part: Part) -> tuple[slice, slice]:
        """Smallest rows and columns of the part outside of which every line's weight is 0; empty slices if all are."""
        lines = np.flatnonzero(weight)
        if not len(lines):  # motion so fast that no line is exposed between this sub-frame's neighbours
            return slice(0, 0), slice(0, 0)
        return self._span(0, part.rows, lines[0], lines[-1]), self._span(1, part.cols, lines[0], lines[-1])

    def _span(self, axis: int, window: slice, first: int, last: int) -> slice:
        if len(self.low[axis]) == 1:  # lines do not depend on this axis
            return window
        inside = _shift(window, self.margin)
        index = np.flatnonzero((self.high[axis][inside] >= first) & (self.low[axis][inside] <= last))
        if not len(index):
            return slice(0, 0)
        return slice(window.start + int(index[0]), window.start + int(index[-1]) + 1)


def _shift(window: slice, by: int) -> slice:
    return slice(window.start + by, window.stop + by)


def _meet(a: slice, b: slice) -> slice:
    return slice(max(a.start, b.start), min(a.stop, b.stop))


def _of_colours(weight: np.ndarray) -> np.ndarray:
    """Weights (h, w) that broadcast against light, fast: numpy's inner loop must not be over three colours."""
    return weight[..., None] if weight.shape[1] == 1 else cv2.cvtColor(weight, cv2.COLOR_GRAY2BGR)
