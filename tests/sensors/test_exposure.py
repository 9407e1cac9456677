import dataclasses

import numpy as np
import pytest

from sensors import Optics, Shutter, expose
from sensors.optics import distort
from sensors.shutter import SCAN_DIRECTIONS
from sensors.timing import plan_sub_frames
from tests.reference.counting import Counting
from tests.reference.moving_scene import Disc, MovingScene
from tests.reference.pictures import psnr_db
from tests.reference.slow_exposure import slow_light

BUSY = MovingScene(
    discs=(Disc(30, 30, 6, 14, 400, 100), Disc(60, 20, 5, 12, -300, 200, (0.1, 0.2, 0.9))),
    pan_x=250, pan_y=-120, roll_deg_s=40)


def test_global_shutter_matches_the_slow_reference():
    shutter = Shutter(5000, 0)
    assert psnr_db(expose(BUSY, shutter).light, slow_light(BUSY, shutter, steps=16)) >= 45


def test_motion_of_many_pixels_per_line_matches_the_slow_reference():
    scene = MovingScene((Disc(10, 32, 6, 14, 15000, -4000),), wave_px=1e9)
    shutter = Shutter(0, 150)
    assert psnr_db(expose(scene, shutter).light, slow_light(scene, shutter, steps=1)) >= 45


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
    assert len(scene.asked) > 8
    assert scene.pixels < 3.5 * scene.width * scene.height


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
    assert psnr_db(fast, slow) >= 45
