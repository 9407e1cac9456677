"""A flat photograph before a camera that shakes: video with known readout, shake and vignetting."""

from dataclasses import dataclass

import cv2
import numpy as np
from skimage import data

from sensors import Rendered
from sensors.isp import linear_from_srgb

PICTURES = (data.astronaut, data.coffee, data.rocket, data.chelsea)


@dataclass
class ShakyScene:
    """Pans and shakes: path (x, y) = speed * t + sum of sinusoids [px]. margin of the picture: half the difference."""

    picture: np.ndarray  # linear light, larger than the frame
    width: int
    height: int
    speed_px_s: tuple[float, float]
    waves: tuple[tuple[float, float, float, float], ...]  # (hz, phase, amplitude x, amplitude y)
    actor_count: int = 0

    def path(self, t_s):
        x, y = self.speed_px_s[0] * t_s, self.speed_px_s[1] * t_s
        for hz, phase, ax, ay in self.waves:
            x, y = x + ax * np.sin(2 * np.pi * hz * t_s + phase), y + ay * np.cos(2 * np.pi * hz * t_s + phase)
        return x, y

    def max_speed_px_s(self):
        return float(np.hypot(*self.speed_px_s) + sum(2 * np.pi * w[0] * np.hypot(w[2], w[3]) for w in self.waves))

    def actor_centre(self, actor, t_s):
        raise IndexError(actor)

    def render(self, t_s, rows, cols):
        dx, dy = self.path(t_s)
        size = cols.stop - cols.start, rows.stop - rows.start
        left = (self.picture.shape[1] - self.width) / 2 + cols.start - dx
        top = (self.picture.shape[0] - self.height) / 2 + rows.start - dy
        matrix = np.float32([[1, 0, left], [0, 1, top]])
        light = cv2.warpAffine(self.picture, matrix, size, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
                               borderMode=cv2.BORDER_REFLECT)
        return Rendered(light, [])


def draw_shaky_scene(rng, width=320, height=240, speed_px_s=(0.0, 0.0), shake=True, margin=1.45):
    picture = PICTURES[int(rng.integers(len(PICTURES)))]()
    zoom = margin * max(width / picture.shape[1], height / picture.shape[0])
    light = linear_from_srgb(cv2.resize(picture, None, fx=zoom, fy=zoom) / 255.0).astype(np.float32)
    waves = tuple((float(rng.uniform(1.5, 7)), float(rng.uniform(0, 6.28)), *map(float, rng.uniform(1, 4, 2)))
                  for _ in range(3)) if shake else ()
    return ShakyScene(np.ascontiguousarray(light), width, height, speed_px_s, waves)
