import dataclasses
import subprocess
import sys

import numpy as np
import pytest
import torch
from scipy import stats

from sensors import Camera, CameraProfile, Cfa, Codec, ColourResponse, Isp, LightError, Optics, ProfileError, Sensor
from sensors import cfa as numpy_cfa
from sensors import isp as isps
from sensors.cfa import DEMOSAICS, PATTERNS
from sensors.isp import IDENTITY
from sensors.torch_chain import CameraModule
from sensors.torch_isp import demosaic

MATRIX = ((1.5, -0.3, -0.2), (-0.2, 1.4, -0.2), (0.0, -0.4, 1.4))
MIXING = ((0.8, 0.1, 0.1), (0.1, 0.7, 0.2), (0.05, 0.15, 0.8))
ISPS = (
    Isp(),
    Isp(gains=(1.9, 1.0, 1.6), colour_matrix=MATRIX, tone_curve="s_curve", s_curve_strength=0.3, saturation=0.8,
        sharpening=0.9, sharpening_sigma_px=1.4),
    Isp(gains=(1.5, 1.0, 1.8), tone_curve="gamma", black=0.05, white=0.97, denoise_sigma_px=0.6,
        chroma_denoise_sigma_px=1.5, sharpening=0.4),
)
CFAS = (None, Cfa("RGGB", "bilinear"), Cfa("GRBG", "edge_aware"), Cfa("GBRG", "bilinear"), Cfa("BGGR"))
SENSOR = Sensor(3000, 3500, 4, 0.5, 20, 0.01, 1, 10, 64, pattern_seed=3)


def light(seed, shape=(61, 74)):
    return np.random.default_rng([seed]).random((*shape, 3), np.float32) ** 2 * 1.3


def batch(*images):
    return torch.from_numpy(np.stack([np.moveaxis(image, 2, 0) for image in images]).copy())


def planes(image):
    return np.moveaxis(image, 2, 0).astype(np.float64)


@pytest.mark.parametrize("method", DEMOSAICS)
@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize("shape", [(4, 4), (5, 4), (6, 7), (31, 42), (40, 33)])
def test_demosaicing_gives_every_value_that_opencv_gives(shape, pattern, method):
    rng = np.random.default_rng([1, *shape])
    raw = np.stack([rng.integers(0, 65536, shape), rng.integers(30000, 30004, shape)]).astype(np.uint16)
    found = demosaic(torch.from_numpy(raw.astype(np.float32)), Cfa(pattern, method)).numpy()
    for one, frame in zip(found, raw, strict=True):
        np.testing.assert_array_equal(one, planes(numpy_cfa.demosaic(frame, Cfa(pattern, method))))


@pytest.mark.parametrize("cfa", CFAS)
@pytest.mark.parametrize("isp", ISPS)
def test_the_same_raw_numbers_make_the_same_picture(cfa, isp):
    """Before rounding within half of one of the 255 steps (0.1 found); after it at most one apart, and hardly ever."""
    profile = CameraProfile(sensor=SENSOR, cfa=cfa, isp=isp)
    camera = Camera(profile)
    raws = np.stack([camera.raw(light(seed), np.random.default_rng([seed])) for seed in (1, 2)])
    batched = torch.from_numpy(raws.astype(np.float32))
    found = CameraModule(profile).from_raw(batched if cfa else batched.permute(0, 3, 1, 2)).numpy() * 255
    for one, raw in zip(found, raws, strict=True):
        code = camera._digital_code(raw)
        code = numpy_cfa.demosaic(code, cfa) if cfa else code
        assert np.abs(one - planes(isps.unrounded(code, isp).clip(0, 1) * 255)).max() < 0.5
        difference = np.abs(one.round() - planes(isps.process(code, isp)))
        assert difference.max() <= 1 and (difference > 0).mean() < 0.003


@pytest.mark.parametrize("cfa", CFAS)
@pytest.mark.parametrize("matrix", [IDENTITY, MIXING])
@pytest.mark.parametrize("psf_sigma_px", [0.0, 0.4, 0.9])
def test_the_same_light_reaches_the_pixels(cfa, matrix, psf_sigma_px):
    profile = CameraProfile(optics=Optics(vignetting=0.3, psf_sigma_px=psf_sigma_px), cfa=cfa,
                            response=ColourResponse((0.5, 1.0, 0.6), matrix))
    found = CameraModule(profile).signal(batch(light(1), light(2))).numpy()
    for one, frame in zip(found, (light(1), light(2)), strict=True):
        expected = Camera(profile)._signal(frame, slice(0, len(frame)))
        np.testing.assert_allclose(one, expected if cfa else np.moveaxis(expected, 2, 0), atol=2e-6)


@pytest.mark.parametrize("cfa", CFAS)
@pytest.mark.parametrize("isp", ISPS)
def test_without_a_sensor_the_whole_chain_agrees(cfa, isp):
    profile = CameraProfile(optics=Optics(vignetting=0.2, psf_sigma_px=0.7), cfa=cfa, isp=isp,
                            response=ColourResponse((0.6, 1.0, 0.55)))
    found = CameraModule(profile)(batch(light(3))).numpy()[0].astype(int)
    difference = np.abs(found - planes(Camera(profile).develop(light(3), np.random.default_rng([0]))[0]))
    assert difference.max() <= 1 and (difference > 0).mean() < 0.01


LEVELS = (0.0005, 0.002, 0.01, 0.05, 0.3, 0.9, 1.4)


@pytest.mark.parametrize("read_noise_e", [0.0, 0.5, 1.0, 2.5, 6.0])
@pytest.mark.parametrize("cfa", [None, Cfa()])
def test_noise_has_the_distribution_that_numpy_has(read_noise_e, cfa):
    """At every level, beyond the full well included: mean, variance and skewness within their sampling error."""
    sensor = Sensor(2000, 2200, read_noise_e, 0.0, 50, 0.0, 0.0, 12, 100, dn_per_e=1.5)
    profile = CameraProfile(sensor=sensor, cfa=cfa)
    count = 40000 * (1 if cfa else 3)
    for i, level in enumerate(LEVELS):
        flat = np.full((200, 200, 3), level, np.float32)
        a = Camera(profile).raw(flat, np.random.default_rng([i])).ravel().astype(np.float64)
        b = CameraModule(profile).raw(batch(flat), torch.Generator().manual_seed(i)).numpy().ravel().astype(np.float64)
        if a.std() == 0:  # full, without read noise
            np.testing.assert_array_equal(a, b)
            continue
        assert b.mean() == pytest.approx(a.mean(), abs=4.5 * a.std() * np.sqrt(2 / count))
        kurtosis = stats.kurtosis(a, fisher=False)
        assert b.var() == pytest.approx(a.var(), rel=4.5 * np.sqrt(2 * (kurtosis - 1) / count))
        assert stats.skew(b) == pytest.approx(stats.skew(a), abs=4.5 * np.sqrt(2 * _skewness_variance(a) / count))


def _skewness_variance(x):
    """Of the sample skewness, times the count: its influence function's variance, from the sample's own moments."""
    z = (x - x.mean()) / x.std()
    skew = (z**3).mean()
    return np.var(z**3 - 3 * z - 1.5 * skew * (z**2 - 1))


def test_rows_and_fixed_pattern():
    sensor = Sensor(1e6, 2e6, prnu=0.01, dsnu_e=300, row_noise_e=2000, bit_depth=16, dn_per_e=0.03,
                    black_level_dn=500, pattern_seed=5)
    profile = CameraProfile(sensor=sensor, cfa=Cfa())
    flat = np.full((120, 160, 3), 0.5, np.float32)
    frames = CameraModule(profile).raw(batch(*[flat] * 16), torch.Generator().manual_seed(1)).numpy().astype(np.float64)
    rows = (frames - frames.mean(axis=0)).mean(axis=2)
    assert rows.std() == pytest.approx(0.03 * 2000, rel=0.06)
    assert abs(np.corrcoef(rows[0], rows[1])[0, 1]) < 0.4
    pattern = (frames - frames.mean(axis=2, keepdims=True)).mean(axis=0)
    other = np.mean([Camera(profile).raw(flat, np.random.default_rng([i])) for i in range(16)], axis=0)
    assert np.corrcoef(pattern.ravel(), (other - other.mean(axis=1, keepdims=True)).ravel())[0, 1] > 0.95


def test_the_generator_decides_and_frames_of_a_batch_differ():
    module = CameraModule(CameraProfile(sensor=SENSOR, cfa=Cfa()))
    pair = batch(light(1), light(1))
    a, b = (module(pair, torch.Generator().manual_seed(3)) for _ in range(2))
    assert a.dtype == torch.uint8 and a.shape == pair.shape and torch.equal(a, b)
    assert not torch.equal(a[0], a[1]) and not torch.equal(a, module(pair, torch.Generator().manual_seed(4)))


def test_numpy_users_need_no_torch():
    script = "import sensors, sys; sys.exit('torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", script], check=True)


def test_errors():
    with pytest.raises(ProfileError, match="codec: expected None, because JPEG"):
        CameraModule(CameraProfile(codec=Codec()))
    module = CameraModule(dataclasses.replace(CameraProfile(), sensor=SENSOR))
    for bad in (torch.zeros(3, 8, 8), torch.zeros(1, 3, 8, 8, dtype=torch.uint8), np.zeros((1, 3, 8, 8))):
        with pytest.raises(LightError, match=r"float tensor of shape \(B, 3, H, W\), found"):
            module(bad)
