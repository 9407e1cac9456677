"""Whether pictures went through a mosaic: cameras that did and did not, of scenes that the code never saw."""

from dataclasses import replace

import numpy as np
import pytest
from skimage import data

from sensors import Camera, CameraProfile, Cfa, Codec, Isp, Optics, Sensor
from sensors.isp import linear_from_srgb
from sensors.mosaic_fit import fit_mosaic
from sensors.mosaic_trace import mosaic_trace
from sensors.statistics import median_plate

CAMERA = CameraProfile(
    optics=Optics(psf_sigma_px=0.8), sensor=Sensor(3000, 3000, read_noise_e=6), isp=Isp(sharpening=0.5),
    codec=Codec(90, "420"))  # fmt: skip


def frames_of(profile, count=6):
    light = linear_from_srgb(data.astronaut() / 255.0).astype(np.float32)
    return np.stack([Camera(profile).develop(light, np.random.default_rng([5, i]))[0] for i in range(count)])


def fitted(profile):
    frames = frames_of(profile)
    return fit_mosaic(replace(CameraProfile(cfa=Cfa(), isp=Isp()), codec=profile.codec), frames, median_plate(frames))


@pytest.mark.parametrize("pattern", ["RGGB", "BGGR", "GRBG", "GBRG"])
@pytest.mark.parametrize("method", ["edge_aware", "bilinear"])
def test_the_pattern_is_seen_behind_sharpening_and_jpeg(pattern, method):
    assert fitted(replace(CAMERA, cfa=Cfa(pattern, method))).profile.cfa == Cfa(pattern)


def test_a_camera_without_a_mosaic_is_told():
    fit = fitted(CAMERA)
    assert fit.profile.cfa is None and "no trace" in fit.unknown[0]


def test_what_is_smoothed_away_is_unknown():
    soft = replace(CAMERA, cfa=Cfa("GRBG"), isp=Isp(denoise_sigma_px=1.5), codec=Codec(60, "420"))
    fit = fitted(soft)
    assert fit.profile.cfa == Cfa() and "hidden" in fit.unknown[0]


def test_a_shift_by_one_pixel_moves_the_pattern():
    frames = frames_of(replace(CAMERA, cfa=Cfa("RGGB"), codec=None))
    assert mosaic_trace(frames).pattern == "RGGB"
    assert mosaic_trace([frame[:, 1:-1] for frame in frames]).pattern == "GRBG"
    assert mosaic_trace([frame[1:-1] for frame in frames]).pattern == "GBRG"
    assert mosaic_trace([frame[1:-1, 1:-1] for frame in frames]).pattern == "BGGR"


def test_the_error_is_that_of_other_pieces_of_the_picture():
    """The contrast of a picture's two halves differs about as much as their errors say."""
    frames = frames_of(replace(CAMERA, cfa=Cfa()))
    upper, lower = mosaic_trace([f[:256] for f in frames]), mosaic_trace([f[256:] for f in frames])
    difference = abs(np.log1p(upper.contrast) - np.log1p(lower.contrast))
    assert difference < 4 * np.hypot(upper.error, lower.error)
    assert min(upper.error, lower.error) > 0
