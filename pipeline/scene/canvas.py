"""A small canvas in metres on which things are drawn, anti-aliased."""

import cv2
import numpy as np

SHIFT = 4  # sub-pixel bits of OpenCV's drawing functions


class Canvas:
    """Anti-aliased drawing in metres: x to the right of the standing point, y up."""

    def __init__(self, left_m, right_m, top_m, px_per_m):
        self.px_per_m = px_per_m
        self.left_m, self.top_m = left_m, top_m
        h, w = int(top_m * px_per_m) + 4, int((right_m - left_m) * px_per_m) + 4
        self.display = np.zeros((h, w, 3), np.uint8)
        self.mask = np.zeros((h, w), np.uint8)

    def _points(self, points_m):
        points = np.asarray(points_m, float)
        x, y = points[:, 0] - self.left_m, self.top_m - points[:, 1]
        return np.round(np.stack([x, y], 1) * self.px_per_m * 2**SHIFT).astype(np.int32) + (2 << SHIFT)

    def polygon(self, points_m, tone):
        points = self._points(points_m)
        cv2.fillPoly(self.display, [points], _tone(tone), cv2.LINE_AA, SHIFT)
        cv2.fillPoly(self.mask, [points], 255, cv2.LINE_AA, SHIFT)

    def box(self, x0, y0, x1, y1, tone):
        self.polygon([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], tone)

    def bar(self, x0, y0, x1, y1, width, tone):
        """A straight bar between two points."""
        dx, dy = x1 - x0, y1 - y0
        length = np.hypot(dx, dy) + 1e-9
        nx, ny = -dy / length * width / 2, dx / length * width / 2
        self.polygon([(x0 + nx, y0 + ny), (x1 + nx, y1 + ny), (x1 - nx, y1 - ny), (x0 - nx, y0 - ny)], tone)

    def ellipse(self, x, y, rx, ry, tone):
        angle = np.linspace(0, 2 * np.pi, 24, endpoint=False)
        self.polygon(np.stack([x + rx * np.cos(angle), y + ry * np.sin(angle)], 1), tone)


def _tone(rgb):
    return tuple(float(value) for value in np.clip(rgb, 0, 255))
