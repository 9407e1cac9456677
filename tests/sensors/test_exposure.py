import dataclasses

import numpy as np
import pytest

from sensors import Optics, Shutter, expose
from sensors.optics import distort
from sensors.shutter import SCAN_DIRECTIONS
from sensors.timing import plan_sub_frames
from tests.reference.moving_scene import Disc, MovingScene
from tests.reference.slow_exposure import slow_box, slow_light

BUSY = MovingScene(
    discs=(Disc(30, 30, 6, 14, 400, 100), Disc(60, 20, 5, 12, -300, 200, (0.1, 0.2, 0.9))),
    pan_x=250, pan_y=-120, roll_deg_s=40)


def psnr(a, b):
    return -10 * np.log10(np.mean((a - b) ** 2))


@pytest.mark.parametrize("exposure_us", [0, 600, 2400])
@pytest.mark.parametrize("direction", SCAN_DIRECTIONS)
def test_matches_one_render_per_line_and_fine_time_step(direction, exposure_us):
    shutter = Shutter(exposure_us, 100, direction)
    slow = slow_light(BUSY, shutter, steps=max(1, exposure_us // 300))
    assert psnr(expose(BUSY, shutter).light, slow) >= 45


def test_global_shutter_matches_the_slow_reference():
    shutter = Shutter(5000, 0)
    assert psnr(expose(BUSY, shutter).light, slow_light(BUSY, shutter, steps=16)) >= 45


@pytest.mark.parametrize("seed", range(12))
def test_sub_frame_weights_are_shares_of_every_line(seed):
    rng = np.random.default_rng([seed])
    shutter = Shutter(rng.choice([0, rng.uniform(1, 20000)]), rng.choice([0, rng.uniform(1, 80)]),
                      SCAN_DIRECTIONS[seed % 4])
    speed = rng.uniform(0, 2000)
    plan = plan_sub_frames(shutter, 96, 64, speed)
    lines = np.arange(shutter.line_count(96, 64))
    np.testing.assert_allclose(plan.weights.sum(axis=0), 1, atol=1e-9)
    np.testing.assert_allclose(plan.middle.sum(axis=0), 1, atol=1e-9)
    assert (plan.weights >= -1e-12).all()
    assert np.all(np.diff(plan.times_s) * speed <= 0.5 + 1e-9)
    if len(plan.times_s) > 1:  # the mean time of a line's light is the middle of its exposure
        np.testing.assert_allclose(plan.times_s @ plan.weights, shutter.line_middle_s(lines), atol=1e-9)


class Counting:
    """A scene that remembers what was asked of it."""

    def __init__(self, scene):
        self.scene, self.width, self.height = scene, scene.width, scene.height
        self.actor_count, self.margin_px = scene.actor_count, scene.margin_px
        self.max_speed_px_s, self.actor_centre = scene.max_speed_px_s, scene.actor_centre
        self.asked = []

    def render(self, t_s, rows, cols):
        self.asked.append((t_s, rows, cols))
        return self.scene.render(t_s, rows, cols)


def test_a_still_scene_is_rendered_once_whatever_the_shutter():
    scene = Counting(MovingScene((Disc(30, 30, 6, 14),)))
    expose(scene, Shutter(20000, 50))
    assert len(scene.asked) == 1


def test_no_shutter_is_one_instant_at_the_start_time():
    scene = Counting(BUSY)
    exposed = expose(scene, start_s=0.25)
    assert [t for t, _, _ in scene.asked] == [0.25]
    np.testing.assert_array_equal(exposed.light, BUSY.render(0.25, slice(0, 64), slice(0, 96)).light)


@pytest.mark.parametrize("direction", SCAN_DIRECTIONS)
def test_only_the_lines_that_a_sub_frame_reaches_are_rendered(direction):
    scene = Counting(BUSY)
    shutter = Shutter(500, 200, direction)
    expose(scene, shutter)
    pixels = sum((rows.stop - rows.start) * (cols.stop - cols.start) for _, rows, cols in scene.asked)
    assert len(scene.asked) > 8
    assert pixels < 3.5 * scene.width * scene.height


def test_a_moving_bar_leans_by_speed_times_line_readout():
    speed, readout_us = 500.0, 100.0
    bar = MovingScene((Disc(30, 32, 4, 300, vx=speed),), wave_px=1e9)
    light = expose(bar, Shutter(0, readout_us)).light
    bar_share = np.abs(light - light[0, -1]).sum(axis=2)
    centre = (bar_share * np.arange(96)).sum(axis=1) / bar_share.sum(axis=1)
    slope = np.polyfit(np.arange(64), centre, 1)[0]
    assert slope == pytest.approx(speed * readout_us * 1e-6, rel=0.01)


def test_blur_is_speed_times_exposure():
    speed, exposure_us = 800.0, 10000.0
    edge = MovingScene((Disc(-170, 32, 200, 200, vx=speed),), wave_px=1e9)
    light = expose(edge, Shutter(exposure_us, 0)).light[32, :, 0]
    share = (light - light[-1]) / (light[0] - light[-1])
    # the ramp of a box blur over L px crosses 25 % and 75 % half of L apart
    at = [np.interp(-level, -share, np.arange(96)) for level in (0.75, 0.25)]
    assert 2 * (at[1] - at[0]) == pytest.approx(speed * exposure_us * 1e-6, abs=0.15)


@pytest.mark.parametrize("sign", [1, -1])
def test_a_vertical_mover_is_stretched_or_compressed(sign):
    speed, readout_us = sign * 2000.0, 100.0
    scene = MovingScene((Disc(48, 32 - sign * 6, 8, 12, vy=speed),), wave_px=1e9)
    (label,) = expose(scene, Shutter(0, readout_us)).labels
    assert label.box[3] - label.box[1] == pytest.approx(24 / (1 - speed * readout_us * 1e-6), abs=0.3)


@pytest.mark.parametrize("seed", range(24))
def test_boxes_match_the_slow_reference(seed):
    rng = np.random.default_rng([5, seed])
    discs = tuple(Disc(rng.uniform(2, 94), rng.uniform(2, 62), rng.uniform(4, 9), rng.uniform(4, 18),
                       rng.uniform(-600, 600), rng.uniform(-300, 300)) for _ in range(3))
    scene = MovingScene(discs)
    shutter = Shutter(rng.uniform(0, 6000), rng.uniform(0, 150), SCAN_DIRECTIONS[seed % 4])
    labels = {label.actor: label for label in expose(scene, shutter).labels}
    # the same scene drawn four times as fine, each fine line read a quarter as long after the one before
    finer = [Disc(4 * d.x + 1.5, 4 * d.y + 1.5, 4 * d.radius_x, 4 * d.radius_y, 4 * d.vx, 4 * d.vy)
             for d in discs]
    large = MovingScene(tuple(finer), width=96 * 4, height=64 * 4)
    fine = Shutter(shutter.exposure_us, shutter.line_readout_us / 4, shutter.scan_direction)
    for actor in range(3):
        box = slow_box(large, fine, actor)
        if box is None:
            assert actor not in labels
        elif actor in labels:
            np.testing.assert_allclose(labels[actor].box, np.array(box) / 4, atol=0.5)
        else:
            assert min(box[2] - box[0], box[3] - box[1]) <= 4  # less than a pixel of it is inside


def test_visible_fraction_and_truncation():
    far, near = Disc(20, 30, 10, 10), Disc(20, 40, 1000, 10)
    still = MovingScene((far, near))
    first = expose(still).labels[0]
    y, x = np.mgrid[:64, :96]
    cover, hidden = still.coverage_at(0, x, y, 0), still.coverage_at(1, x, y, 0)
    assert first.visible_fraction == pytest.approx((cover * (1 - hidden)).sum() / cover.sum(), abs=1e-3)
    assert first.truncation == pytest.approx(0, abs=1e-6)

    (half,) = expose(MovingScene((Disc(-0.5, 30, 10, 10),))).labels
    assert half.truncation == pytest.approx(0.5, abs=0.01)
    assert half.box[0] == 0 and half.box[2] == pytest.approx(10, abs=0.3)


def test_an_actor_out_of_the_frame_has_no_label():
    assert expose(MovingScene((Disc(-50, 30, 10, 10), Disc(30, 30, 5, 5)))).labels[0].actor == 1


def test_blur_skew_and_extent_of_a_label():
    scene = MovingScene((Disc(30, 30, 5, 15, vx=400),))
    (label,) = expose(scene, Shutter(5000, 100)).labels
    assert label.blur_px == pytest.approx(400 * 5e-3, abs=1e-6)
    assert label.skew_px == pytest.approx(400 * 100e-6 * 29, abs=0.1)
    (label,) = expose(scene, Shutter(5000, 0)).labels
    np.testing.assert_allclose(np.array(label.extent) - label.box, (-1, 0, 1, 0), atol=0.3)


@pytest.mark.parametrize("optics", [
    Optics(k1=-0.15, focal_px=70), Optics(k1=0.1, focal_px=70), Optics(k1=-0.1, k3=0.02, focal_px=70),
    Optics(k1=-0.1, p1=0.02, p2=-0.015, focal_px=70), Optics(model="kannala_brandt", k1=0.05, focal_px=70),
])
@pytest.mark.parametrize("direction", SCAN_DIRECTIONS)
def test_a_lens_moves_light_and_labels_alike(optics, direction):
    shutter = Shutter(1000, 100, direction)
    plain = MovingScene((Disc(24, 20, 7, 9, 300, 100, (1.0, 1.0, 1.0)),), wave_px=1e9)
    exposed = expose(plain, shutter, optics)
    (label,) = exposed.labels
    light = exposed.light.mean(axis=2)
    share = (light - light[-1, -1]) / (1 - light[-1, -1])
    rows, cols = np.nonzero(share >= 0.5)
    seen = cols.min(), rows.min(), cols.max() + 1, rows.max() + 1
    np.testing.assert_allclose(label.box, seen, atol=0.8)  # the pixel grid is worth 0.5
    x, y = distort(optics, 24 + 300 * 3e-3, 20 + 100 * 3e-3, 96, 64)
    np.testing.assert_allclose([(label.box[0] + label.box[2]) / 2, (label.box[1] + label.box[3]) / 2],
                               [x + 0.5, y + 0.5], atol=1.5)


def test_a_lens_is_timed_by_the_line_on_which_light_lands():
    optics, shutter = Optics(k1=-0.2, focal_px=80), Shutter(0, 150)
    scene = dataclasses.replace(BUSY, discs=())
    fast = expose(scene, shutter, optics).light
    slow = np.zeros_like(fast)
    for row in range(64):
        slow[row] = expose(scene, None, optics, start_s=row * 150e-6).light[row]
    assert psnr(fast, slow) >= 45
