import cv2
import numpy as np
import pytest

from sensors import CameraProfile, Optics, ProfileError
from sensors.optics import distort, margin_px, point_spread, shade, undistort, warp

CAMERA = np.array([[600, 0, 383.5], [0, 600, 287.5], [0, 0, 1.0]])


def fisheye(**coefficients):
    return Optics(model="kannala_brandt", focal_px=600, **coefficients)


@pytest.mark.parametrize("optics", [
    Optics(k1=-0.2, k2=0.03, focal_px=600), Optics(k1=0.12, focal_px=600), Optics(k1=-0.05, k2=-0.01, focal_px=600),
    Optics(k2=0.05, focal_px=600), Optics(k1=-0.3, k2=0.1, k3=-0.01, focal_px=600),
    Optics(p1=0.01, p2=-0.02, focal_px=600), Optics(k1=-0.15, k3=0.02, p1=-0.005, p2=0.01, focal_px=600),
    fisheye(), fisheye(k1=-0.03, k2=0.01, k3=-0.004, k4=0.001), fisheye(k1=0.1),
])
def test_distortion_agrees_with_opencv(optics):
    rng = np.random.default_rng([3])
    x, y = rng.uniform(0, 767, 500), rng.uniform(0, 575, 500)
    rays = np.stack([(x - 383.5) / 600, (y - 287.5) / 600, np.ones(500)], axis=1)
    pose = np.zeros(3), np.zeros(3), CAMERA
    if optics.model == "kannala_brandt":
        coefficients = np.array([optics.k1, optics.k2, optics.k3, optics.k4])
        expected = cv2.fisheye.projectPoints(rays[:, None], *pose, coefficients)[0][:, 0]
    else:
        coefficients = np.array([optics.k1, optics.k2, optics.p1, optics.p2, optics.k3])
        expected = cv2.projectPoints(rays, *pose, coefficients)[0][:, 0]
    found = np.stack(distort(optics, x, y, 768, 576), axis=1)
    np.testing.assert_allclose(found, expected, atol=0.01)
    np.testing.assert_allclose(np.stack(undistort(optics, *found.T, 768, 576), axis=1),
                               np.stack([x, y], axis=1), atol=0.01)


@pytest.mark.parametrize("optics", [
    Optics(k1=-0.25, focal_px=120), Optics(p1=0.03, p2=0.02, focal_px=120),
    Optics(model="kannala_brandt", focal_px=120),
])
def test_warp_puts_light_where_the_points_go(optics):
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


@pytest.mark.parametrize("optics", [Optics(k1=-0.15, p1=0.02, p2=0.01, focal_px=600), fisheye()])
def test_points_far_outside_the_frame_come_back_and_so_never_fold_into_it(optics):
    x, y = np.random.default_rng([4]).uniform(-3000, 4000, (2, 2000))
    there = distort(optics, *undistort(optics, x, y, 768, 576), 768, 576)
    np.testing.assert_allclose(there, (x, y), atol=0.01)


def test_a_lens_without_coefficients_is_a_pinhole_and_a_fisheye_is_not():
    assert not Optics(focal_px=600).distorts and fisheye().distorts
    radius = float(distort(fisheye(), 383.5 + 600, 287.5, 768, 576)[0]) - 383.5
    assert radius == pytest.approx(600 * np.pi / 4)  # 45 degrees: equidistant


def test_a_profile_names_its_lens():
    plain = {"optics": {"model": "kannala_brandt", "focal_px": 300.0, "k4": 0.01}}
    profile = CameraProfile.from_dict(plain)
    assert profile.optics == Optics("kannala_brandt", k4=0.01, focal_px=300)
    assert CameraProfile.from_dict(profile.to_dict()) == profile
    assert CameraProfile.from_dict({"optics": {"k1": -0.1, "focal_px": 300.0}}).optics.model == "brown_conrady"


@pytest.mark.parametrize("values,message", [
    ({"k1": -0.1}, "optics.focal_px: expected a focal length.*brown_conrady.*found None"),
    ({"p2": 0.01}, "optics.focal_px: expected a focal length.*found None"),
    ({"model": "kannala_brandt"}, "optics.focal_px: expected a focal length.*kannala_brandt.*found None"),
    ({"model": "kanala_brand"}, "optics.model: expected one of brown_conrady, kannala_brandt; found 'kanala_brand'; "
                                "did you mean kannala_brandt?"),
    ({"model": "kannala_brandt", "p1": 0.1}, "optics.p1: expected 0 because the model kannala_brandt has no p1"),
    ({"k4": 0.1, "focal_px": 500}, "optics.k4: expected 0 because the model brown_conrady has no k4"),
    ({"p1": 1.5, "focal_px": 500}, "optics.p1: expected a number from -1 to 1, found 1.5"),
    ({"k3": float("nan"), "focal_px": 500}, "optics.k3: expected a number from -10 to 10, found nan"),
])
def test_errors_of_a_lens(values, message):
    with pytest.raises(ProfileError, match=message):
        Optics(**values)


@pytest.mark.parametrize("optics,message", [
    (Optics(k1=-5, focal_px=100), "k1, k2, k3, p1, p2: .*it folds near there"),
    (Optics(k1=-0.1, p1=0.2, focal_px=500), "k1, k2, k3, p1, p2: .*it folds near there"),
    (fisheye(k1=-0.6), "k1, k2, k3, k4: .*it folds near there"),
    (Optics(model="kannala_brandt", focal_px=300), "80.0 degrees off the axis .no pinhole image is drawn wider"),
])
def test_a_lens_that_cannot_fill_the_frame(optics, message):
    with pytest.raises(ProfileError, match=f"{message}.*longer focal_px") as error:
        margin_px(optics, 768, 576)
    assert "fills the frame's corner" in str(error.value)


@pytest.mark.parametrize("sigma_px", [0.05, 0.22, 0.3, 0.45, 0.6, 0.69, 0.71, 1.5])
def test_point_spread_is_a_gaussian_where_half_of_the_contrast_is_left(sigma_px):
    taps = point_spread(sigma_px).astype(float)
    x = np.arange(len(taps)) - len(taps) // 2
    assert taps.sum() == pytest.approx(1, abs=1e-6)
    assert (taps * x**2).sum() == pytest.approx(sigma_px**2, rel=2e-3, abs=1e-6)
    assert taps.min() > -0.009
    frequency = np.linspace(0, 0.5, 501)
    gaussian = np.exp(-2 * (np.pi * sigma_px * frequency) ** 2)
    half = np.argmin(np.abs(gaussian * np.sinc(frequency) - 0.5))
    response = (taps[:, None] * np.cos(2 * np.pi * x[:, None] * frequency)).sum(axis=0)
    assert response[half] == pytest.approx(gaussian[half], abs=0.005)
    np.testing.assert_allclose(response, gaussian, rtol=0, atol=0.13)
