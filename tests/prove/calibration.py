"""Calibration: cameras drawn at random photograph scenes that no fit assumes, and are found again from their files.

Domain of the claims about noise: the sRGB tone curve and white balance at 1 (only relative to them are electrons told),
JPEG quality 80 to 95, read noise at least as strong as shot noise and as 1 DN at the 8-bit intensity 32, and noise at
middle grey at least half a quantization step of the codec's low frequencies. Of cameras outside of it only the
intervals are claimed to be right. No constant of the fits was chosen on the cameras drawn here.
"""

from dataclasses import replace

import numpy as np

from sensors import Camera, CameraProfile, Cfa, Codec, Isp, Optics, Sensor, Shutter
from sensors.calibrate import calibrate
from sensors.camera_motion import band_shifts, path_shifts
from sensors.cfa import PATTERNS
from sensors.fits import fit_codec
from sensors.isp import linear_from_srgb
from sensors.jpeg_tables import quantization_table
from sensors.mosaic_fit import fit_mosaic
from sensors.motion_fit import fit_motion
from sensors.readout_fit import fit_readout
from sensors.statistics import median_plate
from tests.prove.claim import at_least, at_most
from tests.prove.footage import dn_per_light, draw_profile, static_frames, still_life
from tests.prove.shaky import draw_shaky_scene

STATIC, HIDDEN, QUALITIES, MOSAICS, MOVING = 9, 3, 20, 16, 10  # cameras of the whole proof
FRAMES_PER_S, VIDEO_FRAMES = 30.0, 40
TOLD = ("sensor.electrons_at_white", "sensor.read_noise_e", "optics.psf_sigma_px", "codec.jpeg_quality")


def claims(full):
    """Static cameras, JPEG quality alone, and cameras that move."""
    static = _of_static() if full else []  # half a minute a camera; tests/sensors/test_calibrate.py tries one
    return [*static, *_of_quality(full), *_of_mosaics(full), *_of_moving(full)]


def _of_static():
    rng = np.random.default_rng([21, 1])
    profiles = [_in_domain(rng) for _ in range(STATIC)]
    found = [_found_again(profile, rng) for profile in profiles]
    hidden = [draw_profile(rng, visible_read_noise=False) for _ in range(HIDDEN)]
    inside = [inside for _, insides in found for inside in insides]
    inside += [inside for profile in hidden for inside in _found_again(profile, rng)[1]]
    errors = np.array([error for error, _ in found])
    count = len(profiles)
    return [
        at_most("electrons at white, relative error", errors[:, 0].max(), 0.10, count),
        at_most("read noise, relative error", errors[:, 1].max(), 0.10, count),
        at_most("point spread, relative error", errors[:, 2].max(), 0.15, count),
        at_most("electrons at white, median relative error", np.median(errors[:, 0]), 0.10, count),
        at_most("read noise, median relative error", np.median(errors[:, 1]), 0.10, count),
        at_least("share of intervals that hold the truth", np.mean(inside), 0.8, len(inside)),
    ]


def _found_again(profile, rng):
    """Relative errors of TOLD, and whether their intervals hold the truth."""
    calibration = calibrate(static_frames(profile, rng))
    errors, insides = [], []
    for key in TOLD:
        truth, fitted = (_value(p, key) for p in (profile, calibration.profile))
        low, high = calibration.ranges[key]
        errors.append(abs(fitted / truth - 1))
        insides.append(low <= truth <= high)
    return errors, insides


def _value(profile, key):
    part, name = key.split(".")
    return getattr(getattr(profile, part), name)


def _in_domain(rng):
    while True:
        profile = draw_profile(rng)
        grey = float(linear_from_srgb(0.5))
        noise_e = np.sqrt(grey * profile.sensor.electrons_at_white + profile.sensor.read_noise_e**2)
        noise_dn = dn_per_light(grey) * noise_e / profile.sensor.electrons_at_white
        if noise_dn >= 0.5 * quantization_table(profile.codec.jpeg_quality)[:3, :3].mean():
            return profile


def _of_quality(full):
    rng = np.random.default_rng([22, 1])
    errors, wrong = [], []
    for _ in range(QUALITIES if full else 2):
        codec = Codec(int(rng.integers(30, 96)), str(rng.choice(["444", "422", "420"])))
        sensor = Sensor(3000, 3000, read_noise_e=8)
        camera = Camera(CameraProfile(None, Optics(psf_sigma_px=0.8), None, sensor, Cfa(), Isp(), codec))
        light = still_life(rng)
        frames = np.stack([camera.develop(light, rng)[0] for _ in range(3)])
        fitted = fit_codec(CameraProfile(), frames, median_plate(frames)).profile.codec
        errors.append(abs(fitted.jpeg_quality - codec.jpeg_quality))
        wrong.append(fitted.subsampling != codec.subsampling)
    return [
        at_most("JPEG quality 30 to 95, error", max(errors), 3, len(errors)),
        at_most("chroma subsampling, share mistaken", np.mean(wrong), 0.1, len(wrong)),
    ]


def _of_mosaics(full):
    """Which mosaic, or none: cameras of the same kind, half of them without."""
    rng = np.random.default_rng([24, 1])
    told, wrong, denied, absent = [], 0, 0, []
    for _ in range(MOSAICS if full else 1):
        profile = draw_profile(rng)
        for cfa in (Cfa(str(rng.choice(PATTERNS)), str(rng.choice(["edge_aware", "bilinear"]))), None):
            frames = np.stack(static_frames(replace(profile, cfa=cfa), rng, 12))
            start = CameraProfile(cfa=Cfa(), isp=Isp(), codec=profile.codec)
            fit = fit_mosaic(start, frames, median_plate(frames))
            found = None if fit.profile.cfa is None else fit.profile.cfa.pattern
            if cfa is None:
                absent.append(found is None)
                wrong += found is not None and not fit.unknown
            else:
                told.append(not fit.unknown)
                denied += found is None
                wrong += not fit.unknown and found != cfa.pattern
    return [
        at_most("mosaic patterns mistaken", wrong, 0, 2 * len(told)),
        at_most("cameras with a mosaic said to have none", denied, 0, len(told)),
        at_least("share of mosaics whose pattern is told", np.mean(told), 0.6, len(told)),
        at_least("share of cameras without a mosaic that are told", np.mean(absent), 0.6, len(absent)),
    ]


def _of_moving(full):
    rng = np.random.default_rng([23, 1])
    readout_errors, inside, shading_errors = [], [], []
    for _ in range(MOVING if full else 1):
        profile, frames = _shaky_video(rng, (float(rng.choice([-60, 60])), float(rng.uniform(-30, 30))), shake=True)
        fit = fit_motion(CameraProfile(isp=Isp()), frames, FRAMES_PER_S)
        truth = profile.shutter.line_readout_us
        low, high = fit.ranges.get("shutter.line_readout_us", (0.0, 0.0))
        found = fit.profile.shutter
        right_way = found is not None and found.scan_direction == profile.shutter.scan_direction
        readout_errors.append(abs(found.line_readout_us / truth - 1) if right_way else np.inf)
        inside.append(low <= truth <= high)
        shading = fit.profile.optics.vignetting if fit.profile.optics else 1.0
        shading_errors.append(abs(shading - profile.optics.vignetting))
    parts = [
        at_most("line readout of a shaking camera, relative error", max(readout_errors), 0.10, len(readout_errors)),
        at_most("vignetting of a camera that pans, error", max(shading_errors), 0.05, len(shading_errors)),
    ]
    if not full:
        return parts
    told = 0
    for _ in range(3):
        _, frames = _shaky_video(rng, (90.0, 20.0), shake=False)
        shifts, rows = band_shifts(frames)
        told += fit_readout(shifts, rows, len(frames[0])).told
        assert np.abs(path_shifts(shifts)[:, 0] - 90 / FRAMES_PER_S).max() < 0.5
    parts.append(at_least("share of readout intervals that hold the truth", np.mean(inside), 0.8, len(inside)))
    parts.append(at_most("steady pans whose readout is claimed to be told", told, 0, 3))
    return parts


def _shaky_video(rng, speed_px_s, shake):
    scene = draw_shaky_scene(rng, speed_px_s=speed_px_s, shake=shake, margin=2.2)
    line_us = float(rng.uniform(0.3, 0.95)) / FRAMES_PER_S / scene.height * 1e6
    shutter = Shutter(float(rng.uniform(500, 8000)), line_us, str(rng.choice(["top_to_bottom", "bottom_to_top"])))
    optics = Optics(psf_sigma_px=0.8, vignetting=float(rng.uniform(0, 0.5)))
    sensor = Sensor(float(rng.uniform(800, 5000)), 5000, read_noise_e=6)
    profile = CameraProfile(shutter, optics, None, sensor, Cfa(), Isp(), Codec(int(rng.integers(70, 96))))
    camera = Camera(profile)
    return profile, [camera.photograph(scene, rng, n / FRAMES_PER_S).image for n in range(VIDEO_FRAMES)]
