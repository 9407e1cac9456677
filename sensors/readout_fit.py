"""Line readout of a rolling shutter, from the motion of a shaking camera.

Row r of frame n is exposed at n + r * readout, in frame intervals. What was on row r moves to row r + dy of the next
frame, by x(n + 1 + (r + dy) * readout) - x(n + r * readout), with x(t) the smooth path of the camera. Path and readout
are fitted together: a spline for every readout tried, and the readout that leaves least. Motion at constant speed tells
next to nothing; changes of speed within a frame do.
"""

from dataclasses import dataclass

import numpy as np
from scipy.interpolate import BSpline

from sensors.camera_motion import path_shifts, shake_px

FEWEST_FRAMES, OUTLIER = 12, 4.0
LEAST_SHAKE_PX, FLOOR = 0.3, 0.005  # FLOOR: standard error that trackers leave at best, in frame intervals
KNOT_FRAMES, SMOOTH = 0.7, 1e-3  # of the path's spline; SMOOTH only keeps apart what the shifts cannot tell
SHARES = np.linspace(-1.0, 1.0, 81)  # of the frame interval that the readout of a frame may take; negative: bottom up
TOLD_WIDTH = 0.3  # of the interval, in frame intervals, up to which a readout counts as told
CONFIDENT = 2.0  # standard errors; neighbouring bands share texture and frames, hence SHARED below
SHARED = 3.0  # how many bands tell as much as one independent one


@dataclass(frozen=True)
class Readout:
    """line_share: readout of one line in frame intervals, negative where read bottom up. interval: what the frames do
    not rule out. told: whether they rule out anything that matters."""

    line_share: float
    interval: tuple[float, float]
    told: bool


def fit_readout(shifts: np.ndarray, rows: np.ndarray, height: int) -> Readout:
    """shifts (N - 1, bands, 2) [px] and rows (N - 1, bands) as `camera_motion.band_shifts` gives them; height [px]."""
    nothing = Readout(0.0, (SHARES[0] / height, SHARES[-1] / height), False)
    if len(shifts) + 1 < FEWEST_FRAMES or np.isfinite(rows).mean() < 0.5:
        return nothing
    if shake_px(path_shifts(shifts)) < LEAST_SHAKE_PX:
        return nothing
    weight = np.isfinite(rows).astype(float)
    shifts, rows = np.nan_to_num(shifts), np.nan_to_num(rows)
    first = np.arange(len(shifts))[:, None], rows / height
    second = first[0] + 1, (rows + shifts[..., 1]) / height
    told = weight.copy()
    for _ in range(3):  # bands on which something else moves are left out
        sums = np.array([_misfit(shifts, told, first, second, share)[0] for share in SHARES])
        best = _lowest(SHARES, sums)
        least, residual = _misfit(shifts, told, first, second, best)
        distance = np.linalg.norm(residual, axis=2)
        told = weight * (distance < OUTLIER * np.median(distance[weight > 0]) + 1e-6)
    freedom = max((2 * told.sum() - 2 * len(shifts) / KNOT_FRAMES) / SHARED, 1)
    step = SHARES[1] - SHARES[0]
    near = np.interp(best + np.array([-2, 2]) * step, SHARES, sums)
    bend = max((near.sum() - 2 * min(least, sums.min())) / (2 * step) ** 2, 1e-12)
    half = CONFIDENT * np.hypot(np.sqrt(2 * least / freedom / bend), FLOOR)
    inside = SHARES[sums <= least * (1 + CONFIDENT**2 / freedom)]
    low, high = max(min([best - half, *inside]), -1.0), min(max([best + half, *inside]), 1.0)
    return Readout(float(best / height), (float(low / height), float(high / height)), bool(high - low <= TOLD_WIDTH))


def _misfit(shifts, weight, first, second, share: float) -> tuple[float, np.ndarray]:
    """Weighted sum of squares, and residuals (N - 1, bands, 2), of the best smooth path at a given readout.

    first, second: (frame, row / height) of what moved, in both frames.
    """
    last = len(shifts) + 2
    knots = np.arange(-2 - 3 * KNOT_FRAMES, last + 4 * KNOT_FRAMES, KNOT_FRAMES)
    ends = [BSpline.design_matrix(np.clip((n + share * place).ravel(), -2, last), knots, 3).toarray()
            for n, place in (first, second)]
    design, root = ends[1] - ends[0], np.sqrt(weight.ravel())[:, None]
    target = shifts.reshape(-1, 2)
    bends = np.diff(np.eye(design.shape[1]), 3, axis=0)
    normal = (design * root).T @ (design * root) + SMOOTH * bends.T @ bends + 1e-6 * np.eye(design.shape[1])
    residual = target - design @ np.linalg.solve(normal, (design * root).T @ (target * root))
    return float((root * residual**2).sum()), residual.reshape(shifts.shape)


def _lowest(x: np.ndarray, y: np.ndarray) -> float:
    """Where the parabola through the least value and its neighbours is least."""
    i = int(np.clip(np.argmin(y), 1, len(y) - 2))
    bend = y[i - 1] - 2 * y[i] + y[i + 1]
    return float(x[i] + (x[1] - x[0]) * np.clip((y[i - 1] - y[i + 1]) / max(2 * bend, 1e-12), -1, 1))
