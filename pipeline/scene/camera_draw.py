"""Draw the camera of one photograph: ranges of a recipe -> one CameraProfile. A part whose effect is off stays None."""

import dataclasses

import numpy as np

from pipeline.scene.streams import log_uniform
from sensors import CameraProfile, Cfa, Codec, ColourResponse, Isp, Optics, Sensor, Shutter

CAMERAS = 8  # sensors with a fixed pattern of their own


def draw_camera(recipe, stream):
    """The camera profile of one scene. stream(name) gives the random generator of one aspect."""
    effects = recipe.effects
    shutter = draw_shutter(stream, effects)
    response, isp = draw_isp(stream("isp"), effects["isp"]) if "isp" in effects else (None, None)
    sensor = draw_sensor(stream("noise"), effects["noise"]) if "noise" in effects else None
    profile = CameraProfile(
        shutter=shutter,
        optics=draw_optics(stream("optics"), effects["optics"]) if "optics" in effects else None,
        response=response,
        sensor=sensor,
        cfa=Cfa() if sensor else None,
        isp=isp,
        codec=draw_codec(stream("codec"), effects["codec"]) if "codec" in effects else None,
    )
    return fit(profile, recipe.calibration, stream("fitted")) if "calibrated" in effects else profile


def draw_shutter(stream, effects):
    """Exposure and line timing; None is an instant."""
    exposure_us = readout_us = 0.0
    direction = "top_to_bottom"
    if "motion_blur" in effects:
        exposure_us = log_uniform(stream("exposure"), effects["motion_blur"].exposure_us_range)
    if "rolling_shutter" in effects:
        rng, ranges = stream("readout"), effects["rolling_shutter"]
        readout_us = float(rng.uniform(*ranges.line_readout_us_range))
        direction = str(rng.choice(ranges.scan_directions))
    return Shutter(exposure_us, readout_us, direction) if exposure_us or readout_us else None


def draw_optics(rng, ranges):
    return Optics(
        psf_sigma_px=float(rng.uniform(*ranges.psf_sigma_px_range)),
        vignetting=float(rng.uniform(*ranges.vignetting_range)),
        lateral_ca_px=float(rng.uniform(*ranges.lateral_ca_px_range)),
    )


def draw_sensor(rng, ranges):
    electrons = log_uniform(rng, ranges.electrons_at_white_range)
    return Sensor(
        electrons_at_white=electrons,
        full_well_e=electrons * 1.05,
        read_noise_e=float(rng.uniform(*ranges.read_noise_e_range)),
        row_noise_e=float(rng.uniform(*ranges.row_noise_e_range)),
        dark_current_e_s=float(rng.uniform(*ranges.dark_current_e_s_range)),
        prnu=float(rng.uniform(*ranges.prnu_range)),
        dsnu_e=float(rng.uniform(*ranges.dsnu_e_range)),
        bit_depth=ranges.bit_depth,
        black_level_dn=ranges.black_level_dn,
        pattern_seed=int(rng.integers(CAMERAS)),
    )


def draw_isp(rng, ranges):
    """White balance that undoes the illuminant up to an error, tone, saturation, sharpening: (response, isp)."""
    red, blue = rng.uniform(*ranges.white_balance_gain_range, 2)
    error = np.exp(rng.normal(0, ranges.white_balance_error_log_sigma, 2))
    isp = Isp(
        gains=(float(red * error[0]), 1.0, float(blue * error[1])),
        tone_curve="s_curve",
        s_curve_strength=float(rng.uniform(*ranges.contrast_range)),
        saturation=float(rng.uniform(*ranges.saturation_range)),
        sharpening=float(rng.uniform(*ranges.sharpening_range)),
        sharpening_sigma_px=float(rng.uniform(*ranges.sharpening_sigma_px_range)),
        denoise_sigma_px=float(rng.uniform(*ranges.denoise_sigma_range)),
    )
    return ColourResponse(illuminant=(float(1 / red), 1.0, float(1 / blue))), isp


def draw_codec(rng, ranges):
    low, high = ranges.jpeg_quality_range
    return Codec(int(rng.integers(low, high + 1)), str(rng.choice(ranges.subsamplings)))


def fit(profile, calibration, rng):
    """The drawn profile with every key that the real frames tell replaced by a draw from its fitted interval.

    What they cannot tell keeps the randomized draw: not knowing is not the same as knowing a default.
    """
    fitted = CameraProfile.from_dict(calibration["profile"])
    changes = {}
    for key, (low, high) in sorted(calibration["ranges"].items()):
        share = rng.random()
        part, name = key.split(".", 1)
        if "[" in name:
            continue  # colour casts belong to the light of the day, not to the camera
        value = low + (high - low) * share
        if isinstance(getattr(getattr(fitted, part), name), int):
            value = round(value)
        changes.setdefault(part, {})[name] = value
        if key == "sensor.electrons_at_white":
            changes[part]["full_well_e"] = value * 1.05
    if fitted.codec is not None and profile.codec is not None:
        changes.setdefault("codec", {})["subsampling"] = fitted.codec.subsampling
    parts = {
        part: dataclasses.replace(getattr(profile, part) or getattr(fitted, part), **values)
        for part, values in changes.items()
    }
    return dataclasses.replace(profile, **parts)
