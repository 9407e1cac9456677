"""Light over time -> what each line collected, and what each actor covered while it did.

A scene is asked for its light at sub-frame times, at most half a pixel of motion apart, and only for the
lines that the sub-frame reaches. Between two sub-frames the light is taken to change linearly in time, so a
line's exposure is a weighted sum of sub-frames; the weights are the integrals of the linear interpolation
over the line's exposure window.

A lens that distorts moves pixels across lines. The scene draws a pinhole image; each of its pixels gets the
timing of the line on which the lens puts it, and one resampling after the integration moves light and labels
together.

A scene may tell its background from what stands before it. The background, which only the camera moves, is then drawn
with every line at its own time, once for each of S slices of the exposure, in which it moves by half a pixel at most:
E = sum_s B_s (1/S - sum_k w_sk a_k) + sum_sk w_sk C_k. B_s: light of the background; C_k, a_k: premultiplied light and
alpha of the sub-frames of what stands before it; w_sk: their weights in slice s.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np

from sensors.labels import ActorLabel, Track, label_actors
from sensors.optics import Optics, margin_px, warp
from sensors.shutter import Shutter
from sensors.timing import Lines, LineTiming, SubFrames, meeting, plan_sub_frames, shifted, steps_of
from sensors.validation import LightError, require_linear_rgb

BAND_ROWS = 128  # of a background are drawn at once, which stay in the processor's cache
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
    render: Callable[..., Rendered]


class Scene(Protocol):
    """Anything that a camera can photograph.

    A scene may also have `margin_px` (default 0): how far beyond the frame it can draw. A distorting lens
    asks for up to that much: `rows` and `cols` then start below 0 or stop beyond height and width, and are
    never meant as Python's from-the-end indices. Without the margin the frame's border pixels are repeated.

    A scene may also have `parts(first_s, last_s) -> list[Part]` for what happens between two times, which is faster.
    The first is the background: the whole picture, margin included, no actor; it is asked for with the time of every
    pixel instead of one: (rows, 1), (1, cols) or (rows, cols). The others are windows in which something stands before
    it; their light is (rows, cols, 4), premultiplied by the alpha that comes last. They do not overlap, and an actor is
    in one of them all that time.
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
    lines, tracks = Lines(timing, margin), {}
    integrate = _expose_parts if hasattr(scene, "parts") else _expose_whole
    light = integrate(scene, lines, start_s, tracks)
    lowest = float(light.min())
    if lowest < -ROUNDING:  # a lens would hide it
        raise LightError(f"scene: expected finite, non-negative light, found values from {lowest:g}")
    if lowest < 0:
        np.maximum(light, 0, out=light)
    labels = label_actors(tracks, timing, lambda actor, t: scene.actor_centre(actor, start_s + t))
    return Exposed(warp(light, optics, scene.width, scene.height, margin), labels)


def _expose_whole(scene: Scene, lines: Lines, start_s: float, tracks: dict[int, Track]) -> np.ndarray:
    """The light (rows, cols, 3) of the frame and its margin from sub-frames of everything. Adds to the tracks."""
    timing = lines.timing
    plan = plan_sub_frames(timing.shutter, scene.width, scene.height, scene.max_speed_px_s())
    light = np.zeros((*_size(lines.window), 3), np.float32)
    for k, reached, fresh in _sub_frames(Part(*lines.window, 0.0, scene.render), plan, lines, start_s, tracks):
        if len(plan.times_s) == 1:
            return fresh
        weights = plan.weights[k].astype(np.float32)[lines.of(*reached)]
        light[_within(lines.window, reached)] += np.multiply(fresh, _spread(weights, 3), out=fresh)
    return light


def _expose_parts(scene: Scene, lines: Lines, start_s: float, tracks: dict[int, Track]) -> np.ndarray:
    """The same of a scene that tells its background from what stands before it."""
    shutter = lines.timing.shutter
    background, *before = scene.parts(start_s, start_s + shutter.frame_duration_s(scene.width, scene.height))
    slices = max(1, steps_of(shutter.exposure_s, background.max_speed_px_s))
    covers = []
    for part in before:
        plan = plan_sub_frames(shutter, scene.width, scene.height, part.max_speed_px_s, slices)
        covers.append(_expose_before(part, plan, lines, start_s, tracks))
    return _expose_background(background, covers, slices, lines, start_s)


@dataclass(frozen=True)
class _Cover:
    """What stands before the background in a window (rows, cols): its light (h, w, 3), and left (S, h, w), the share of
    every slice of the background's light that it lets through; float32.
    """

    window: tuple[slice, slice]
    light: np.ndarray
    left: np.ndarray


def _expose_before(part: Part, plan: SubFrames, lines: Lines, start_s: float, tracks: dict[int, Track]) -> _Cover:
    """What a part before the background covers. Adds to the tracks."""
    window = tuple(meeting(a, b) for a, b in zip((part.rows, part.cols), lines.window, strict=True))
    slices = len(plan.by_slice)
    light, left = np.zeros((*_size(window), 4), np.float32), np.ones((slices, *_size(window)), np.float32)
    for k, reached, fresh in _sub_frames(part, plan, lines, start_s, tracks):
        here, alpha = _within(window, reached), np.ascontiguousarray(fresh[..., 3])
        weights = plan.by_slice[:, k].astype(np.float32)[:, lines.of(*reached)]
        for s in np.flatnonzero(weights.any(axis=(1, 2))):
            left[s][here] -= slices * weights[s] * alpha
        fresh *= _spread(weights.sum(axis=0), 4)
        light[here] += fresh
    np.maximum(left, 0, out=left)  # the weights of what is covered all the time may sum to a rounding error above 1
    return _Cover(window, cv2.cvtColor(light, cv2.COLOR_BGRA2BGR), left)


def _expose_background(part: Part, covers: list[_Cover], slices: int, lines: Lines, start_s: float) -> np.ndarray:
    """The light (rows, cols, 3) of the background and what covers it."""
    whole, shutter = lines.window, lines.timing.shutter
    light = np.empty((*_size(whole), 3), np.float32)
    for s in range(slices):
        from_start_s = start_s + (s + 0.5) / slices * shutter.exposure_s
        for band in _bands(*whole):
            fresh = part.render(from_start_s + shutter.line_start_s(lines.of(*band)), *band).light
            require_linear_rgb("scene", fresh, _size(band))
            for cover in covers:
                both = tuple(meeting(a, b) for a, b in zip(cover.window, band, strict=True))
                if 0 not in _size(both):
                    fresh[_within(band, both)] *= _spread(cover.left[s][_within(cover.window, both)], 3)
            if s == 0:
                light[_within(whole, band)] = fresh
            else:
                light[_within(whole, band)] += fresh
    if slices > 1:
        light /= slices
    for cover in covers:
        light[_within(whole, cover.window)] += cover.light
    return light


def _bands(rows: slice, cols: slice) -> list[tuple[slice, slice]]:
    return [(slice(top, min(top + BAND_ROWS, rows.stop)), cols) for top in range(rows.start, rows.stop, BAND_ROWS)]


def _sub_frames(part: Part, plan: SubFrames, lines: Lines, start_s: float, tracks: dict[int, Track]):
    """Render the lines of the part that each sub-frame reaches: yields (sub-frame, (rows, cols), light)."""
    for k, t_s in enumerate(plan.times_s.tolist()):
        reached = lines.reached(plan.weights[k], part.rows, part.cols)
        if 0 in _size(reached):
            continue  # motion so fast that no line is exposed between this sub-frame's neighbours, or none of the part
        rendered = part.render(start_s + t_s, *reached)
        require_linear_rgb("scene", rendered.light[..., :3], _size(reached))
        for patch in rendered.coverage:
            tracks.setdefault(patch.actor, Track(plan, [])).patches.append((k, patch))
        yield k, reached, rendered.light


def _size(window: tuple[slice, slice]) -> tuple[int, int]:
    return tuple(side.stop - side.start for side in window)


def _within(window: tuple[slice, slice], part: tuple[slice, slice]) -> tuple[slice, slice]:
    """Where a part of a window is in an array of the window."""
    return tuple(shifted(a, -b.start) for a, b in zip(part, window, strict=True))


def _spread(weights: np.ndarray, channels: int) -> np.ndarray:
    """Weights (h, w) that broadcast against light, fast: numpy's inner loop must not be over the channels."""
    return weights[..., None] if weights.shape[1] == 1 else cv2.merge([weights] * channels)
