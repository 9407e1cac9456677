"""A real frame as a scene for the second camera: its light shifts with the shake, and its people with it."""

from dataclasses import dataclass

import cv2
import numpy as np

from pipeline.stress.shake import Shake
from sensors import Coverage, Rendered


@dataclass(frozen=True, eq=False)
class ShakenFrame:
    """A `sensors.exposure.Scene`.

    light: (H, W, 3) linear float32, the whole frame. boxes: (N, 4) float64 xyxy, pixel edges of the whole frame.
    margin: px cut off on every side, so that the moved picture needs nothing from beyond the frame.

    Of a person only the box is known. An ellipse that fills it stands for the silhouette: a person's box that leans
    as a rectangle would grow much wider than the person does.
    """

    light: np.ndarray
    boxes: np.ndarray
    margin: int
    shake: Shake = Shake()

    @property
    def width(self) -> int:
        return self.light.shape[1] - 2 * self.margin

    @property
    def height(self) -> int:
        return self.light.shape[0] - 2 * self.margin

    @property
    def actor_count(self) -> int:
        return len(self.boxes)

    def max_speed_px_s(self) -> float:
        return self.shake.max_speed_px_s()

    def actor_centre(self, actor: int, t_s: float) -> tuple[float, float]:
        x0, y0, x1, y1 = self.boxes[actor]
        dx, dy = self.shake.offset_px(t_s)
        return (x0 + x1 - 1) / 2 - self.margin + dx, (y0 + y1 - 1) / 2 - self.margin + dy

    def render(self, t_s: float, rows: slice, cols: slice) -> Rendered:
        dx, dy = self.shake.offset_px(t_s)
        source = np.array([[1, 0, cols.start + self.margin - dx], [0, 1, rows.start + self.margin - dy]])
        size = cols.stop - cols.start, rows.stop - rows.start
        light = cv2.warpAffine(self.light, source, size, flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP,
                               borderMode=cv2.BORDER_REPLICATE)
        light = np.maximum(light, 0, out=light)  # where the cubic overshot
        reached = [actor for actor in range(self.actor_count) if self._in_rows(actor, dy, rows)]
        return Rendered(light, [self._coverage(actor, t_s) for actor in reached])

    def _in_rows(self, actor: int, dy: float, rows: slice) -> bool:
        top, bottom = self.boxes[actor, [1, 3]] - self.margin + dy
        return top < rows.stop + 1 and bottom > rows.start - 1

    def _coverage(self, actor: int, t_s: float) -> Coverage:
        x0, y0, x1, y1 = self.boxes[actor]
        cx, cy = self.actor_centre(actor, t_s)
        left, top = int(np.floor(cx - (x1 - x0) / 2)), int(np.floor(cy - (y1 - y0) / 2))
        x = np.arange(left, int(np.ceil(cx + (x1 - x0) / 2)) + 1) - cx
        y = np.arange(top, int(np.ceil(cy + (y1 - y0) / 2)) + 1) - cy
        ellipse = ellipse_coverage(x[None, :], y[:, None], (x1 - x0) / 2, (y1 - y0) / 2)
        return Coverage(actor, top, left, ellipse, ellipse)


def ellipse_coverage(x: np.ndarray, y: np.ndarray, radius_x: float, radius_y: float) -> np.ndarray:
    """Share of each pixel inside an ellipse about (0, 0), float32; from the distance to its outline, to first order."""
    u, v = x / radius_x, y / radius_y
    level = np.hypot(u, v)
    distance = (level - 1) * level / np.maximum(np.hypot(u / radius_x, v / radius_y), 1e-9)
    return np.where(level < 0.5, 1, np.clip(0.5 - distance, 0, 1)).astype(np.float32)
