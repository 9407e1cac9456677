import dataclasses

import numpy as np
import pytest

from pipeline.scene.motion import CameraMotion, draw_motion, flow_by_pose
from tests.fabricated import tiny_params
from tests.reference import pinhole

WIDTH, HEIGHT, FOCAL = 768, 576, 900.0
ROTATIONS = {"pan": (0, 1, 0), "tilt": (1, 0, 0), "roll": (0, 0, 1)}


def picture_points(rng, count=200):
    """Pixels relative to the principal point, and depths."""
    xy = rng.uniform((-WIDTH / 2, -HEIGHT / 2), (WIDTH / 2, HEIGHT / 2), (count, 2))
    return xy, rng.uniform(4, 60, count)


def exact_flow(xy, depth, rotation_rad, translation_m):
    """Reprojection of the points themselves after the camera has moved."""
    camera = np.column_stack([xy[:, 0] / FOCAL * depth, xy[:, 1] / FOCAL * depth, depth])
    moved = pinhole.after_motion(camera, rotation_rad, translation_m)
    return pinhole.to_pixels(moved, FOCAL, 0, 0) - pinhole.to_pixels(camera, FOCAL, 0, 0)


def flow(motion, xy, depth, t_s):
    return np.tensordot(motion.pose(FOCAL, t_s), flow_by_pose(xy[:, 0], xy[:, 1], depth, FOCAL), 1).T


@pytest.mark.parametrize("axis", ROTATIONS)
def test_a_small_turn_is_the_homography_of_the_rotation(axis):
    xy, depth = picture_points(np.random.default_rng([1]))
    angle = 2e-3
    found = flow(CameraMotion(**{f"{axis}_rad_s": angle}), xy, depth, 1.0)
    expected = exact_flow(xy, depth, angle * np.array(ROTATIONS[axis], float), (0, 0, 0))
    assert np.abs(expected).max() > 0.5  # it is about something
    assert np.abs(found - expected).max() < 0.01


@pytest.mark.parametrize("seed", range(5))
def test_flow_is_the_first_order_of_the_exact_motion(seed):
    """The difference to exact reprojection falls with the square of the time."""
    rng = np.random.default_rng([seed])
    xy, depth = picture_points(rng)
    turn, velocity = rng.normal(0, 0.05, 3), rng.normal(0, 0.3, 3)
    motion = CameraMotion(turn[1], turn[0], turn[2], tuple(velocity))
    errors, sizes = [], []
    for t_s in (0.04, 0.02, 0.01):
        exact = exact_flow(xy, depth, turn * t_s, velocity * t_s)
        errors.append(np.abs(flow(motion, xy, depth, t_s) - exact).max())
        sizes.append(np.abs(exact).max())
    assert errors[0] < 0.02 * sizes[0] + 1e-3
    assert errors[0] / errors[1] == pytest.approx(4, rel=0.15)
    assert errors[1] / errors[2] == pytest.approx(4, rel=0.15)


def test_vibration_has_its_amplitude_in_pixels_at_the_principal_point_and_its_frequency():
    motion = CameraMotion(vibration_px=(0.6, -0.3), vibration_hz=20.0, vibration_phase=0.4)
    times = np.linspace(0, 0.1, 4001)
    origin = np.zeros((1, 2))
    path = np.array([flow(motion, origin, np.array([10.0]), t)[0] for t in times])
    np.testing.assert_allclose(np.abs(path).max(axis=0), [0.6, 0.3], rtol=1e-3)
    upward = np.flatnonzero((path[:-1, 0] < 0) & (path[1:, 0] >= 0))
    np.testing.assert_allclose(np.diff(times[upward]), 1 / 20, atol=1e-4)


@pytest.mark.parametrize(
    "change",
    [
        {"pan_rad_s": 1e-6},
        {"tilt_rad_s": -1e-6},
        {"roll_rad_s": 1e-6},
        {"velocity_m_s": (0.0, 0.0, 1e-6)},
        {"vibration_px": (0.0, 1e-6)},
    ],
)
def test_anything_that_moves_is_not_still(change):
    assert CameraMotion().is_still
    assert not CameraMotion(**change).is_still


def test_a_vibration_without_amplitude_is_still():
    assert CameraMotion(vibration_hz=30.0, vibration_phase=2.0).is_still
    assert CameraMotion(vibration_hz=30.0).max_speed_px_s(WIDTH, HEIGHT, FOCAL, 1.0) == 0.0


@pytest.mark.parametrize("seed", range(20))
def test_no_point_of_the_picture_is_faster_than_the_bound(seed):
    rng = np.random.default_rng([seed])
    scale = rng.choice([0.0, 1.0], 5)
    pan, tilt, roll = rng.normal(0, 0.2, 3) * scale[:3]
    motion = CameraMotion(
        pan, tilt, roll, tuple(rng.normal(0, 1, 3) * scale[3]), tuple(rng.uniform(0, 2, 2) * scale[4]),
        rng.uniform(1, 60), rng.uniform(0, 6),
    )  # fmt: skip
    nearest = rng.uniform(1, 10)
    bound = motion.max_speed_px_s(WIDTH, HEIGHT, FOCAL, nearest)
    x, y = np.meshgrid(np.linspace(-WIDTH / 2, WIDTH / 2, 15), np.linspace(-HEIGHT / 2, HEIGHT / 2, 15))
    xy = np.stack([x.ravel(), y.ravel()], 1)
    depth = np.where(rng.uniform(size=len(xy)) < 0.5, nearest, nearest * 5)
    times = np.linspace(0, 0.05, 400)
    path = np.array([flow(motion, xy, depth, t) for t in times])
    speeds = np.hypot(*np.moveaxis(np.diff(path, axis=0), 2, 0)).max(axis=0) / (times[1] - times[0])
    assert speeds.max() <= bound * 1.001
    assert speeds.max() >= bound / 4  # and the bound is worth something
    each = motion.speed_px_s(flow_by_pose(*xy.T, depth, FOCAL), FOCAL)
    assert np.all(speeds <= each * 1.001) and np.all(each <= bound * 1.001)


def test_solid_mounts_are_as_frequent_as_asked_and_draw_as_much_as_moving_ones():
    scenes = tiny_params(moving_camera_probability=0.25).scenes
    rngs = [np.random.default_rng([i]) for i in range(400)]
    motions = [draw_motion(rng, scenes) for rng in rngs]
    assert np.mean([motion.is_still for motion in motions]) == pytest.approx(0.75, abs=0.07)
    other = dataclasses.replace(scenes, moving_camera_probability=1.0)
    for i, rng in enumerate(rngs[:20]):
        again = np.random.default_rng([i])
        assert not draw_motion(again, other).is_still
        assert again.bit_generator.state == rng.bit_generator.state


def test_drawn_motions_lie_within_their_ranges():
    scenes = tiny_params(moving_camera_probability=1.0).scenes
    motions = [draw_motion(np.random.default_rng([i]), scenes) for i in range(300)]
    for key, name in (("pan_deg_s", "pan_rad_s"), ("tilt_deg_s", "tilt_rad_s"), ("roll_deg_s", "roll_rad_s")):
        low, high = getattr(scenes, f"{key}_range")
        assert all(low <= np.rad2deg(getattr(motion, name)) <= high for motion in motions)
    speeds = np.array([np.linalg.norm(motion.velocity_m_s) for motion in motions])
    assert speeds.min() >= scenes.camera_speed_m_s_range[0]
    assert speeds.max() <= scenes.camera_speed_m_s_range[1] + 1e-9
    assert all(np.hypot(*motion.vibration_px) <= scenes.vibration_px_range[1] + 1e-9 for motion in motions)
