import cv2
import numpy as np
import pytest

from sensors import Optics, ProfileError
from sensors.optics import distort, margin_px, shade, undistort, warp


@pytest.mark.parametrize("k1,k2", [(-0.2, 0.03), (0.12, 0.0), (-0.05, -0.01), (0.0, 0.05)])
def test_distortion_agrees_with_opencv(k1, k2):
    optics = Optics(k1=k1, k2=k2, focal_px=600)
    rng = np.random.default_rng([3])
    x, y = rng.uniform(0, 767, 500), rng.uniform(0, 575, 500)
    rays = np.stack([(x - 383.5) / 600, (y - 287.5) / 600, np.ones(500)], axis=1)
    camera = np.array([[600, 0, 383.5], [0, 600, 287.5], [0, 0, 1.0]])
    expected = cv2.projectPoints(rays, np.zeros(3), np.zeros(3), camera, np.array([k1, k2, 0, 0]))[0][:, 0]
    found = np.stack(distort(optics, x, y, 768, 576), axis=1)
    np.testing.assert_allclose(found, expected, atol=0.01)
    np.testing.assert_allclose(np.stack(undistort(optics, *found.T, 768, 576), axis=1),
                               np.stack([x, y], axis=1), atol=0.01)


def test_warp_puts_light_where_the_points_go():
    optics = Optics(k1=-0.25, focal_px=120)
    light = np.zeros((96, 128, 3), np.float32)
    spots = [(20, 16), (100, 30), (64, 80)]
    for x, y in spots:
        light[y - 2 : y + 3, x - 2 : x + 3] = 1
    warped = warp(light, optics, 128, 96, 0)[..., 1]
    for x, y in spots:
        cx, cy = (float(v) for v in distort(optics, x, y, 128, 96))
        box = np.s_[int(cy) - 5 : int(cy) + 7, int(cx) - 5 : int(cx) + 7]
        rows, cols = np.mgrid[box]
        found = (warped[box] * cols).sum() / warped[box].sum(), (warped[box] * rows).sum() / warped[box].sum()
        np.testing.assert_allclose(found, (cx, cy), atol=0.1)


def test_a_barrel_lens_needs_a_margin_and_a_pincushion_none():
    assert margin_px(Optics(k1=-0.1, focal_px=700), 768, 576) > 0
    assert margin_px(Optics(k1=0.1, focal_px=700), 768, 576) == 0
    assert margin_px(Optics(), 768, 576) == 0


@pytest.mark.parametrize("sigma", [0.2, 0.4, 0.9, 2.5])
def test_point_spread_keeps_energy_and_has_its_width(sigma):
    light = np.zeros((65, 65, 3), np.float32)
    light[32, 32] = 100
    spread = shade(light, Optics(psf_sigma_px=sigma))
    np.testing.assert_allclose(spread.sum(axis=(0, 1)), 100, rtol=1e-5)
    x = np.arange(65) - 32
    width = np.sqrt((spread[..., 0].sum(axis=0) * x**2).sum() / 100)
    assert width == pytest.approx(sigma, rel=0.01)


def test_point_spread_keeps_energy_at_the_border():
    light = np.random.default_rng([1]).random((40, 50, 3), dtype=np.float32)
    np.testing.assert_allclose(shade(light, Optics(psf_sigma_px=1.3)).sum(), light.sum(), rtol=1e-5)


def test_vignetting_takes_its_share_in_the_corner_and_none_in_the_middle():
    shaded = shade(np.ones((65, 97, 3), np.float32), Optics(vignetting=0.3))
    np.testing.assert_allclose(shaded[0, 0], 0.7, atol=1e-6)
    np.testing.assert_allclose(shaded[32, 48], 1, atol=1e-6)


def test_lateral_ca_moves_red_out_and_blue_in():
    light = np.zeros((65, 97, 3), np.float32)
    light[8:13, 10:15] = 1
    optics = Optics(lateral_ca_px=2)
    warped = warp(light, optics, 97, 65, 0)
    rows, cols = np.mgrid[:65, :97]
    radius = np.hypot(cols - 48, rows - 32)
    mean = [(warped[..., c] * radius).sum() / warped[..., c].sum() for c in range(3)]
    expected = 2 * np.hypot(12 - 48, 10 - 32) / np.hypot(48, 32)
    assert mean[0] - mean[1] == pytest.approx(expected, abs=0.1)
    assert mean[1] - mean[2] == pytest.approx(expected, abs=0.15)


def test_errors():
    with pytest.raises(ProfileError, match="optics.focal_px.*k1 or k2"):
        Optics(k1=-0.1)
    with pytest.raises(ProfileError, match="fills the frame's corner"):
        margin_px(Optics(k1=-5, focal_px=100), 768, 576)
