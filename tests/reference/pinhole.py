"""A pinhole camera from matrices.

World: x right, y up, z forward. Camera: x right, y down, z forward.
"""

import numpy as np
from scipy.spatial.transform import Rotation

WORLD_TO_LEVEL = np.diag([1.0, -1.0, 1.0])


def project(view, points_m):
    """World points (N, 3) -> pixels (N, 2), depths (N,), for a camera above the origin, pitched down."""
    centre = np.array([0.0, view.camera_height_m, 0.0])
    # pitched down: the optical axis turns from forward (z) towards down (y) about the axis to the right (x)
    axes = Rotation.from_euler("x", -view.pitch_deg, degrees=True).as_matrix()
    camera = (np.asarray(points_m, float) - centre) @ WORLD_TO_LEVEL @ axes
    return to_pixels(camera, view.focal_px, view.width_px, view.height_px), camera[:, 2]


def to_pixels(camera_m, focal_px, width_px, height_px):
    intrinsics = np.array([[focal_px, 0, width_px / 2], [0, focal_px, height_px / 2], [0, 0, 1.0]])
    homogeneous = camera_m @ intrinsics.T
    return homogeneous[:, :2] / homogeneous[:, 2:]


def after_motion(camera_m, rotation_rad, translation_m):
    """Camera coordinates of fixed points after the camera turned by a rotation vector and moved."""
    turned = Rotation.from_rotvec(rotation_rad).as_matrix()
    return (camera_m - np.asarray(translation_m, float)) @ turned
