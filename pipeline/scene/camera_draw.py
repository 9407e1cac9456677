"""Draw the camera of one photograph: ranges of a recipe -> one CameraProfile. A part whose effect is off stays None."""

import dataclasses

import numpy as np

from pipeline.scene.streams import log_uniform
from sensors import Cfa, Codec, ColourResponse, CameraProfile, Isp, Optics, Sensor, Shutter

# What the fit of the real camera varies by: parts of the profile and their keys that are spread around the fit.
SPREAD = {
    "optics": ("psf_sigma_px", "vignetting"),
    "sensor": ("electrons_at_white", "read_noise_e"),
    "isp": ("sharpening", "saturation", "s_curve_strength", "denoise_sigma_px", "chroma_denoise_sigma_px"),
}


def draw_camera(recipe, stream):
    """The camera profile of one scene. stream(name) gives the random generator of one aspect."""
    effects = recipe.effects
    shutter = draw_shutter(stream, effects)
    if "calibrated" in effects:
        return draw_fitted(stream("fitted"), recipe.calibration["profile"], effects["calibrated"].profile_spread, shutter)
    response, isp = draw_isp(stream("isp"), effects["isp"]) if "isp" in effects else (None, None)
    sensor = draw_sensor(stream("noise"), effects["noise"]) if "noise" in effects else None
    return CameraProfile(
        shutter=shutter,
        optics=draw_optics(stream("optics"), effects["optics"]) if "optics" in effects else None,
        response=response,
        sensor=sensor,
        cfa=Cfa() if sensor else None,
        isp=isp,
        codec=draw_codec(stream("codec"), effects["codec"]) if "codec" in effects else None,
    )


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
        pattern_seed=int(rng.integers(2**31)),
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


def draw_fitted(rng, fitted, spread, shutter):
    """The camera fitted to the real frames, its numbers varied by a relative `spread`; the shutter stays the rung's.

    A still camera tells nothing of exposure and readout, so those keep their randomized ranges.
    """
    profile = CameraProfile.from_dict(fitted)
    parts = {"shutter": shutter}
    for part, keys in SPREAD.items():
        value = getattr(profile, part)
        if value is not None:
            varied = {key: float(getattr(value, key) * np.exp(spread * rng.uniform(-1, 1))) for key in keys}
            if part == "sensor":
                varied["full_well_e"] = value.full_well_e * varied["electrons_at_white"] / value.electrons_at_white
            parts[part] = dataclasses.replace(value, **varied)
    if profile.codec is not None:
        quality = int(np.clip(profile.codec.jpeg_quality + np.round(40 * spread * rng.uniform(-1, 1)), 5, 100))
        parts["codec"] = dataclasses.replace(profile.codec, jpeg_quality=quality)
    return dataclasses.replace(profile, **parts)
