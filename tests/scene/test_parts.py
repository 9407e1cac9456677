"""A scene that is exposed in parts, against one render of the whole scene per line and fine time step."""

import dataclasses

import numpy as np
import pytest

from pipeline.scene.windows import meet, merged
from sensors import Optics, Shutter, expose
from tests.reference.counting import Counting
from tests.reference.pictures import psnr_db
from tests.reference.scenes_in_parts import HEIGHT, draw_scene, draw_shutter
from tests.reference.slow_exposure import slow_light_by_line


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


@pytest.mark.parametrize("seed", range(12))
def test_what_an_actor_covers_does_not_turn_negative(seed):
    """Rounding must not: a camera refuses negative light. The background is dark, and people stand before it."""
    drawn = draw_scene(seed)
    background = np.float32(0.1) * np.abs(drawn.background)
    layers = tuple(dataclasses.replace(layer, rgba=dataclasses.replace(layer.rgba, values=_black(layer.rgba.values)))
                   for layer in drawn.layers)  # fmt: skip
    scene = dataclasses.replace(drawn, background=background, layers=layers)
    assert expose(scene, draw_shutter(seed)).light.min() >= 0


def _black(rgba):
    return np.dstack([np.zeros_like(rgba[..., :3]), np.sqrt(rgba[..., 3])])
