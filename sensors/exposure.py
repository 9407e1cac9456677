"""Light over time -> what each line collected, and what each actor covered while it did.

A scene is asked for its light at sub-frame times, at most half a pixel of motion apart, and only for the
lines that the sub-frame reaches. Between two sub-frames the light is taken to change linearly in time, so a
line's exposure is a weighted sum of sub-frames; the weights are the integrals of the linear interpolation
over the line's exposure window.

A lens that distorts moves pixels across lines. The scene draws a pinhole image; each of its pixels gets the
timing of the line on which the lens puts it, and one resampling after the integration moves light and labels
together.

A scene may tell its background from what stands before it. Then each has its own sub-frames:
E = sum_j B_j (W_j - sum_k w_k h_j(t_k) a_k) + sum_k w_k C_k. B_j: light of the background, W_j: its weights; C_k:
premultiplied light before it, a_k: its alpha, w_k: its weights; h_j(t_k): share of B_j in the background at time t_k.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

import cv2
import numpy as np

from sensors.labels import ActorLabel, Track, label_actors
from sensors.optics import Optics, margin_px, warp
from sensors.shutter import Shutter
from sensors.timing import Lines, LineTiming, SubFrames, crop, meeting, plan_sub_frames, shifted
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
    """A window of a scene's picture, how fast anything moves there [px/s], and what draws it (as `Scene.render`).

    rows_at_once: so many are asked for at most, where there are several sub-frames; None: all. Bands that fit into the
    processor's cache are faster if the scene draws few rows faster than many.
    """

    rows: slice
    cols: slice
    max_speed_px_s: float
    render: Callable[[float, slice, slice], Rendered]
    rows_at_once: int | None = None


class Scene(Protocol):
    """Anything that a camera can photograph.

    A scene may also have `margin_px` (default 0): how far beyond the frame it can draw. A distorting lens
    asks for up to that much: `rows` and `cols` then start below 0 or stop beyond height and width, and are
    never meant as Python's from-the-end indices. Without the margin the frame's border pixels are repeated.

    A scene may also have `parts(first_s, last_s) -> list[Part]` for what happens between two times (default: one
    part, the whole picture). The first is the background: the whole picture, margin included. The others are windows
    in which something stands before it; their light is (rows, cols, 4), premultiplied by the alpha that comes last.
    They do not overlap, and an actor is in one of them all that time.
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
    lines = Lines(timing, margin)
    background, *before = _parts(scene, margin, start_s, start_s + shutter.frame_duration_s(scene.width, scene.height))
    plan = plan_sub_frames(shutter, scene.width, scene.height, background.max_speed_px_s)
    tracks, covers = {}, []
    for part in before:
        speed = max(part.max_speed_px_s, background.max_speed_px_s)
        finer = plan_sub_frames(shutter, scene.width, scene.height, speed, multiple_of=max(1, plan.steps))
        covers.append(_expose_before(part, finer, plan, lines, start_s, tracks))
    light = _expose_background(background, covers, plan, lines, start_s, tracks)
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
    return [replace(part, rows=meeting(part.rows, rows), cols=meeting(part.cols, cols))
            for part in scene.parts(first_s, last_s)]


@dataclass(frozen=True)
class _Cover:
    """What stands before the background in a window (rows, cols): its light (h, w, 3), and taken (K, h, w), the share
    of a line's light that it takes from every sub-frame of the background; float32.
    """

    window: tuple[slice, slice]
    light: np.ndarray
    taken: np.ndarray


def _expose_before(part: Part, plan: SubFrames, behind: SubFrames, lines: Lines, start_s: float,
                   tracks: dict[int, Track]) -> _Cover:
    """What a part before the background covers. behind: the background's sub-frames. Adds to the tracks."""
    window = part.rows, part.cols
    light = np.zeros((*_size(window), 4), np.float32)
    taken = np.zeros((behind.steps + 1, *_size(window)), np.float32)
    shares = behind.shares_at(plan.times_s).astype(np.float32)
    for k, reached, fresh in _sub_frames(part, plan, lines, start_s, tracks):
        fresh *= _spread(lines.weights(plan, k, *reached), 4)
        here = _within(window, reached)
        light[here] += fresh
        for j in np.flatnonzero(shares[k]):
            taken[j][here] += shares[k, j] * fresh[..., 3]
    return _Cover(window, cv2.cvtColor(light, cv2.COLOR_BGRA2BGR), taken)


def _expose_background(part: Part, covers: list[_Cover], plan: SubFrames, lines: Lines, start_s: float,
                       tracks: dict[int, Track]) -> np.ndarray:
    """The light (rows, cols, 3) of the background and what covers it. Adds to the tracks."""
    window = part.rows, part.cols
    light = np.zeros((*_size(window), 3), np.float32)
    for k, reached, fresh in _sub_frames(part, plan, lines, start_s, tracks):
        weights = lines.weights(plan, k, *reached)
        seen = _beside_covers(fresh, weights, covers, k, reached)
        if plan.steps:
            np.multiply(fresh, _spread(weights, 3), out=fresh)
        for here, its_light in seen:
            fresh[here] = its_light
        if plan.steps:
            light[_within(window, reached)] += fresh
        else:
            light = fresh
    for cover in covers:
        light[_within(window, cover.window)] += cover.light
    return light


def _beside_covers(light: np.ndarray, weights: np.ndarray, covers: list[_Cover], k: int, reached) -> list:
    """What is collected of a sub-frame of the background where something covers it: (where in its light, light)."""
    seen = []
    for cover in covers:
        both = tuple(meeting(a, b) for a, b in zip(cover.window, reached, strict=True))
        if 0 not in _size(both):
            here = _within(reached, both)
            left = crop(weights, *here) - cover.taken[k][_within(cover.window, both)]
            seen.append((here, light[here] * _spread(left, 3)))
    return seen


def _sub_frames(part: Part, plan: SubFrames, lines: Lines, start_s: float, tracks: dict[int, Track]):
    """Render the lines of the part that each sub-frame reaches, in bands: yields (sub-frame, (rows, cols), light)."""
    for k, t_s in enumerate(plan.times_s.tolist()):
        reached = lines.reached(plan.weights[k], part.rows, part.cols)
        if 0 in _size(reached):
            continue  # motion so fast that no line is exposed between this sub-frame's neighbours, or none of the part
        for band in _bands(*reached, part.rows_at_once if plan.steps else None):
            rendered = part.render(start_s + t_s, *band)
            require_linear_rgb("scene", rendered.light[..., :3], _size(band))
            for patch in rendered.coverage:
                tracks.setdefault(patch.actor, Track(plan, [])).patches.append((k, patch))
            yield k, band, rendered.light


def _bands(rows: slice, cols: slice, at_once: int | None) -> list[tuple[slice, slice]]:
    starts = range(rows.start, rows.stop, at_once or rows.stop - rows.start)
    return [(slice(start, min(start + starts.step, rows.stop)), cols) for start in starts]


def _size(window: tuple[slice, slice]) -> tuple[int, int]:
    return tuple(side.stop - side.start for side in window)


def _within(window: tuple[slice, slice], part: tuple[slice, slice]) -> tuple[slice, slice]:
    """Where a part of a window is in an array of the window."""
    return tuple(shifted(a, -b.start) for a, b in zip(part, window, strict=True))


def _spread(weights: np.ndarray, channels: int) -> np.ndarray:
    """Weights (h, w) that broadcast against light, fast: numpy's inner loop must not be over the channels."""
    return weights[..., None] if weights.shape[1] == 1 else cv2.merge([weights] * channels)
