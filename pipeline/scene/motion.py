"""How the camera moves, as optical flow of a rigid scene.

Longuet-Higgins and Prazdny (1980): a small rotation (tilt, pan, roll) and translation move the image of a point at
(x, y) from the principal point and at depth Z by

    dx = -f*pan + y*roll + (x*Tz - f*Tx) / Z  - (x^2*pan - x*y*tilt) / f
    dy =  f*tilt - x*roll + (y*Tz - f*Ty) / Z + (y^2*tilt - x*y*pan) / f
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class CameraMotion:
    """Constant rates plus a vibration of the viewing direction. All zero: a solid mount."""

    pan_rad_s: float = 0.0
    tilt_rad_s: float = 0.0
    roll_rad_s: float = 0.0
    velocity_m_s: tuple[float, float, float] = (0.0, 0.0, 0.0)
    vibration_px: tuple[float, float] = (0.0, 0.0)
    vibration_hz: float = 1.0
    vibration_phase: float = 0.0

    @property
    def is_still(self):
        rates = (self.pan_rad_s, self.tilt_rad_s, self.roll_rad_s, *self.velocity_m_s, *self.vibration_px)
        return not any(rates)

    def flow(self, x_px, y_px, depth_m, focal_px, t_s):
        """Displacement (dx, dy) in px at time t of points given relative to the principal point; arrays broadcast."""
        shake = np.sin(2 * np.pi * self.vibration_hz * t_s + self.vibration_phase)
        pan = self.pan_rad_s * t_s + self.vibration_px[0] * shake / focal_px
        tilt = self.tilt_rad_s * t_s + self.vibration_px[1] * shake / focal_px
        roll = self.roll_rad_s * t_s
        tx, ty, tz = (v * t_s for v in self.velocity_m_s)
        inverse_depth = 1.0 / depth_m
        dx = -focal_px * pan + y_px * roll + (x_px * tz - focal_px * tx) * inverse_depth
        dx = dx - x_px * (x_px * (pan / focal_px)) + x_px * (y_px * (tilt / focal_px))
        dy = focal_px * tilt - x_px * roll + (y_px * tz - focal_px * ty) * inverse_depth
        dy = dy + y_px * (y_px * (tilt / focal_px)) - x_px * (y_px * (pan / focal_px))
        return dx, dy

    def max_speed_px_s(self, width_px, height_px, focal_px, nearest_m):
        """A bound on the flow's speed anywhere in a picture whose nearest point is `nearest_m` away."""
        if self.is_still:
            return 0.0
        x, y = width_px / 2, height_px / 2
        vibration = 2 * np.pi * self.vibration_hz * np.hypot(*self.vibration_px) / focal_px
        turning = np.hypot(self.pan_rad_s, self.tilt_rad_s) + vibration
        radius = np.hypot(x, y)
        tx, ty, tz = np.abs(self.velocity_m_s)
        sliding = np.hypot(focal_px * tx + x * tz, focal_px * ty + y * tz) / nearest_m
        return float(turning * (focal_px + radius**2 / focal_px) + radius * abs(self.roll_rad_s) + sliding)


def draw_motion(rng, scenes):
    """A solid mount, or a camera that turns, moves and shakes. All draws are made either way."""
    moving = rng.uniform() < scenes.moving_camera_probability
    ranges = (scenes.pan_deg_s_range, scenes.tilt_deg_s_range, scenes.roll_deg_s_range)
    pan, tilt, roll = (float(np.deg2rad(rng.uniform(*r))) for r in ranges)
    heading, speed = rng.uniform(0, 2 * np.pi), rng.uniform(*scenes.camera_speed_m_s_range)
    amplitude, angle = rng.uniform(*scenes.vibration_px_range), rng.uniform(0, 2 * np.pi)
    hertz, phase = float(rng.uniform(*scenes.vibration_hz_range)), float(rng.uniform(0, 2 * np.pi))
    if not moving:
        return CameraMotion()
    velocity = (float(speed * np.cos(heading)), 0.0, float(speed * np.sin(heading)))
    vibration = (float(amplitude * np.cos(angle)), float(amplitude * np.sin(angle)))
    return CameraMotion(pan, tilt, roll, velocity, vibration, hertz, phase)
