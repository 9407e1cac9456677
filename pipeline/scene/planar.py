"""Flat things in perspective: a picture on a rectangle somewhere before the camera, seen through a homography.

Camera space: x right, y down, z forward, in m.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from pipeline.scene.layer import Patch

FINER = 2  # than the picture's pixels: what is seen is averaged from that many samples per direction
NEAREST_M = 0.05


@dataclass(frozen=True, eq=False)
class Board:
    """A rectangle: its centre (3,) m, unit vectors (3,) along its picture's rows and down its columns, its size."""

    centre_m: np.ndarray
    across: np.ndarray
    down: np.ndarray
    width_m: float
    height_m: float

    def corners_m(self):
        """Top left, top right, bottom right, bottom left of the picture: (4, 3)."""
        x, y = self.across * self.width_m / 2, self.down * self.height_m / 2
        return np.stack([self.centre_m + dx * x + dy * y for dx, dy in ((-1, -1), (1, -1), (1, 1), (-1, 1))])

    def normal_to_light(self):
        """The normal of its front as light.py counts: x right, y down, z toward the camera."""
        return -np.cross(self.across, self.down) * (1, 1, -1)


def turned(yaw_deg, pitch_deg, roll_deg=0.0):
    """`across` and `down` (2, 3) of a board that faced the camera and was turned.

    yaw_deg: about the upright axis, > 0: its front turns to the right of the picture. pitch_deg: > 0: it turns up.
    roll_deg: then clockwise in the picture.
    """
    yaw, pitch, roll = np.deg2rad([yaw_deg, pitch_deg, roll_deg])
    about_y = np.array([[np.cos(yaw), 0, -np.sin(yaw)], [0, 1, 0], [np.sin(yaw), 0, np.cos(yaw)]])
    about_x = np.array([[1, 0, 0], [0, np.cos(pitch), np.sin(pitch)], [0, -np.sin(pitch), np.cos(pitch)]])
    about_z = np.array([[np.cos(roll), -np.sin(roll), 0], [np.sin(roll), np.cos(roll), 0], [0, 0, 1]])
    return (about_z @ about_y @ about_x).T[:2]


def project(points_m, view):
    """Camera space (N, 3) -> px (N, 2)."""
    middle = np.array([view.width_px, view.height_px]) / 2
    return view.focal_px * points_m[:, :2] / points_m[:, 2:] + middle


def see(paint, board, view):
    """The picture `paint`, float32 (h, w, 4) premultiplied, on a board: a Patch; None where it reaches the camera."""
    corners_m = board.corners_m()
    if corners_m[:, 2].min() < NEAREST_M:
        return None
    seen = project(corners_m, view)
    low = np.floor(seen.min(axis=0)) - 1
    width, height = (np.ceil(seen.max(axis=0)) + 1 - low).astype(int)
    paint = _shrunk(paint, seen)
    h, w = paint.shape[:2]
    outline = np.array([[0, 0], [w, 0], [w, h], [0, h]]) - 0.5  # edges of pixels; warping counts from their middles
    target = (seen - low) * FINER - 0.5
    matrix = cv2.getPerspectiveTransform(outline.astype(np.float32), target.astype(np.float32))
    size = int(width) * FINER, int(height) * FINER
    fine = cv2.warpPerspective(paint, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
    return Patch(cv2.resize(fine, (int(width), int(height)), interpolation=cv2.INTER_AREA), *map(float, low))


def _shrunk(paint, seen_px):
    """The picture about as large as it is seen, so that no pixel of it is skipped."""
    sides = np.linalg.norm(seen_px - np.roll(seen_px, -1, axis=0), axis=1)  # top, right, bottom, left
    h, w = paint.shape[:2]
    size = min(w, int(np.ceil(FINER * max(sides[0], sides[2])))), min(h, int(np.ceil(FINER * max(sides[1], sides[3]))))
    return cv2.resize(paint, (max(size[0], 1), max(size[1], 1)), interpolation=cv2.INTER_AREA)
