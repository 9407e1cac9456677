"""A spinning two-bladed propeller, drawn from a formula, and its textbook shape under a rolling shutter.

The blades are one straight bar through the hub. A row read at time t shows the bar at the angle
theta = theta0 + omega t, so its blade's centre line is where the line through the hub at that angle crosses the
row: x = hub_x + (y - hub_y) cot(theta0 + omega t(y)).
"""

from dataclasses import dataclass

import numpy as np

from sensors import Rendered

LIGHT, BLADE = (0.7, 0.7, 0.7), (0.05, 0.1, 0.2)


@dataclass(frozen=True)
class Propeller:
    """Angles grow from the x axis towards the y axis (clockwise as seen). hub: pixel centre coordinates."""

    width: int
    height: int
    hub: tuple[float, float]
    length_px: float
    half_width_px: float
    theta0_rad: float
    omega_rad_s: float
    actor_count = 0
    margin_px = 0

    def max_speed_px_s(self) -> float:
        return abs(self.omega_rad_s) * (self.length_px + 1)

    def actor_centre(self, actor: int, t_s: float) -> tuple[float, float]:
        raise IndexError("a propeller has no actors")

    def render(self, t_s: float, rows: slice, cols: slice) -> Rendered:
        y, x = np.mgrid[rows.start : rows.stop, cols.start : cols.stop].astype(np.float64)
        theta = self.theta0_rad + self.omega_rad_s * t_s
        x, y = x - self.hub[0], y - self.hub[1]
        along, across = np.cos(theta) * x + np.sin(theta) * y, np.cos(theta) * y - np.sin(theta) * x
        inside = np.clip(self.half_width_px + 0.5 - np.abs(across), 0, 1)
        inside *= np.clip(self.length_px + 0.5 - np.abs(along), 0, 1)
        light = np.array(LIGHT) + inside[..., None] * (np.array(BLADE) - LIGHT)
        return Rendered(light.astype(np.float32), [])

    def centre_line(self, row_times_s: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """x of the blade's centre line in every row (H,), and the rows (H,) bool that show its whole width."""
        y = np.arange(self.height) - self.hub[1]
        theta = self.theta0_rad + self.omega_rad_s * row_times_s
        with np.errstate(divide="ignore", invalid="ignore"):
            x = y / np.tan(theta)
            half_cut = (self.half_width_px + 1) / np.abs(np.sin(theta))  # half of what the row cuts of the bar
        reach = np.hypot(np.abs(x) + half_cut, y)
        whole = (reach < self.length_px) & (np.abs(x + self.hub[0] - (self.width - 1) / 2) + half_cut < self.width / 2)
        return self.hub[0] + x, whole
