"""What a moving camera tells, against videos whose motion is known."""

import numpy as np
import pytest

from sensors import Camera, CameraProfile, Cfa, Codec, Isp, Optics, Sensor, Shutter
from sensors.calibrate import calibrate
from sensors.camera_motion import band_shifts, moves, path_shifts, shake_px, shift_between
from sensors.readout_fit import fit_readout
from sensors.single_frame_noise import single_frame_noise
from tests.prove.shaky import draw_shaky_scene

FRAMES_PER_S = 30.0
PROFILE = CameraProfile(
    Shutter(3000, 100), Optics(psf_sigma_px=0.8, vignetting=0.3), None, Sensor(2000, 2000, read_noise_e=10),
    Cfa(), Isp(), Codec(90),
)  # fmt: skip


def video(profile, scene, count=30, seed=3):
    rng = np.random.default_rng([seed])
    return [Camera(profile).photograph(scene, rng, n / FRAMES_PER_S).image for n in range(count)]


@pytest.fixture(scope="module")
def shaky():
    scene = draw_shaky_scene(np.random.default_rng([8]), speed_px_s=(60.0, 25.0), margin=2.2)
    return scene, video(PROFILE, scene)


def test_shift_of_a_moved_picture():
    rng = np.random.default_rng([2])
    plane = rng.uniform(0, 255, (120, 160)).astype(np.float32)
    before = plane.copy()
    dx, dy = shift_between(plane, np.roll(plane, (5, -3), axis=(0, 1)))
    assert dx == pytest.approx(-3, abs=0.1) and dy == pytest.approx(5, abs=0.1)
    np.testing.assert_array_equal(plane, before)


def test_path_and_shake_are_those_of_the_scene(shaky):
    scene, frames = shaky
    path = path_shifts(band_shifts(frames)[0])
    lag = 0.5 * scene.height * 100e-6  # the middle line is exposed that much later
    true = np.diff([scene.path(n / FRAMES_PER_S + lag + 1.5e-3) for n in range(len(frames))], axis=0)
    assert np.median(np.abs(path - true)) < 0.3  # the tracked corners are not spread evenly about the middle line
    assert shake_px(path) == pytest.approx(shake_px(true), rel=0.1)
    assert moves(frames) and not moves([frames[0]] * 10)


def test_calibration_of_a_moving_camera(shaky):
    calibration = calibrate(shaky[1], frames_per_s=FRAMES_PER_S)
    fitted = calibration.profile
    assert calibration.measured["camera"] == "moving"
    assert fitted.shutter.line_readout_us == pytest.approx(100, rel=0.1)
    assert fitted.shutter.scan_direction == "top_to_bottom"
    assert fitted.optics.vignetting == pytest.approx(0.3, abs=0.05)
    low, high = calibration.ranges["sensor.electrons_at_white"]
    assert low < 2000 < high
    assert any("exposure_us" in reason for reason in calibration.unknown)


def test_without_a_rate_the_readout_stays_in_frame_intervals(shaky):
    calibration = calibrate(shaky[1])
    assert calibration.profile.shutter is None and "shutter.line_readout_us" not in calibration.ranges
    share = calibration.measured["line_readout_frame_intervals"]
    assert share == pytest.approx(100e-6 * FRAMES_PER_S, rel=0.1)


def test_a_steady_pan_does_not_tell_the_readout():
    scene = draw_shaky_scene(np.random.default_rng([9]), speed_px_s=(90.0, 0.0), shake=False, margin=2.2)
    shifts, rows = band_shifts(video(PROFILE, scene, 20))
    assert not fit_readout(shifts, rows, scene.height).told


def test_single_frame_noise_follows_planted_noise():
    rng = np.random.default_rng([5])
    ramp = np.repeat(np.linspace(40, 215, 640)[None, :, None], 320, axis=0).repeat(3, axis=2)
    curves = []
    for gain in (1.0, 2.0):
        noisy = ramp + gain * rng.normal(0, 1, (*ramp.shape[:2], 1)) * (1 + ramp / 80)
        curves.append(single_frame_noise([np.clip(np.rint(noisy), 0, 255).astype(np.uint8)]))
    told = np.isfinite(curves[0].std) & np.isfinite(curves[1].std)
    assert told.sum() > 15
    np.testing.assert_allclose(curves[1].std[told] / curves[0].std[told], 2.0, rtol=0.12)
