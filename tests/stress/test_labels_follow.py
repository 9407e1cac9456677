"""A white ellipse on grey is photographed by the shaking camera; its box is looked for in the light itself."""

import numpy as np
import pytest

from pipeline.stress.scene import ShakenFrame
from pipeline.stress.shake import Shake, draw_shake
from sensors import Shutter, expose
from tests.stress.made_up import STRESS, ellipse_light, half_box

BOX = (90, 60, 130, 140)
MARGIN = 32
GROUND = np.float32(0.3)  # light beside the ellipse: the resampling's overshoot must not be clipped at black


def moved(shake, shutter):
    """(brightness of the exposed frame (h, w), label box) of the ellipse; the shake is centred on the frame's time."""
    light = GROUND + (1 - GROUND) * ellipse_light(BOX)
    scene = ShakenFrame(light, np.array([BOX], float), MARGIN)
    duration = shutter.frame_duration_s(scene.width, scene.height)
    scene = ShakenFrame(scene.light, scene.boxes, MARGIN, shake.centred(duration))
    exposed = expose(scene, shutter)
    (label,) = exposed.labels
    return (exposed.light[..., 1] - GROUND) / (1 - GROUND), np.array(label.box), label


def test_at_rest_the_label_is_the_box():
    light, box, _ = moved(Shake(), Shutter())
    np.testing.assert_allclose(box, np.array(BOX) - MARGIN, atol=0.3)
    np.testing.assert_allclose(half_box(light), np.array(BOX) - MARGIN, atol=1)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("skew_px", [10.0, 40.0])
def test_a_rolling_shutter_takes_label_and_light_to_the_same_place(seed, skew_px):
    shake = draw_shake(np.random.default_rng([seed]), STRESS)
    readout_us = shake.duration_s(skew_px) * 1e6 / 127
    light, box, _ = moved(shake, Shutter(line_readout_us=readout_us))
    np.testing.assert_allclose(box, half_box(light), atol=1.0)  # the box that was looked for is in whole pixels


@pytest.mark.parametrize("pan", [(900.0, 0.0), (0.0, 900.0), (600.0, -600.0)])
def test_a_rolling_shutter_changes_the_box(pan):
    """Else the test above could pass with a label that never moves."""
    shake = Shake(pan_px_s=pan)
    _, box, _ = moved(shake, Shutter(line_readout_us=shake.duration_s(40.0) * 1e6 / 127))
    assert np.abs(box - (np.array(BOX) - MARGIN)).max() > 3


@pytest.mark.parametrize("angle", [0.0, 0.6, 1.6, 2.5])
def test_blur_lies_on_both_sides_of_the_label(angle):
    """Uniform motion: an edge rises from 0 to 1 over the blur, and passes one half where it was at mid-exposure."""
    shake = Shake(pan_px_s=(500 * np.cos(angle), 500 * np.sin(angle)))
    light, box, label = moved(shake, Shutter(exposure_us=shake.duration_s(12.0) * 1e6))
    np.testing.assert_allclose(box, half_box(light), atol=1.0)
    assert label.blur_px == pytest.approx(12.0, abs=0.1)
    ys, xs = np.nonzero(light > 0.01)
    smeared = xs.min(), ys.min(), xs.max() + 1, ys.max() + 1
    x, y = np.abs(6 * np.cos(angle)), np.abs(6 * np.sin(angle))
    np.testing.assert_allclose(smeared, box + (-x, -y, x, y), atol=1.5)


@pytest.mark.parametrize("seed", range(4))
def test_a_curved_path_smears_around_the_label(seed):
    shake = draw_shake(np.random.default_rng([seed]), STRESS)
    light, box, _ = moved(shake, Shutter(exposure_us=shake.duration_s(10.0) * 1e6))
    rows, columns = np.mgrid[0 : light.shape[0], 0 : light.shape[1]] + 0.5
    centre = np.array([(light * columns).sum(), (light * rows).sum()]) / light.sum()
    np.testing.assert_allclose(centre, (box[:2] + box[2:]) / 2, atol=2.0)


def test_no_light_comes_from_beyond_the_frame_and_none_is_lost():
    shake = Shake(pan_px_s=(700.0, 0.0))
    light, _, _ = moved(shake, Shutter(exposure_us=shake.duration_s(20.0) * 1e6))
    assert light.sum() == pytest.approx(ellipse_light(BOX)[..., 1].sum(), rel=1e-3)
