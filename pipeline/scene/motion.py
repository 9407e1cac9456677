"""How the camera moves, as optical flow of a rigid scene.

Longuet-Higgins and Prazdny (1980): a small rotation (tilt, pan, roll) and translation move the image of a point at
(x, y) from the principal point and at depth Z by

    dx = -f*pan + y*roll + (x*Tz - f*Tx) / Z  - (x^2*pan - x*y*tilt) / f
    dy =  f*tilt - x*roll + (y*Tz - f*Ty) / Z + (y^2*tilt - x*y*pan) / f

It is linear in the six numbers of the camera's pose: what a unit of each moves is computed once for any points.
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

    def pose(self, focal_px, t_s):
        """Where the camera has turned and gone at times (...): (6, ...), pan, tilt, roll [rad], Tx, Ty, Tz [m]."""
        shake = np.sin(2 * np.pi * self.vibration_hz * t_s + self.vibration_phase) / focal_px
        pan = self.pan_rad_s * t_s + self.vibration_px[0] * shake
        tilt = self.tilt_rad_s * t_s + self.vibration_px[1] * shake
        return np.array([pan, tilt, self.roll_rad_s * t_s, *(v * t_s for v in self.velocity_m_s)])

    def speed_px_s(self, flow_by_pose, focal_px, own_px_s=(0.0, 0.0)):
        """Bounds on the speed of points with that flow_by_pose (6, 2, ...) and a velocity of their own (2, ...)."""
        rates = self.pan_rad_s, self.tilt_rad_s, self.roll_rad_s, *self.velocity_m_s
        shakes = 2 * np.pi * self.vibration_hz / focal_px * np.array(self.vibration_px)
        dx, dy = np.tensordot(rates, flow_by_pose, 1)
        return np.hypot(dx + own_px_s[0], dy + own_px_s[1]) + np.hypot(*np.tensordot(shakes, flow_by_pose[:2], 1))

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


def flow_by_pose(x_px, y_px, depth_m, focal_px):
    """Displacement (dx, dy) of points by a unit of each number of a pose: (6, 2, ...) px per rad or m.

    x_px, y_px: relative to the principal point; arrays broadcast. Times a pose, summed over its six numbers, it is the
    optical flow.
    """
    x, y, nearness = np.broadcast_arrays(x_px, y_px, 1 / np.asarray(depth_m))
    zero, sliding = np.zeros_like(nearness), -focal_px * nearness
    return np.array([
        (-focal_px - x * x / focal_px, -x * y / focal_px),
        (x * y / focal_px, focal_px + y * y / focal_px),
        (y, -x),
        (sliding, zero),
        (zero, sliding),
        (x * nearness, y * nearness),
    ])  # fmt: skip


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
