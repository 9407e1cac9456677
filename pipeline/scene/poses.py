"""Where the user's own things are: on the ground, on a wall, or free; by a view and the depth map of the background."""

from dataclasses import dataclass

import numpy as np

from pipeline.scene import planar
from pipeline.scene.upright import up_of, wall_at

TRIES = 200  # places that a thing looks at before it goes without
BEFORE = 0.9  # of the background's depth: what is free floats before it
UNKNOWN_M = 10.0  # the distance of what is free and of unknown size, and of everything on a photograph
PASTED_M = 0.01  # distance between things pasted on a photograph


@dataclass(frozen=True, eq=False)
class Pose:
    """How a thing is held before the camera. Camera space: x right, y down, z forward, in m."""

    anchor_m: np.ndarray  # (3,) the foot of what stands, the middle of everything else
    stands: bool  # on the ground: it has a foot and shadows
    height_m: float
    across: np.ndarray  # (3,) unit vectors along the rows and down the columns of a flat thing's picture
    down: np.ndarray


def on_ground(thing, params, seen, view, depth_m):
    """A Pose on open ground, or None.

    seen: width and height of what the picture will show, in units of the thing's height; of what stands the height
    itself counts. depth_m: float32 (H, W), of the background. So for the other placements.
    """
    low, high = params.height_px_range
    height_m, height_px = thing.height_m(params), thing.height_px(params)
    column = (thing.position_share[0] * 1.06 - 0.03) * view.width_px
    if height_m:
        top = view.row_with_person_height(low, height_m)
        bottom = min(view.row_with_person_height(high, height_m), view.height_px * 1.06)
    else:
        top, bottom = max(view.horizon_px + 0.05 * view.height_px, 0.0), view.height_px * 1.06
    row = top + thing.position_share[1] * max(bottom - top, 1.0)
    x, z = view.ground_point(column, row)
    if z < 0.4 * view.camera_height_m or not is_open(view, depth_m, x, z):
        return None
    foot = view.in_camera(x, 0.0, z)
    height_m = height_m or height_px * foot[2] / view.focal_px
    return Pose(foot, True, height_m, *_upright(thing, params, view))


def _upright(thing, params, view):
    """Axes of a standing board: it faces the camera, or stands upright and is turned."""
    if not any(getattr(params, "turn_deg_range", (0, 0))):
        return planar.turned(0, 0)
    pitch = np.deg2rad(view.pitch_deg)
    to_camera = np.array([[1, 0, 0], [0, np.cos(pitch), -np.sin(pitch)], [0, np.sin(pitch), np.cos(pitch)]])
    return planar.turned(*thing.turn_deg) @ to_camera.T


def on_wall(thing, params, seen, view, depth_m):
    """A Pose flat on an upright surface; where none is found, a free one."""
    rng = np.random.default_rng(thing.place_seed)
    low, high = params.height_px_range
    height_m, height_px = thing.height_m(params), thing.height_px(params)
    for _ in range(TRIES):
        u, v = rng.uniform(0, view.width_px), rng.uniform(0, view.height_px)
        if height_m:
            height_px = height_m * view.focal_px / float(depth_m[int(v), int(u)])
        if not low <= height_px <= high:
            continue
        found = wall_at(depth_m, view, u, v, height_px * seen[0], height_px * seen[1])
        if found is None:
            continue
        z, normal = found
        down = -up_of(view)
        middle = z * np.array([(u - view.width_px / 2) / view.focal_px, (v - view.height_px / 2) / view.focal_px, 1])
        # its picture's row runs to the right of who looks at its front
        return Pose(middle, False, height_m or height_px * z / view.focal_px, np.cross(-down, normal), down)
    return free(thing, params, seen, view, depth_m)


def free(thing, params, seen, view, depth_m):
    """A Pose anywhere before the background, in any rotation, or None."""
    rng = np.random.default_rng(thing.place_seed)
    low, high = params.height_px_range
    height_m = thing.height_m(params)
    for _ in range(TRIES):
        u, v = rng.uniform(0, view.width_px), rng.uniform(0, view.height_px)
        height_px = float(np.exp(rng.uniform(np.log(low), np.log(high))))
        farthest = BEFORE * float(depth_m[int(v), int(u)])
        seen_m = height_m * seen[1]
        z = min(seen_m * view.focal_px / height_px if height_m else UNKNOWN_M, farthest)
        if seen_m * view.focal_px / z > high:
            continue
        middle = z * np.array([(u - view.width_px / 2) / view.focal_px, (v - view.height_px / 2) / view.focal_px, 1])
        return Pose(middle, False, height_m or height_px / seen[1] * z / view.focal_px, *_rolled(thing, params))
    return None


def pasted(thing, params, seen, view, number):
    """A Pose at a random position and size, whatever the picture behind shows. number: which of all, for depths."""
    height_px = thing.height_px(params)
    z = UNKNOWN_M + PASTED_M * (number + 0.5)  # people are at whole numbers
    u = thing.position_share[0] * view.width_px
    v = thing.position_share[1] * view.height_px
    middle = z * np.array([(u - view.width_px / 2) / view.focal_px, (v - view.height_px / 2) / view.focal_px, 1])
    return Pose(middle, False, height_px / seen[1] * z / view.focal_px, *_rolled(thing, params))


def _rolled(thing, params):
    return planar.turned(*thing.turn_deg, thing.roll_deg if params.placement == "free" else 0.0)


def is_open(view, depth_m, x_m, z_m):
    """Whether the ground shows, or goes on below or beside the picture, at ground point (x, z)."""
    u, v, depth = view.project(x_m, 0.0, z_m)
    row, col = int(np.clip(v, 0, view.height_px - 1)), int(np.clip(u, 0, view.width_px - 1))
    return depth_m[row, col] > 0.9 * depth or v >= view.height_px


PLACEMENTS = {"ground": on_ground, "wall": on_wall, "free": free}
