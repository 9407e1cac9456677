"""Random scenes of the pipeline, drawn in parts: people, walls, shadows, moving cameras."""

import dataclasses

import numpy as np

from pipeline.scene.layer import Layer, Patch
from pipeline.scene.motion import CameraMotion
from pipeline.scene.scene import Scene
from pipeline.scene.view import View
from sensors import Shutter
from sensors.shutter import SCAN_DIRECTIONS

WIDTH, HEIGHT = 112, 80
VIEW = View(WIDTH, HEIGHT, 4.0, 15.0, 150.0)


@dataclasses.dataclass(frozen=True, eq=False)
class Whole(Scene):
    """The same scene for those who ask for all of its light at once."""

    margin_px = 0

    def light(self, t_s, rows, cols):
        return self.render(t_s, rows, cols).light


def draw_scene(seed):
    """Walkers and things, near and far, some with shadows, behind a wall or beyond the border; odd cameras move."""
    rng = np.random.default_rng([seed])
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    waves = np.sin(x / rng.uniform(2, 5)) * np.cos(y / rng.uniform(2, 5))
    background = (0.5 + 0.4 * waves[..., None] * rng.uniform(-1, 1, 3)).astype(np.float32)
    depth = (60 / (1 + y / 10)).astype(np.float32)
    depth[:, 80:] = np.minimum(depth[:, 80:], 9.0)
    motion = CameraMotion()
    if seed % 2:
        turn, velocity = rng.normal(0, 0.6, 3), tuple(rng.normal(0, 2, 3))
        motion = CameraMotion(*turn, velocity, tuple(rng.uniform(0, 1, 2)), rng.uniform(5, 40), rng.uniform(0, 6))
    return Whole(background, depth, tuple(_draw_layer(rng, i % 3 < 2) for i in range(5)), VIEW, motion)


def _draw_layer(rng, person):
    h, w = rng.integers(10, 40, 2)
    y, x = np.mgrid[:h, :w]
    radius = np.hypot((x + 0.5 - w / 2) / (w / 2), (y + 0.5 - h / 2) / (h / 2))
    alpha = np.clip((1 - radius) * 3, 0, 1)
    rgba = np.dstack([rng.uniform(0, 1, 3) * alpha[..., None], alpha]).astype(np.float32)
    x0, y0 = rng.uniform(-10, WIDTH - 10), rng.uniform(-10, HEIGHT - 10)
    velocity = tuple(rng.normal(0, 150, 2)) if person else (0.0, 0.0)
    return Layer(Patch(rgba, x0, y0), (x0 + w / 2, y0 + h), rng.uniform(4, 30), velocity, person)


def draw_shutter(seed):
    rng = np.random.default_rng([seed, 1])
    exposure_us = 0.0 if seed % 5 == 4 else rng.uniform(500, 15000)
    readout_us = 0.0 if seed % 7 == 6 else rng.uniform(10, 150)
    return Shutter(exposure_us, readout_us, SCAN_DIRECTIONS[seed % 4])
