"""Where the camera stands over the ground plane, and what that makes of metres in the picture.

Ground coordinates: x to the right, z forward, in metres, the camera above the origin. A pinhole camera looks
along +z, pitched down. Depth is the distance along the optical axis.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np


@dataclass(frozen=True)
class View:
    """A pinhole camera over a ground plane."""

    width_px: int
    height_px: int
    camera_height_m: float
    pitch_deg: float
    focal_px: float

    @cached_property
    def _axes(self):
        pitch = np.deg2rad(self.pitch_deg)
        return np.sin(pitch), np.cos(pitch)

    @property
    def horizon_px(self):
        """Row of the horizon; above the picture when negative."""
        sin, cos = self._axes
        return self.height_px / 2 - self.focal_px * sin / cos

    def project(self, x_m, y_m, z_m):
        """Ground coordinates and height above ground -> (u, v, depth), in px, px, m. Arrays broadcast."""
        sin, cos = self._axes
        down = self.camera_height_m - np.asarray(y_m, float)
        depth = down * sin + np.asarray(z_m, float) * cos
        depth = np.maximum(depth, 1e-3)
        v = self.height_px / 2 + self.focal_px * (down * cos - np.asarray(z_m, float) * sin) / depth
        return self.width_px / 2 + self.focal_px * np.asarray(x_m, float) / depth, v, depth

    def in_camera(self, x_m, y_m, z_m):
        """Ground coordinates and height above ground -> camera space (3,): x right, y down, z forward, in m."""
        sin, cos = self._axes
        down = self.camera_height_m - y_m
        return np.array([x_m, down * cos - z_m * sin, down * sin + z_m * cos], float)

    def rays(self):
        """Per pixel centre, a ray with depth 1: (right (1, W), down (H, 1), forward (H, 1)), float32."""
        sin, cos = self._axes
        right = (np.arange(self.width_px, dtype=np.float32) + 0.5 - self.width_px / 2)[None] / self.focal_px
        y = (np.arange(self.height_px, dtype=np.float32) + 0.5 - self.height_px / 2)[:, None] / self.focal_px
        return (
            right.astype(np.float32),
            (sin + y * cos).astype(np.float32),
            (cos - y * sin).astype(np.float32),
        )

    def ground_point(self, u_px, v_px):
        """The ground point seen at a pixel position below the horizon: (x, z) in metres. Arrays broadcast."""
        sin, cos = self._axes
        y = (v_px - self.height_px / 2) / self.focal_px
        depth = self.camera_height_m / np.maximum(sin + y * cos, 1e-6)
        return depth * (u_px - self.width_px / 2) / self.focal_px, depth * (cos - y * sin)

    def down_angle_deg(self, z_m, height_m=0.9):
        """How steeply the camera looks down on the middle of a person at distance z."""
        return float(np.rad2deg(np.arctan2(self.camera_height_m - height_m, z_m)))

    def person_height_px(self, v_px, stature_m=1.7):
        """Height in the picture of people whose feet are on rows v at the middle column, float or array."""
        _, z = self.ground_point(self.width_px / 2, v_px)
        _, top, _ = self.project(0.0, stature_m, z)
        return v_px - top

    def row_with_person_height(self, height_px, stature_m=1.7):
        """The row, inside the picture or below it, on which a person of that stature is `height_px` tall."""
        rows = np.linspace(self.horizon_px + 1.0, self.height_px * 3.0, 512)
        heights = self.person_height_px(rows, stature_m)
        # Far below the picture heights shrink again under a steep view: the first crossing counts.
        first = int(np.argmax(heights >= height_px)) if heights.max() >= height_px else int(np.argmax(heights))
        if first == 0:
            return float(rows[0])
        share = (height_px - heights[first - 1]) / max(heights[first] - heights[first - 1], 1e-9)
        return float(rows[first - 1] + min(share, 1.0) * (rows[first] - rows[first - 1]))


def draw_view(rng, ranges, width_px, height_px):
    """A camera that stands anywhere within ranges.camera_height_m_range, pitch_deg_range, focal_px_range."""
    height, pitch, focal = (
        float(rng.uniform(*r))
        for r in (ranges.camera_height_m_range, ranges.pitch_deg_range, ranges.focal_px_range)
    )
    return View(width_px, height_px, height, pitch, focal)
