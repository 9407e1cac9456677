"""Walls found in a depth map: where a window of it is one upright plane.

Of a plane n . P = 1 in camera space (x right, y down, z forward) the inverse depth is linear in the picture:
1 / z = n_x x + n_y y + n_z, with x and y in units of the focal length. A window fits or it does not.
"""

import numpy as np

GRID = 9  # samples per direction of a window
OFF_PLANE = 0.015  # relative distance from the plane that still belongs to it
LEANING = 0.5  # |normal . up| below which it is upright: what stands faces the camera, whatever its pitch
FARTHEST_M = 150.0


def wall_at(depth_m, view, u_px, v_px, width_px, height_px):
    """The upright plane in a window about (u, v): (depth along the axis, m; its normal (3,) level, toward the camera).

    None where the window leaves the picture or is no such plane.
    """
    u = u_px + np.linspace(-0.5, 0.5, GRID) * width_px
    v = v_px + np.linspace(-0.5, 0.5, GRID) * height_px
    if u[0] < 0 or v[0] < 0 or u[-1] >= view.width_px or v[-1] >= view.height_px:
        return None
    columns, rows = (grid.ravel() for grid in np.meshgrid(u.astype(int), v.astype(int)))
    inverse = 1 / depth_m[rows, columns].astype(np.float64)
    if inverse.min() < 1 / FARTHEST_M:
        return None
    x, y = (columns + 0.5 - view.width_px / 2) / view.focal_px, (rows + 0.5 - view.height_px / 2) / view.focal_px
    rays = np.stack([x, y, np.ones_like(x)], axis=1)
    normal, *_ = np.linalg.lstsq(rays, inverse, rcond=None)
    if np.abs(rays @ normal / inverse - 1).max() > OFF_PLANE:
        return None
    up = up_of(view)
    unit = normal / np.linalg.norm(normal)
    if abs(unit @ up) > LEANING:
        return None
    level = unit - (unit @ up) * up
    middle = (u_px - view.width_px / 2) / view.focal_px, (v_px - view.height_px / 2) / view.focal_px, 1.0
    return float(1 / (normal @ middle)), -level / np.linalg.norm(level)


def up_of(view):
    """The upward direction in camera space (3,): x right, y down, z forward."""
    pitch = np.deg2rad(view.pitch_deg)
    return np.array([0.0, -np.cos(pitch), -np.sin(pitch)])
