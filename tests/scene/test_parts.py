"""A scene that is exposed in parts, against one render of the whole scene per line and fine time step."""

import dataclasses

import numpy as np
import pytest

from pipeline.scene.layer import Layer, Patch
from pipeline.scene.motion import CameraMotion
from pipeline.scene.scene import Scene
from pipeline.scene.view import View
from pipeline.scene.windows import meet, merged
from sensors import Optics, Shutter, expose
from sensors.shutter import SCAN_DIRECTIONS
from tests.reference.counting import Counting
from tests.reference.pictures import psnr_db
from tests.reference.slow_exposure import slow_light_by_line

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


@pytest.mark.parametrize("seed", range(16))
def test_light_is_that_of_one_render_per_line_and_step(seed):
    scene, shutter = draw_scene(seed), draw_shutter(seed)
    steps = 1 + int(np.ceil(scene.max_speed_px_s() * shutter.exposure_s / 0.25))
    assert psnr_db(expose(scene, shutter).light, slow_light_by_line(scene, shutter, steps)) >= 50


@pytest.mark.parametrize("seed", range(16))
def test_labels_are_those_of_the_whole_scene_in_finer_sub_frames(seed):
    scene, shutter = draw_scene(seed), draw_shutter(seed)
    finer = Counting(scene)  # which has no parts
    finer.max_speed_px_s = lambda: 8 * scene.max_speed_px_s()
    optics = Optics(k1=-0.1, focal_px=150.0) if seed % 3 == 2 else None
    ours, whole = expose(scene, shutter, optics).labels, expose(finer, shutter, optics).labels
    assert [label.actor for label in ours] == [label.actor for label in whole]
    for one, other in zip(ours, whole, strict=True):
        np.testing.assert_allclose(one.box, other.box, atol=0.25)
        assert one.visible_fraction == pytest.approx(other.visible_fraction, abs=0.02)
        assert one.truncation == pytest.approx(other.truncation, abs=0.01)
        assert one.blur_px == pytest.approx(other.blur_px, abs=0.25)


def test_a_still_camera_draws_its_background_once():
    scene, asked = draw_scene(0), []
    background, *before = scene.parts(0.0, 0.02)

    def drawn(*window):
        asked.append(window)
        return background.render(*window)

    parts = [dataclasses.replace(background, render=drawn), *before]
    object.__setattr__(scene, "parts", lambda first_s, last_s: parts)
    expose(scene, Shutter(10000, 100))
    assert sum(rows.stop - rows.start for _, rows, _ in asked) == HEIGHT


@pytest.mark.parametrize("seed", range(10))
def test_merged_windows_hold_all_of_them_and_stay_apart(seed):
    rng = np.random.default_rng([seed])
    corner, size = rng.integers(0, 60, (12, 2)), rng.integers(1, 15, (12, 2))
    windows = [(*map(int, a), *map(int, a + b)) for a, b in zip(corner, size, strict=True)]
    apart = merged(windows)
    seen = np.zeros((80, 80), int)
    for x0, y0, x1, y1 in apart:
        seen[y0:y1, x0:x1] += 1
    assert seen.max() == 1
    for x0, y0, x1, y1 in windows:
        assert seen[y0:y1, x0:x1].all()
        assert sum(meet((x0, y0, x1, y1), other) for other in apart) == 1
