import json
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest

from sensors import (
    Camera,
    CameraProfile,
    Cfa,
    Codec,
    ColourResponse,
    Isp,
    LightError,
    Optics,
    ProfileError,
    Rendered,
    Sensor,
    Shutter,
)
from sensors.codec import decode
from sensors.isp import srgb_from_linear
from tests.reference.moving_scene import Disc, MovingScene

FULL = CameraProfile(
    Shutter(3000, 30, "left_to_right"), Optics(k1=-0.05, focal_px=90, vignetting=0.2, psf_sigma_px=0.7),
    ColourResponse((0.5, 1.0, 0.6)), Sensor(3000, 5000, 3, 0.5, 20, 0.01, 1, 10, 64),
    Cfa("GRBG"), Isp(gains=(2.0, 1.0, 1 / 0.6), tone_curve="s_curve", s_curve_strength=0.2, sharpening=0.5),
    Codec(80, "422"))
SCENE = MovingScene((Disc(40, 30, 6, 12, 300, 50),), pan_x=100)


def rng():
    return np.random.default_rng([7])


def test_the_ideal_camera_is_one_render_a_tone_curve_and_8_bits():
    photo = Camera(CameraProfile()).photograph(SCENE, rng())
    light = SCENE.render(0, slice(0, 64), slice(0, 96)).light
    expected = np.rint(np.clip(srgb_from_linear(light), 0, 1) * 255)
    assert np.abs(photo.image - expected).max() <= 1 and photo.jpeg is None
    assert (photo.image == expected).mean() > 0.98


def test_the_file_is_the_image():
    photo = Camera(FULL).photograph(SCENE, rng())
    np.testing.assert_array_equal(decode(photo.jpeg), photo.image)
    assert photo.image.shape == (64, 96, 3) and len(photo.labels) == 1


def test_same_generator_same_bytes():
    a, b = (Camera(FULL).photograph(SCENE, rng()) for _ in range(2))
    assert a.jpeg == b.jpeg and a.labels == b.labels


@pytest.mark.parametrize("cfa", [None, Cfa("RGGB"), Cfa("GBRG", "bilinear")])
@pytest.mark.parametrize("sensor", [None, Sensor(1e6, 1e6, bit_depth=14, black_level_dn=500)])
def test_white_balance_undoes_the_illuminant(cfa, sensor):
    light = np.full((32, 40, 3), (0.2, 0.5, 0.3), np.float32)
    profile = CameraProfile(response=ColourResponse((0.4, 1.0, 0.5)), sensor=sensor, cfa=cfa,
                            isp=Isp(gains=(2.5, 1.0, 2.0)))
    image, _ = Camera(profile).develop(light, rng())
    expected = srgb_from_linear(np.array([0.2, 0.5, 0.3])) * 255
    np.testing.assert_allclose(image.mean(axis=(0, 1)), expected, atol=0.7)


def test_a_matched_colour_matrix_cancels_and_amplifies_noise():
    matrix = np.array([[0.7, 0.2, 0.1], [0.15, 0.7, 0.15], [0.05, 0.25, 0.7]])
    inverse = tuple(tuple(float(v) for v in row) for row in np.linalg.inv(matrix))
    response = ColourResponse(matrix=tuple(tuple(float(v) for v in row) for row in matrix))
    light = np.full((64, 64, 3), (0.3, 0.4, 0.5), np.float32)
    sensor = Sensor(20000, 20000)
    profile = CameraProfile(response=response, sensor=sensor, isp=Isp(colour_matrix=inverse))
    crossed, _ = Camera(profile).develop(light, rng())
    plain, _ = Camera(CameraProfile(sensor=sensor)).develop(light, rng())
    np.testing.assert_allclose(crossed.mean(axis=(0, 1)), plain.mean(axis=(0, 1)), atol=0.5)
    assert crossed.std(axis=(0, 1)).mean() > 1.2 * plain.std(axis=(0, 1)).mean()


def test_dark_noise_keeps_its_mean_through_the_chain():
    """The pedestal: clipping at black before demosaicing would lift the mean of the linear signal."""
    from sensors.cfa import demosaic
    from sensors.isp import to_linear

    camera = Camera(CameraProfile(sensor=Sensor(1000, 1000, read_noise_e=10, black_level_dn=200), cfa=Cfa()))
    raw = camera.raw(np.full((200, 200, 3), 0.001, np.float32), rng())
    linear = to_linear(demosaic(camera._digital_code(raw), Cfa()))
    assert linear.mean() == pytest.approx(0.001, abs=0.0002)


def test_raw_is_the_adc_output():
    raw = Camera(FULL).raw(np.full((64, 96, 3), 5.0, np.float32), rng())
    assert raw.dtype == np.uint16 and raw.shape == (64, 96) and raw.max() == 1023


def test_profile_round_trip_through_json():
    assert CameraProfile.from_dict(json.loads(json.dumps(FULL.to_dict()))) == FULL
    assert CameraProfile.from_dict({}) == CameraProfile()


@pytest.mark.parametrize("values,message", [
    ({"shuter": {}}, "shuter: unknown key.*did you mean shutter"),
    ({"sensor": {"read_noise": 3}}, "sensor.read_noise: unknown key.*did you mean read_noise_e"),
    ({"shutter": {"exposure_us": -1}}, "shutter.exposure_us: expected a number from 0 to"),
    ({"shutter": {"scan_direction": "up"}}, "shutter.scan_direction: expected one of top_to_bottom"),
    ({"sensor": 5}, "sensor: expected a mapping, found 5"),
    ({"isp": {"colour_matrix": [1, 2, 3]}}, r"isp.colour_matrix\[0\]: expected 3 values"),
])
def test_profile_errors(values, message):
    with pytest.raises(ProfileError, match=message):
        CameraProfile.from_dict(values)


@pytest.mark.parametrize("light,message", [
    (np.zeros((8, 8, 3), np.uint8), "found dtype uint8; turn 8-bit pictures into light"),
    (np.zeros((8, 8, 3), np.int64), "expected linear light as floats, 1.0 = white, found dtype int64"),
    (np.zeros((8, 8, 3), bool), "found dtype bool"),
    (np.zeros((8, 8, 3), np.complex64), "found dtype complex64"),
    (np.zeros((8, 8, 3), object), "found dtype object"),
    (np.full((8, 8, 3), -0.1, np.float32), "non-negative light, found values from -0.1 to -0.1"),
    (np.full((8, 8, 3), np.nan, np.float32), "finite, non-negative light, found values from nan"),
    (np.full((8, 8, 3), np.inf, np.float32), "finite.*found values from inf"),
    (np.zeros((8, 8), np.float32), r"expected light of shape \(H, W, 3\), found \(8, 8\)"),
    (np.zeros((8, 8, 4), np.float32), r"found \(8, 8, 4\)"),
    (np.zeros((0, 8, 3), np.float32), r"found \(0, 8, 3\)"),
    ([[[0.1, 0.2, 0.3]]], "found list"),
])
def test_light_errors(light, message):
    for photograph in (Camera(FULL).develop, Camera(FULL).raw):
        with pytest.raises(LightError, match=message):
            photograph(light, rng())


def test_one_bad_pixel_is_found():
    light = np.full((8, 8, 3), 0.5, np.float32)
    light[3, 4, 1] = np.nan
    with pytest.raises(LightError, match="finite, non-negative light"):
        Camera(FULL).develop(light, rng())


@dataclass(frozen=True)
class Painted(MovingScene):
    """A scene whose light goes through `paint` first."""

    paint: Callable = None

    def render(self, t_s, rows, cols):
        rendered = super().render(t_s, rows, cols)
        return Rendered(self.paint(rendered.light), rendered.coverage)


@pytest.mark.parametrize("paint,message", [
    (lambda light: (255 * light).astype(np.uint8), "scene: .* found dtype uint8; turn 8-bit pictures into light"),
    (lambda light: light[1:], r"scene: expected light of shape \(\d+, \d+, 3\), found"),
    (lambda light: light.mean(axis=2), "scene: expected light of shape"),
    (lambda light: -light, "scene: expected finite, non-negative light, found values from -"),
    (lambda light: light * np.nan, "camera: expected finite, non-negative light"),
])
@pytest.mark.parametrize("pan_x", [0, 100])
def test_light_errors_of_scenes(paint, message, pan_x):
    with pytest.raises(LightError, match=message):
        Camera(FULL).photograph(Painted(pan_x=pan_x, paint=paint), rng())
