"""What is true of each actor in the photograph, made with the same line timing as the light.

A rolling shutter shows of an actor, on every line, what was there while that line was exposed. The label
describes the middle of each line's exposure: a pixel belongs to the actor if the actor covered at least half
of it then.
"""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from sensors.optics import distort, undistort
from sensors.timing import LineTiming, SubFrames, crop

HALF = 0.5
STREAK = np.linspace(-0.5, 0.5, 17)  # of an exposure: places of a centre; a shake may lead it there and back

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class ActorLabel:
    """box, extent: (x0, y0, x1, y1) in pixel edges, clipped to the frame, lens distortion included.

    box: tight around the unoccluded silhouette at every line's mid-exposure; its sides are where the coverage
    crosses one half, interpolated between pixels and up to the edge of the frame. extent: tight around all that
    the actor smeared over while lines were exposed. visible_fraction: visible / unoccluded area inside the frame.
    truncation: share of the silhouette outside the frame. blur_px: length of the streak that the centre draws
    during the exposure, the largest distance between two of its places. skew_px: how far the actor moved along the
    lines between the exposures of the box's first and last line (in image order, so a lean to the right or down is
    positive).
    """

    actor: int
    box: Box
    extent: Box
    visible_fraction: float
    truncation: float
    blur_px: float
    skew_px: float


@dataclass(frozen=True)
class Track:
    """One actor's patches of coverage: (number of the sub-frame in the plan, Coverage) each."""

    plan: SubFrames
    patches: list


@dataclass(frozen=True)
class _Cover:
    """One actor on a canvas whose first pixel is (x0, y0) of the frame: three float32 (h, w) maps."""

    x0: int
    y0: int
    silhouette: np.ndarray
    visible: np.ndarray
    smear: np.ndarray


def label_actors(tracks: dict[int, Track], timing: LineTiming,
                 centre: Callable[[int, float], tuple[float, float]]) -> list[ActorLabel]:
    """Labels of all actors of which at least half a pixel is covered inside the frame.

    centre(actor, t_s): body centre in the pinhole image [px], t_s from the frame's start.
    """
    labels = (_label(actor, _through_lens(_integrate(tracks[actor], timing), timing), timing, centre)
              for actor in sorted(tracks))
    return [label for label in labels if label]


def _integrate(track: Track, timing: LineTiming) -> _Cover:
    """Line by line, the coverage at mid-exposure and everything smeared over, in pinhole pixels."""
    patches, plan = track.patches, track.plan
    # one empty pixel around, so that every side of the box has an outside
    x0 = min(p.x0 for _, p in patches) - 1
    y0 = min(p.y0 for _, p in patches) - 1
    x1 = max(p.x0 + p.silhouette.shape[1] for _, p in patches) + 1
    y1 = max(p.y0 + p.silhouette.shape[0] for _, p in patches) + 1
    lines = timing.lines_of(np.arange(x0, x1)[None, :], np.arange(y0, y1)[:, None])
    silhouette, visible, smear = np.zeros((3, y1 - y0, x1 - x0), np.float32)
    for k, p in patches:
        h, w = p.silhouette.shape
        here = np.s_[p.y0 - y0 : p.y0 - y0 + h, p.x0 - x0 : p.x0 - x0 + w]
        its_lines = crop(lines, *here)
        reached = plan.weights[k][its_lines] > 0
        if not reached.any():
            continue
        np.maximum(smear[here], p.silhouette * reached, out=smear[here])
        middle = plan.middle[k][its_lines].astype(np.float32)
        if middle.any():
            silhouette[here] += middle * p.silhouette
            visible[here] += middle * p.visible
    return _Cover(x0, y0, silhouette, visible, smear)


def _through_lens(cover: _Cover, timing: LineTiming) -> _Cover:
    """Resample the maps to where the lens puts them."""
    if not timing.optics.distorts:
        return cover
    h, w = cover.silhouette.shape
    x = np.concatenate([np.arange(w), np.arange(w), np.zeros(h), np.full(h, w - 1)]) + cover.x0
    y = np.concatenate([np.zeros(w), np.full(w, h - 1), np.arange(h), np.arange(h)]) + cover.y0
    x, y = distort(timing.optics, x, y, timing.width, timing.height)
    x0, y0 = int(np.floor(x.min())) - 1, int(np.floor(y.min())) - 1
    xs, ys = np.meshgrid(np.arange(x0, np.ceil(x.max()) + 2), np.arange(y0, np.ceil(y.max()) + 2))
    xs, ys = undistort(timing.optics, xs, ys, timing.width, timing.height)
    maps = (xs - cover.x0).astype(np.float32), (ys - cover.y0).astype(np.float32)
    warped = [cv2.remap(m, *maps, cv2.INTER_LINEAR) for m in (cover.silhouette, cover.visible, cover.smear)]
    return _Cover(x0, y0, *warped)


def _label(actor: int, cover: _Cover, timing: LineTiming, centre) -> ActorLabel | None:
    inside = _crop_to_frame(cover, timing.width, timing.height)
    if inside.silhouette.size == 0 or inside.silhouette.max() < HALF:
        return None
    box = _half_coverage_box(cover.silhouette, cover, timing)
    extent = _half_coverage_box(cover.smear, cover, timing)
    area, total = float(inside.silhouette.sum()), float(cover.silhouette.sum())
    visible_fraction = min(1.0, float(inside.visible.sum()) / area)
    truncation = max(0.0, 1 - area / total)
    return ActorLabel(actor, box, extent, visible_fraction, truncation, *_motion(actor, box, timing, centre))


def _crop_to_frame(cover: _Cover, width: int, height: int) -> _Cover:
    x0, y0 = max(0, -cover.x0), max(0, -cover.y0)
    inside = np.s_[y0 : max(y0, height - cover.y0), x0 : max(x0, width - cover.x0)]
    return _Cover(cover.x0 + x0, cover.y0 + y0, cover.silhouette[inside], cover.visible[inside],
                  cover.smear[inside])


def _half_coverage_box(coverage: np.ndarray, cover: _Cover, timing: LineTiming) -> Box:
    """Box (pixel edges) around what of the coverage is at least 0.5 in the frame, where there is any.

    Its sides are interpolated to where the coverage crosses 0.5.
    """
    coverage, ys = _cut_at_frame(coverage, cover.y0, timing.height)
    turned, xs = _cut_at_frame(coverage.T, cover.x0, timing.width)
    columns, rows = turned.max(axis=1), turned.max(axis=0)
    return (_crossing(columns, xs), _crossing(rows, ys),
            _crossing(columns[::-1], xs[::-1]), _crossing(rows[::-1], ys[::-1]))


def _cut_at_frame(coverage: np.ndarray, first: int, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Coverage (n, m) of the rows in the frame, and the n positions of the rows in pixel edges.

    Row i of the frame is at i + 0.5. Where the coverage goes on beyond the frame, a row is added on the frame's
    edge, halfway between the last row inside and the first one outside.
    """
    start, stop = max(0, -1 - first), min(len(coverage), size + 1 - first)
    coverage, at = coverage[start:stop], np.arange(first + start, first + stop) + 0.5
    if first + start < 0 or first + stop > size:
        coverage = coverage.copy()
    for end, beside in ((0, 1), (-1, -2)):
        if not 0 < at[end] < size:
            coverage[end] = (coverage[end] + coverage[beside]) / 2
            at[end] = np.clip(at[end], 0, size)
    return coverage, at


def _crossing(profile: np.ndarray, at: np.ndarray) -> float:
    """Where the profile, sampled at `at`, first rises through one half.

    Canvases have an empty pixel around, so a profile that starts above one half is cut by the frame's border.
    """
    i = int(np.argmax(profile >= HALF))
    if i == 0:
        return float(at[0])
    below, above = float(profile[i - 1]), float(profile[i])
    return float(at[i - 1] + (at[i] - at[i - 1]) * (HALF - below) / (above - below))


def _motion(actor: int, box: Box, timing: LineTiming, centre) -> tuple[float, float]:
    """blur_px, skew_px: how far the actor's centre moves on the sensor while and between its lines are exposed."""
    x0, y0, x1, y1 = box
    shutter = timing.shutter
    x, y = np.array([(x0 + x1) / 2, x0, x1 - 1]), np.array([(y0 + y1) / 2, y0, y1 - 1])
    middle, first, last = shutter.line_middle_s(shutter.line_of(x, y, timing.width, timing.height)).tolist()
    times_s = [*(middle + STREAK * shutter.exposure_s).tolist(), first, last]
    places = np.stack(timing.lens(*np.array([centre(actor, t_s) for t_s in times_s], np.float64).T))
    streak = places[:, :-2]
    blur_px = np.hypot(*(streak[:, :, None] - streak[:, None])).max()
    skew_px = (places[:, -1] - places[:, -2])[0 if shutter.scans_rows else 1]
    return float(blur_px), float(skew_px)
