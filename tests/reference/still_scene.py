"""Charts that stand still before a camera, drawn from formulas."""

from dataclasses import dataclass

import numpy as np

from sensors import Rendered


@dataclass(frozen=True)
class StillScene:
    """A picture as a scene. light: (height + 2 margin_px, width + 2 margin_px, 3) float32, linear."""

    light: np.ndarray
    margin_px: int = 0
    actor_count: int = 0

    @property
    def width(self):
        return self.light.shape[1] - 2 * self.margin_px

    @property
    def height(self):
        return self.light.shape[0] - 2 * self.margin_px

    def render(self, t_s, rows, cols):
        m = self.margin_px
        return Rendered(self.light[rows.start + m : rows.stop + m, cols.start + m : cols.stop + m].copy(), [])

    def max_speed_px_s(self):
        return 0.0

    def actor_centre(self, actor, t_s):
        raise IndexError("a still scene has no actors")


def grey(values, margin_px=0):
    """(H, W) values as a scene without colour."""
    return StillScene(np.repeat(np.asarray(values, np.float32)[..., None], 3, axis=2), margin_px)


def dots(points, sigmas, width, height, margin_px=0, background=0.0, peak=1.0):
    """Gaussian dots at points (N, 2) [px of the frame], each with its own sigma (N,) [px]."""
    light = np.full((height + 2 * margin_px, width + 2 * margin_px), background)
    for (x, y), sigma in zip(points + margin_px, sigmas, strict=True):
        reach = int(np.ceil(6 * sigma))
        x0, y0 = max(0, round(x) - reach), max(0, round(y) - reach)
        patch = light[y0 : round(y) + reach + 1, x0 : round(x) + reach + 1]
        rows, cols = np.indices(patch.shape)
        patch += (peak - background) * np.exp(-((cols + x0 - x) ** 2 + (rows + y0 - y) ** 2) / (2 * sigma**2))
    return grey(light, margin_px)


def edge(width, height, angle_rad, offset_px, low, high):
    """(H, W) values of a straight edge, each pixel the exact mean over its square.

    angle_rad: of the edge's normal against the x axis. offset_px: distance of the edge from the frame's centre. The
    share of a unit square beyond a line at signed distance d is the double integral of two boxes of the widths
    |cos| and |sin|.
    """
    y, x = np.mgrid[:height, :width].astype(float)
    distance = (x - (width - 1) / 2) * np.cos(angle_rad) + (y - (height - 1) / 2) * np.sin(angle_rad) - offset_px
    return low + (high - low) * share_beyond(distance, angle_rad)


def share_beyond(distance, angle_rad):
    """Share of a pixel whose centre is at `distance` beyond the edge."""
    a, b = abs(np.cos(angle_rad)), abs(np.sin(angle_rad))
    terms = [(1, (a + b) / 2), (-1, (a - b) / 2), (-1, (b - a) / 2), (1, -(a + b) / 2)]
    return sum(sign * np.maximum(distance + shift, 0) ** 2 / 2 for sign, shift in terms) / (a * b)
