import json
from dataclasses import replace

import cv2
import numpy as np
import pytest
from skimage import data

from sensors import Camera, CameraProfile, Cfa, Codec, Isp, Optics, Sensor
from sensors.calibrate import Calibration, CalibrationError, calibrate, median_plate
from sensors.codec import decode, encode
from sensors.edges import edge_profile
from sensors.fits import fit_colour
from sensors.isp import linear_from_srgb
from sensors.jpeg_tables import lattice_quality
from sensors.statistics import block_coefficients, blockiness, chroma_excess, luma
from sensors.subsampling import subsampling_of
from sensors.temporal_noise import noise_curve

KNOWN = CameraProfile(
    optics=Optics(psf_sigma_px=0.9), sensor=Sensor(2500, 2500, read_noise_e=15), cfa=Cfa(),
    isp=Isp(sharpening=0.8, sharpening_sigma_px=1.4), codec=Codec(88, "420"))


def photograph(scale=1.0):
    image = cv2.resize(data.astronaut(), None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(image)


def edge_target(width=448, height=320):
    """Linear light of tilted grey cards, anti-aliased: straight edges in all directions, middle tones."""
    rng = np.random.default_rng([11])
    fine = np.full((4 * height, 4 * width), linear_from_srgb(0.5), np.float32)
    for row in range(3):
        for col in range(4):
            level = linear_from_srgb(rng.choice([0.3, 0.7]) + rng.uniform(-0.05, 0.05))
            centre = 4 * np.array([(col + 0.5) * width / 4, (row + 0.5) * height / 3])
            card = cv2.boxPoints((tuple(centre), tuple(4 * rng.uniform(42, 66, 2)), rng.uniform(0, 90)))
            cv2.fillPoly(fine, [np.rint(card).astype(np.int32)], float(level))
    return cv2.cvtColor(cv2.resize(fine, (width, height), interpolation=cv2.INTER_AREA), cv2.COLOR_GRAY2RGB)


def footage(profile, count=24):
    """A still life of grey cards, a ramp and a photograph, with a bright thing that walks through."""
    light = np.vstack([edge_target(), np.ones((160, 448, 3), np.float32)])
    light[320:, :288] = (np.linspace(0.02, 0.9, 288)[None, :, None]).astype(np.float32)
    light[320:, 288:] = linear_from_srgb(photograph(0.5)[40:200, 40:200] / 255.0)
    camera, frames = Camera(profile), []
    for i in range(count):
        now = light.copy()
        now[380:420, 12 * i : 12 * i + 30] = 0.95
        frames.append(camera.develop(now, np.random.default_rng([3, i]))[0])
    return frames


@pytest.fixture(scope="module")
def calibration():
    return calibrate(footage(KNOWN))


def test_recovers_a_known_camera(calibration):
    fitted = calibration.profile
    assert abs(fitted.codec.jpeg_quality - 88) <= 3 and fitted.codec.subsampling == "420"
    assert fitted.sensor.electrons_at_white == pytest.approx(2500, rel=0.1)
    assert fitted.sensor.read_noise_e == pytest.approx(15, rel=0.1)
    blur = np.hypot(fitted.optics.psf_sigma_px, fitted.isp.denoise_sigma_px)
    assert blur == pytest.approx(0.9, rel=0.15)
    assert fitted.isp.sharpening == pytest.approx(0.8, rel=0.4)


def test_its_pictures_have_the_statistics_of_the_known_camera(calibration):
    """On another scene, which calibration never saw."""
    known, fitted = (Camera(p) for p in (KNOWN, calibration.profile))
    light = linear_from_srgb(photograph() / 255.0).astype(np.float32)
    stacks = [np.stack([camera.develop(light, np.random.default_rng([i]))[0] for i in range(5)])
              for camera in (known, fitted)]
    curves = [noise_curve(s, s.mean(axis=0, dtype=np.float32)) for s in stacks]
    ratio = curves[1].std / curves[0].std
    assert np.nanmedian(np.abs(np.log(ratio))) < 0.1
    assert blockiness(stacks[1][0]) == pytest.approx(blockiness(stacks[0][0]), abs=0.03)
    profiles = [edge_profile(s[0])[0] for s in stacks]
    assert np.abs(profiles[0] - profiles[1]).max() < 0.06


def test_ranges_and_unknown_are_reported(calibration):
    for key, (low, high) in calibration.ranges.items():
        assert low <= high, key
    low, high = calibration.ranges["optics.psf_sigma_px"]
    denoise_low, denoise_high = calibration.ranges["isp.denoise_sigma_px"]
    assert np.hypot(low, denoise_low) < 0.9 < np.hypot(high, denoise_high)
    text = " ".join(calibration.unknown)
    assert "shutter" in text and "isp.saturation" in text
    assert calibration.profile.shutter is None and calibration.profile.isp.saturation == 1


def test_sets_of_values_that_hang_together(calibration):
    """Each set shows as much noise as the known camera, though their electrons and sharpening differ."""
    keys = {"optics.psf_sigma_px", "isp.denoise_sigma_px", "isp.sharpening", "isp.sharpening_sigma_px",
            "sensor.electrons_at_white", "sensor.read_noise_e"}  # fmt: skip
    assert len(calibration.joint) >= 4 and all(set(values) == keys for values in calibration.joint)
    grey = np.full((256, 256, 3), 0.2, np.float32)
    known = Camera(KNOWN).develop(grey, np.random.default_rng([1]))[0].std()
    for values in calibration.joint:
        made = Camera(with_values(calibration.profile, values)).develop(grey, np.random.default_rng([1]))[0].std()
        assert made == pytest.approx(known, rel=0.15)


def test_no_camera_has_noise_that_a_coarse_codec_would_have_shown():
    """A clean camera on the move, behind coarse JPEG, where weak noise hides: by pictures, none has twice the noise of
    the fitted camera."""
    known = CameraProfile(sensor=Sensor(2e4, 2e4, read_noise_e=20), cfa=Cfa(), isp=Isp(), codec=Codec(50, "420"))
    light = linear_from_srgb(photograph().mean(axis=2, keepdims=True).repeat(3, axis=2) / 255.0).astype(np.float32)
    views = [np.ascontiguousarray(light[31 * i % 60 :, 97 * i % 170 :][:240, :320]) for i in range(8)]
    frames = [Camera(known).develop(view, np.random.default_rng([i]))[0] for i, view in enumerate(views)]
    found = calibrate(frames)
    assert found.measured["camera"] == "moving" and len(found.joint) >= 4
    dark = np.full((128, 128, 3), linear_from_srgb(0.2), np.float32)
    noises_dn = []
    for values in found.joint:
        camera = Camera(with_values(found.profile, values))
        noises_dn.append(camera.develop(dark, np.random.default_rng([1]))[0].std())
    assert max(noises_dn) < 2 * noises_dn[0]  # the first is the fitted one


def with_values(profile, values):
    for key, value in values.items():
        part, name = key.split(".")
        profile = replace(profile, **{part: replace(getattr(profile, part), **{name: value})})
    return profile


def test_noise_that_no_sensor_makes_counts_by_its_grain_alone():
    """A video codec's: stripes that come and go."""
    rng = np.random.default_rng([8])
    stripes = [cv2.blur(rng.normal(0, 6, (480, 448, 1)).astype(np.float32), (21, 1))[..., None] for _ in range(24)]
    made = footage(replace(KNOWN, codec=None, sensor=replace(KNOWN.sensor, electrons_at_white=2e4, full_well_e=2e4)))
    noisy = np.array(made) + np.array(stripes)
    calibration = calibrate(list(np.clip(noisy, 0, 255).round().astype(np.uint8)))
    assert calibration.ranges["isp.denoise_sigma_px"] == (0.0, 0.0)
    assert any(words.startswith("isp.denoise_sigma_px") for words in calibration.unknown)
    light = linear_from_srgb(photograph() / 255.0).astype(np.float32)
    known, fitted = (Camera(replace(profile, sensor=None, codec=None)) for profile in (KNOWN, calibration.profile))
    profiles = [edge_profile(camera.develop(light, rng)[0])[0] for camera in (known, fitted)]
    assert np.abs(profiles[0] - profiles[1]).max() < 0.06  # stripes do not soften the edges


def test_round_trip_through_json(calibration):
    assert Calibration.from_dict(json.loads(json.dumps(calibration.to_dict()))) == calibration


def test_saturation_and_tone_are_told_relative_to_reference_pictures():
    scene = photograph()
    dull = replace(KNOWN, isp=replace(KNOWN.isp, saturation=0.5, black=0.1))
    light = linear_from_srgb(scene / 255.0).astype(np.float32)
    frames = [Camera(dull).develop(light, np.random.default_rng([i]))[0] for i in range(8)]
    frames = np.stack(frames)
    isp = fit_colour(CameraProfile(isp=Isp()), frames, median_plate(frames), [scene]).profile.isp
    assert isp.saturation == pytest.approx(0.5, abs=0.12)
    assert isp.black == pytest.approx(0.1, abs=0.05)


def test_pictures_without_colours_come_from_a_camera_without_colours():
    scene = photograph()
    frames = np.repeat(cv2.cvtColor(scene, cv2.COLOR_RGB2GRAY)[None, ..., None], 8, axis=0).repeat(3, axis=3)
    fit = fit_colour(CameraProfile(isp=Isp()), frames, median_plate(frames), [scene])
    assert fit.profile.isp.saturation == 0 and fit.ranges["isp.saturation"] == (0, 0)


@pytest.mark.parametrize("quality", [30, 55, 75, 90, 95])
def test_jpeg_quality_is_read_off_the_pixels(quality):
    image = decode(encode(photograph(), Codec(quality)))
    assert abs(lattice_quality(block_coefficients(luma(image))) - quality) <= 1


@pytest.mark.parametrize("quality", [88, 95, 97, 98])
def test_jpeg_quality_of_a_soft_picture(quality):
    """Most of its coefficients have steps too narrow to be seen; the others tell."""
    soft = cv2.GaussianBlur(photograph(), (0, 0), 1.5)
    noisy = np.clip(soft + np.random.default_rng([2]).normal(0, 2, soft.shape), 0, 255).astype(np.uint8)
    image = decode(encode(noisy, Codec(quality)))
    assert lattice_quality(block_coefficients(luma(image))) == quality


def test_no_jpeg_no_quality():
    image = photograph(0.7)
    noisy = np.clip(image + np.random.default_rng([1]).normal(0, 3, image.shape), 0, 255).astype(np.uint8)
    assert lattice_quality(block_coefficients(luma(noisy))) is None


def test_chroma_subsampling_leaves_a_trace():
    image = photograph()
    excess = {s: [chroma_excess(decode(encode(image, Codec(90, s))), axis) for axis in (0, 1)]
              for s in ("444", "422", "420")}
    assert max(excess["420"]) < 0.48 and excess["422"][1] < 0.48
    assert min(excess["444"]) > 0.48 and excess["422"][0] > 0.48


@pytest.mark.parametrize("subsampling", ["444", "422", "420"])
def test_subsampling_is_read_off_the_chroma_lattice(subsampling):
    soft = cv2.GaussianBlur(photograph(), (0, 0), 1.5)  # no chroma detail beyond half resolution
    assert subsampling_of([decode(encode(soft, Codec(85, subsampling)))], 85) == subsampling


def test_noise_curve_of_known_noise():
    rng = np.random.default_rng([9])
    ramp = np.repeat(np.linspace(30, 220, 512)[None, :, None], 256, axis=0).repeat(3, axis=2)
    frames = ramp + rng.normal(0, 1, (16, 256, 512, 1)) * (1 + ramp / 100)
    frames = np.clip(np.rint(frames), 0, 255).astype(np.uint8)
    curve = noise_curve(frames, median_plate(frames))
    told = np.isfinite(curve.std) & (curve.level > 36) & (curve.level < 210)
    np.testing.assert_allclose(curve.std[told], 1 + curve.level[told] / 100, rtol=0.06)
    assert abs(curve.correlation) < 0.03


def test_the_plate_forgets_what_moves():
    frames = np.stack([np.full((48, 64, 3), 90, np.uint8)] * 9)
    for i in range(9):
        frames[i, 10:20, 6 * i : 6 * i + 6] = 250
    np.testing.assert_array_equal(median_plate(frames), 90)


def test_errors():
    frames = [np.zeros((160, 160, 3), np.uint8)] * 8
    with pytest.raises(CalibrationError, match="at least 128x128 px, found 40x30"):
        calibrate([np.zeros((30, 40, 3), np.uint8)] * 8)
    with pytest.raises(CalibrationError, match="at least 8 frames, found 3"):
        calibrate(frames[:3])
    message = r"frame 7: expected uint8 RGB of shape \(160, 160, 3\), found uint8 \(16"
    with pytest.raises(CalibrationError, match=message):
        calibrate(frames[:7] + [np.zeros((16, 32, 3), np.uint8)])
