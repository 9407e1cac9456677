"""The obvious labels: a fine grid of points on the sensor, each tested against the formula of the actor at the
mid-exposure of its own line, through an inverse of the lens by OpenCV.

Shares no code with sensors.labels, sensors.optics or sensors.timing.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from sensors import Optics, Shutter
from tests.reference.moving_scene import MovingScene

FINER = 8  # points per pixel along each axis


@dataclass(frozen=True)
class SlowLabel:
    """box: pixel edges, tight around what of the actor is inside the frame. visible_fraction: of its area there.
    skew_px: how far the centre moved along the lines between the first and the last line that show the actor.
    blur_px: length of the centre's streak while the line that shows the middle of the box is exposed.
    """

    box: tuple[float, float, float, float]
    visible_fraction: float
    blur_px: float
    skew_px: float


def slow_label(scene: MovingScene, shutter: Shutter, optics: Optics, actor: int) -> SlowLabel | None:
    """None where no pixel's centre is in the actor."""
    near = _neighbourhood(scene, shutter, optics, actor)
    if near is None:
        return None
    x, y = (np.arange(low * FINER, high * FINER + 1) / FINER - 0.5 for low, high in near)  # edge to edge
    u, v = undistorted(optics, *np.meshgrid(x, y), scene.width, scene.height)
    t_s = line_middle_s(shutter, x[None, :], y[:, None], scene.width, scene.height)
    level = 1 - scene.radius_at(actor, u, v, t_s)  # grows inwards through 0 at the outline
    inside = level >= 0
    hidden = [scene.radius_at(nearer, u, v, t_s) <= 1 for nearer in range(actor + 1, scene.actor_count)]
    seen = inside & ~np.any(hidden, axis=0) if hidden else inside
    box = _box(level, x, y)
    return SlowLabel(
        box,
        float(seen.sum() / inside.sum()),
        _blur_px(scene, shutter, optics, actor, box),
        _skew_px(scene, shutter, optics, actor, inside, x, y),
    )


def line_middle_s(shutter: Shutter, x, y, width: int, height: int) -> np.ndarray:
    """Mid-exposure of the line that holds each point; a pixel reaches half a pixel from its centre."""
    position, lines = (y, height) if "top" in shutter.scan_direction else (x, width)
    line = np.clip(np.floor(np.asarray(position) + 0.5), 0, lines - 1)
    if shutter.scan_direction in ("bottom_to_top", "right_to_left"):
        line = lines - 1 - line
    return line * shutter.line_readout_us * 1e-6 + shutter.exposure_us * 1e-6 / 2


def undistorted(optics: Optics, x, y, width: int, height: int) -> tuple[np.ndarray, np.ndarray]:
    """Where a pinhole camera sees the points that the lens puts at (x, y) [px]."""
    if optics.k1 == optics.k2 == 0:
        return x, y
    camera = np.array([[optics.focal_px, 0, (width - 1) / 2], [0, optics.focal_px, (height - 1) / 2], [0, 0, 1]])
    lens = np.array([optics.k1, optics.k2, 0, 0])
    until = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 100, 1e-9)
    points = np.stack([x, y], axis=-1).reshape(-1, 1, 2)
    points = cv2.undistortPointsIter(points, camera, lens, np.eye(3), camera, until)
    return points[:, 0, 0].reshape(x.shape), points[:, 0, 1].reshape(x.shape)


def distorted(optics: Optics, x, y, width: int, height: int) -> np.ndarray:
    """(N, 2): where the lens puts the points that a pinhole camera sees at (x, y) [px], N each."""
    points = np.stack(np.broadcast_arrays(x, y), axis=-1).astype(float)
    if optics.k1 == optics.k2 == 0:
        return points
    centre = np.array([(width - 1) / 2, (height - 1) / 2])
    rays = np.column_stack([(points - centre) / optics.focal_px, np.ones(len(points))])
    camera = np.array([[optics.focal_px, 0, centre[0]], [0, optics.focal_px, centre[1]], [0, 0, 1]])
    lens = np.array([optics.k1, optics.k2, 0, 0])
    return cv2.projectPoints(rays, np.zeros(3), np.zeros(3), camera, lens)[0][:, 0]


def _neighbourhood(scene, shutter, optics, actor) -> list[tuple[int, int]] | None:
    """Pixels (first, end) along x and y that hold the actor, found at the pixel centres of the whole frame."""
    x, y = np.arange(scene.width, dtype=float), np.arange(scene.height, dtype=float)
    u, v = undistorted(optics, *np.meshgrid(x, y), scene.width, scene.height)
    t_s = line_middle_s(shutter, x[None, :], y[:, None], scene.width, scene.height)
    inside = scene.radius_at(actor, u, v, t_s) <= 1
    if not inside.any():
        return None
    spans = [np.flatnonzero(inside.any(axis=axis))[[0, -1]] for axis in (0, 1)]
    return [
        (max(0, first - 2), min(size, last + 3))
        for (first, last), size in zip(spans, (scene.width, scene.height), strict=True)
    ]


def _box(level, x, y) -> tuple[float, float, float, float]:
    """Pixel edges around level >= 0."""
    left, top = _first(level, x), _first(level.T, y)
    right, bottom = -_first(level[:, ::-1], -x[::-1]), -_first(level.T[:, ::-1], -y[::-1])
    return left + 0.5, top + 0.5, right + 0.5, bottom + 0.5


def _first(level, x) -> float:
    """Least x at which any row's level reaches 0, interpolated between the columns; the first x if it is cut there."""
    inside = level >= 0
    rows = np.flatnonzero(inside.any(axis=1))
    column = inside[rows].argmax(axis=1)
    if (column == 0).any():
        return float(x[0])
    above, below = level[rows, column], level[rows, column - 1]
    return float((x[column] - above / (above - below) / FINER).min())


def _blur_px(scene, shutter, optics, actor, box) -> float:
    """The largest distance between two places of the centre during the exposure."""
    middle = (box[0] + box[2] - 1) / 2, (box[1] + box[3] - 1) / 2
    half_s = shutter.exposure_us * 1e-6 / 2
    t_s = line_middle_s(shutter, *middle, scene.width, scene.height) + np.linspace(-half_s, half_s, 257)
    path = distorted(optics, *scene.actor_centre(actor, t_s), scene.width, scene.height)
    return float(np.linalg.norm(path[:, None] - path[None], axis=2).max())


def _skew_px(scene, shutter, optics, actor, inside, x, y) -> float:
    columns, rows = x[inside.any(axis=0)][[0, -1]], y[inside.any(axis=1)][[0, -1]]
    t_s = line_middle_s(shutter, columns, rows, scene.width, scene.height)
    first, last = distorted(optics, *scene.actor_centre(actor, t_s), scene.width, scene.height)
    return float((last - first)[0 if "top" in shutter.scan_direction else 1])
