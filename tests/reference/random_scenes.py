"""Random moving scenes and shutters, from harmless to harsh."""

import numpy as np

from sensors import Shutter
from sensors.shutter import SCAN_DIRECTIONS
from tests.reference.moving_scene import Disc, MovingScene


def draw_discs(rng, count: int, width: int, height: int, speed_px_s: float) -> tuple[Disc, ...]:
    """People-like ellipses anywhere in the frame, so that some stick out of it, each moving its own way."""
    return tuple(_draw_disc(rng, width, height, height / 64, speed_px_s) for _ in range(count))


def draw_scene(rng, width: int, height: int, speed_px_s: float, shake_px: float) -> MovingScene:
    """Three actors before a background that pans and rolls, and all of it shakes, in one to three periods a frame."""
    pan_x, pan_y = rng.uniform(-speed_px_s / 2, speed_px_s / 2, 2)
    shake_x, shake_y = rng.uniform(-shake_px, shake_px, 2)
    return MovingScene(
        draw_discs(rng, 3, width, height, speed_px_s),
        width,
        height,
        pan_x,
        pan_y,
        roll_deg_s=rng.uniform(-60, 60),
        shake_x=shake_x,
        shake_y=shake_y,
        shake_hz=rng.uniform(20, 150),
        shake_phase=rng.uniform(0, 2 * np.pi),
        wave_px=rng.uniform(7, 20),
    )


def draw_shutter(rng, number: int, exposure_us: float, line_readout_us: float) -> Shutter:
    """Shutters in turn: every scan direction, one in four without exposure time, one in five global."""
    exposure_us, line_readout_us = rng.uniform(0, exposure_us), rng.uniform(0, line_readout_us)
    direction = SCAN_DIRECTIONS[number % 4]
    return Shutter(
        0.0 if number // 4 % 4 == 3 else exposure_us, 0.0 if number // 4 % 5 == 4 else line_readout_us, direction
    )


def _draw_disc(rng, width, height, scale, speed_px_s) -> Disc:
    x, y = rng.uniform(0, width), rng.uniform(0, height)
    radius_x, radius_y = rng.uniform(4, 9) * scale, rng.uniform(4, 18) * scale
    heading, speed = rng.uniform(0, 2 * np.pi), rng.uniform(0, speed_px_s)
    vx, vy = speed * np.cos(heading), speed * np.sin(heading)
    return Disc(x, y, radius_x, radius_y, vx, vy, tuple(rng.uniform(0, 1, 3)))
