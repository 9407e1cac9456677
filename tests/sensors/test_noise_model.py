from dataclasses import replace

import numpy as np
import pytest

from sensors import Camera, CameraProfile, Cfa, Codec, Isp, Sensor
from sensors.edges import share_beyond_edge
from sensors.isp import linear_from_srgb
from sensors.noise_model import codec_steps, coefficient_variance, quantized_variance
from sensors.statistics import block_coefficients, luma
from sensors.temporal_noise import Places, noise_at
from tests.prove.footage import dn_per_light

LIGHT = float(linear_from_srgb(0.5))


def photographed(profile):
    """(8, 8) variance of the DCT coefficients in pictures of a grey card."""
    card = np.full((512, 512, 3), LIGHT, np.float32)
    frames = [Camera(profile).develop(card, np.random.default_rng([i]))[0] for i in range(4)]
    return np.mean([block_coefficients(luma(frame)).var(axis=0) for frame in frames], axis=0)


def by_formula(profile):
    sensor = profile.sensor
    noise = (LIGHT * sensor.electrons_at_white + sensor.read_noise_e**2) / sensor.electrons_at_white**2
    noise *= dn_per_light(LIGHT) ** 2
    return quantized_variance(noise * coefficient_variance(profile), codec_steps(profile)) + 1 / 12


@pytest.mark.parametrize("codec", [None, Codec(92, "420")])
@pytest.mark.parametrize("change", [
    {"isp": Isp(denoise_sigma_px=0.6, sharpening=0.7, sharpening_sigma_px=1.0)},
    {"isp": Isp(denoise_sigma_px=0.5, sharpening=0.9, sharpening_sigma_px=1.0)},
    {"isp": Isp(denoise_sigma_px=0.5, sharpening=0.7, sharpening_sigma_px=1.3)},
    {"sensor": Sensor(1300, 1300, read_noise_e=14)}])
def test_formulas_tell_how_noise_differs_between_similar_cameras(change, codec):
    isp = Isp(denoise_sigma_px=0.5, sharpening=0.7, sharpening_sigma_px=1.0)
    one = CameraProfile(sensor=Sensor(1500, 1500, read_noise_e=12), cfa=Cfa(), isp=isp, codec=codec)
    other = replace(one, **change)
    found, expected = (np.log(of(other) / of(one)) for of in (photographed, by_formula))
    strong = by_formula(one) > np.maximum(codec_steps(one) ** 2 / 2, 1.5)  # where the codec lets noise through
    strong[0, 0] = False  # the mean lies anywhere between two steps; the formula puts it on one
    assert np.count_nonzero(strong) > 10 and np.abs(expected[strong]).max() > 0.1
    # a slope right to a quarter leads to the same camera, one correction later
    np.testing.assert_allclose(found[strong], expected[strong], rtol=0.25, atol=0.04)


def test_quantized_variance_is_that_of_rounded_numbers():
    normal = np.random.default_rng([5]).standard_normal(400_000)
    for deviation, step in ((0.3, 1), (0.7, 2), (1.0, 2), (2.4, 2), (5.0, 3), (40.0, 1)):
        rounded = np.rint(deviation * normal / step) * step
        expected = quantized_variance(np.array([deviation**2]), np.array([step]))[0]
        assert rounded.var() == pytest.approx(expected, rel=0.02)


@pytest.mark.parametrize("angle", [0.0, 0.3, np.pi / 4, 1.3, np.pi / 2, 2.5, -2.0])
def test_share_of_a_pixel_beyond_an_edge(angle):
    normal = np.array([np.cos(angle), np.sin(angle)], np.float32)
    inside = (np.arange(300) + 0.5) / 300 - 0.5
    distance = np.linspace(-1, 1, 21) + 0.003
    counted = [np.mean(inside[:, None] * normal[0] + inside * normal[1] + d > 0) for d in distance]
    np.testing.assert_allclose(share_beyond_edge(distance, normal), counted, atol=0.005)


def test_noise_at_given_places_does_not_see_the_rest():
    rng = np.random.default_rng([8])
    frames = np.full((30, 64, 128, 3), 100.0) + rng.normal(0, 3, (30, 64, 128, 1))
    frames[:, :, 64:] += rng.normal(0, 20, (30, 64, 64, 1))
    bins, blocks = np.full((64, 128), -1, np.int8), np.zeros((64, 128), bool)
    bins[:, :32], blocks[:, :32] = 12, True
    curve = noise_at(np.rint(frames), Places(bins, blocks))
    assert curve.std[12] == pytest.approx(np.sqrt(9 + 1 / 12), rel=0.02)
    assert np.isnan(np.delete(curve.std, 12)).all()
    assert curve.spectrum[2:, 2:].mean() == pytest.approx(9 + 1 / 12, rel=0.04)
