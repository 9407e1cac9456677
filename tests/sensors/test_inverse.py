"""Light -> picture -> light, with the project's camera as the way there."""

import cv2
import numpy as np
import pytest

from sensors import Camera, CameraProfile, Isp
from sensors.inverse import light_of, unsharpen, unsmooth
from sensors.isp import linear_from_srgb, sharpen

SMOOTH = linear_from_srgb(
    cv2.GaussianBlur(np.random.default_rng([5]).uniform(0, 1, (96, 128, 3)), (0, 0), 2.5) * 2 - 0.5
).clip(0.1, 0.6).astype(np.float32)  # fmt: skip


@pytest.mark.parametrize(
    "isp",
    [
        Isp(),
        Isp(sharpening=1.9, sharpening_sigma_px=1.2),
        Isp(saturation=0.5),
        Isp(tone_curve="gamma", gamma=1.8),
        Isp(tone_curve="s_curve", s_curve_strength=0.4, black=-0.05, white=1.05),
        Isp(sharpening=1.0, saturation=1.2, denoise_sigma_px=0.6, black=0.05),
    ],
)
def test_the_light_that_the_camera_saw_comes_back(isp):
    picture, _ = Camera(CameraProfile(isp=isp)).develop(SMOOTH, np.random.default_rng([0]))
    found = light_of(picture, isp)
    assert found.dtype == np.float32 and found.shape == SMOOTH.shape
    inner = np.s_[8:-8, 8:-8]
    assert np.abs(found - SMOOTH)[inner].mean() < 0.006  # one 8-bit step is about 0.006 of light at middle grey
    assert np.abs(found - SMOOTH)[inner].max() < 0.06


def test_without_colour_a_grey_picture_stays_grey():
    picture = np.full((64, 64, 3), 100, np.uint8)
    found = light_of(picture, Isp(saturation=0.0))
    np.testing.assert_allclose(found, linear_from_srgb(np.float64(100 / 255)), atol=1e-4)


def test_sharpening_is_undone_to_less_than_a_tenth_of_a_step():
    picture = np.random.default_rng([2]).uniform(0.3, 0.7, (64, 64, 3)).astype(np.float32)
    assert np.abs(unsharpen(sharpen(picture, 1.9, 1.2), 1.9, 1.2) - picture).max() < 0.1 / 255


def test_unsmoothed_and_smoothed_again_never_makes_any_frequency_stronger():
    noise = np.random.default_rng([3]).normal(0.5, 0.1, (128, 128, 3)).astype(np.float32)
    again = cv2.GaussianBlur(unsmooth(noise, 0.9), (0, 0), 0.9)
    before, after = (np.abs(np.fft.fft2(image[..., 0])) ** 2 for image in (noise, again))
    rings = np.hypot(*np.meshgrid(np.fft.fftfreq(128), np.fft.fftfreq(128))) // 0.05
    for ring in np.unique(rings):
        assert after[rings == ring].sum() <= 1.05 * before[rings == ring].sum()
    low = rings < 4  # up to 0.2 cycles a pixel the detail is back
    assert after[low].sum() > 0.9 * before[low].sum()
