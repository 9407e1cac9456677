import cv2
import numpy as np
import pytest
from skimage.color import rgb2gray

from sensors import Cfa, Isp, ProfileError
from sensors.isp import (
    linear_from_srgb,
    process,
    sharpen,
    srgb_from_linear,
    to_code,
    to_linear,
    tone_curve,
    tone_table,
    unrounded,
)


def grey(level, shape=(8, 8)):
    return to_code(np.full((*shape, 3), level, np.float32), 1.0, 0.0)


def test_codes_hold_linear_light_finely_and_below_black():
    linear = np.random.default_rng([1]).uniform(-0.05, 0.99, (50, 50, 3)).astype(np.float32)
    np.testing.assert_allclose(to_linear(to_code(linear, 1.0, 0.0)), linear, atol=1e-5)


def test_srgb_is_the_standard_curve():
    # values of IEC 61966-2-1: 0.5 linear is 187.5 of 255; both branches meet; round trip
    assert srgb_from_linear(np.array(0.5)) * 255 == pytest.approx(187.516, abs=0.01)
    assert srgb_from_linear(np.array(0.001)) == pytest.approx(0.01292)
    display = np.linspace(0, 1, 1001)
    np.testing.assert_allclose(srgb_from_linear(linear_from_srgb(display)), display, atol=1e-6)


def test_every_display_value_comes_back_from_its_own_light():
    values = np.arange(256)
    light = np.repeat(linear_from_srgb(values / 255)[None, :, None], 3, axis=2).astype(np.float32)
    image = process(to_code(light, 1.0, 0.0), Isp())
    np.testing.assert_array_equal(image[0, :, 0], values)


@pytest.mark.parametrize("isp,expected", [
    (Isp(tone_curve="gamma", gamma=2.0), 0.25**0.5),
    (Isp(tone_curve="s_curve", s_curve_strength=1.0), None),
    (Isp(black=0.1, white=0.9), 0.1 + 0.8 * 0.5370988),
])
def test_tone_curves(isp, expected):
    value = float(tone_curve(np.array(0.25), isp))
    if expected is None:
        v = 0.5370988
        expected = v * v * (3 - 2 * v)
    assert value == pytest.approx(expected, abs=1e-6)


def test_a_colour_matrix_acts_on_linear_light():
    matrix = ((1.4, -0.3, -0.1), (-0.2, 1.3, -0.1), (0.0, -0.4, 1.4))
    linear = np.random.default_rng([5]).uniform(0.2, 0.6, (6, 7, 3)).astype(np.float32)
    image = process(to_code(linear, 1.0, 0.0), Isp(colour_matrix=matrix))
    expected = srgb_from_linear(linear @ np.array(matrix).T) * 255
    np.testing.assert_allclose(image, expected, atol=0.6)


def test_no_saturation_is_luma():
    linear = np.random.default_rng([5]).uniform(0.1, 0.9, (6, 7, 3)).astype(np.float32)
    image = process(to_code(linear, 1.0, 0.0), Isp(saturation=0.0))
    assert (image.max(axis=2) - image.min(axis=2)).max() <= 1
    expected = srgb_from_linear(linear) @ np.array([0.299, 0.587, 0.114])
    np.testing.assert_allclose(rgb2gray(image), expected, atol=0.004)


def test_sharpening_leaves_flat_areas_and_overshoots_edges():
    display = np.full((20, 20, 3), 0.3, np.float32)
    display[:, 10:] = 0.6
    sharp = sharpen(display, 1.0, 1.0)
    np.testing.assert_allclose(sharp[:, :4], 0.3, atol=1e-5)
    # unsharp mask of a step: the blurred step at half a pixel from the edge is Phi(0.5)
    assert sharp[10, 10, 0] - 0.6 == pytest.approx(0.3 * (1 - 0.6915), abs=0.01)
    np.testing.assert_array_equal(sharpen(display, 0.0, 1.0), display)


def test_chroma_denoise_keeps_luma_and_smooths_colour():
    rng = np.random.default_rng([1])
    linear = (0.4 + 0.05 * rng.standard_normal((64, 64, 3))).astype(np.float32)
    code = to_code(linear, 1.0, 0.0)
    plain, soft = (process(code, Isp(chroma_denoise_sigma_px=s)).astype(float) for s in (0, 2))
    weights = np.array([0.299, 0.587, 0.114])
    assert (soft @ weights).std() == pytest.approx((plain @ weights).std(), rel=0.05)
    assert (soft[..., 0] - soft[..., 1]).std() < 0.3 * (plain[..., 0] - plain[..., 1]).std()


@pytest.mark.parametrize("height", [1, 63, 64, 65, 200])
@pytest.mark.parametrize("sigma_px", [0.8, 1.5, 6.0])
def test_bands_do_not_show(height, sigma_px, monkeypatch):
    """The picture processed in bands against the same steps on the whole of it, byte for byte."""
    monkeypatch.setattr("sensors.isp.BAND_PIXELS", 64 * 40)
    isp = Isp(saturation=1.3, sharpening=1.2, sharpening_sigma_px=sigma_px)
    linear = np.random.default_rng([3]).uniform(0, 1.1, (height, 40, 3)).astype(np.float32)
    code = to_code(linear, 1.0, 0.0)
    saturation = 1.3 * np.eye(3) - 0.3 * np.tile((0.299, 0.587, 0.114), (3, 1))
    whole = sharpen(cv2.transform(tone_table(isp)[code], saturation), 1.2, sigma_px)
    expected = np.rint(np.clip(whole * np.float32(255), 0, 255)).astype(np.uint8)
    np.testing.assert_array_equal(process(code, isp), expected)


@pytest.mark.parametrize("height", [4, 65, 66, 67, 200])
@pytest.mark.parametrize("demosaic", ["bilinear", "edge_aware"])
def test_bands_of_a_mosaic_do_not_show(height, demosaic, monkeypatch):
    """Demosaiced and denoised in bands against the same steps on the whole picture, byte for byte."""
    monkeypatch.setattr("sensors.isp.BAND_PIXELS", 64 * 40)
    isp = Isp(denoise_sigma_px=0.7, chroma_denoise_sigma_px=1.5, sharpening=0.8)
    code = to_code(np.random.default_rng([4]).uniform(0, 1.1, (height, 40)).astype(np.float32), 1.0, 0.0)
    name = "COLOR_BayerGBRG2RGB" + ("_EA" if demosaic == "edge_aware" else "")
    whole = unrounded(cv2.demosaicing(code, getattr(cv2, name)), isp)
    expected = np.rint(np.clip(whole * np.float32(255), 0, 255))
    np.testing.assert_array_equal(process(code, isp, Cfa("GBRG", demosaic)), expected)


@pytest.mark.parametrize("isp", [
    Isp(), Isp(black=-0.1, white=1.3), Isp(colour_matrix=((1.4, -0.3, -0.1), (-0.2, 1.3, -0.1), (0.0, -0.4, 1.4))),
])
def test_rounding_code_by_code_is_rounding_the_picture(isp):
    code = np.random.default_rng([7]).integers(0, 65536, (150, 40, 3)).astype(np.uint16)
    expected = np.rint(np.clip(unrounded(code, isp) * np.float32(255), 0, 255))
    np.testing.assert_array_equal(process(code, isp), expected)


def test_highlights_clip_to_white():
    assert (process(grey(3.0), Isp()) == 255).all()


def test_errors():
    with pytest.raises(ProfileError, match="isp.white: expected more than isp.black"):
        Isp(black=0.5, white=0.4)
    with pytest.raises(ProfileError, match=r"isp.gains\[1\]"):
        Isp(gains=(1.0, -1.0, 1.0))
    with pytest.raises(ProfileError, match="isp.tone_curve: expected one of srgb, gamma, s_curve; found"):
        Isp(tone_curve="log")
