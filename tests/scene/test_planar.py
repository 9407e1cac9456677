"""Flat things in perspective."""

import cv2
import numpy as np
import pytest

from pipeline.scene import planar
from pipeline.scene.light import Light
from tests.own_placed import VIEW


def corners_by_opencv(board, view):
    """The board's corners as OpenCV projects them: its own axes are turned and moved before a pinhole camera."""
    w, h = board.width_m / 2, board.height_m / 2
    flat = np.array([[-w, -h, 0], [w, -h, 0], [w, h, 0], [-w, h, 0]])
    axes = np.stack([board.across, board.down, np.cross(board.across, board.down)], axis=1)
    camera = np.array([[view.focal_px, 0, view.width_px / 2], [0, view.focal_px, view.height_px / 2], [0, 0, 1]])
    return cv2.projectPoints(flat, cv2.Rodrigues(axes)[0], board.centre_m, camera, None)[0][:, 0]


@pytest.mark.parametrize("seed", range(12))
def test_the_corners_of_a_turned_thing_are_where_opencv_projects_them(seed):
    rng = np.random.default_rng([seed])
    across, down = planar.turned(*rng.uniform(-60, 60, 2), rng.uniform(0, 360))
    board = planar.Board(np.array([*rng.uniform(-1, 1, 2), rng.uniform(3, 8)]), across, down, 1.2, 0.9)
    expected = corners_by_opencv(board, VIEW)
    np.testing.assert_allclose(planar.project(board.corners_m(), VIEW), expected, atol=1e-6)
    # and its picture lies there: each corner has a colour of its own, seen just inside the projected corner
    paint = np.zeros((90, 120, 4), np.float32)
    paint[..., 3] = 1
    for number, part in enumerate((np.s_[:45, :60], np.s_[:45, 60:], np.s_[45:, 60:], np.s_[45:, :60])):
        paint[part][..., :3] = (number & 1, number >> 1, 0.25 * number)
    patch = planar.see(paint, board, VIEW)
    middle = expected.mean(axis=0)
    for number, corner in enumerate(expected):
        x, y = corner + 0.2 * (middle - corner) - (patch.x0, patch.y0)
        seen = patch.values[int(y), int(x)]
        np.testing.assert_allclose(seen, (number & 1, number >> 1, 0.25 * number, 1), atol=0.02)
    area = abs(cv2.contourArea(expected.astype(np.float32)))
    assert patch.values[..., 3].sum() == pytest.approx(area, rel=0.01)


def test_a_front_that_turns_away_from_the_sun_gets_darker():
    sun = Light((0.0,) * 3, (1.0,) * 3, (1.0, 0.0, 0.0), (0.0, -1.0, 0.0), 0.0)  # from the right
    for yaw in (-60, 0, 30, 60):
        board = planar.Board(np.array([0, 0, 5.0]), *planar.turned(yaw, 0), 1.0, 1.0)
        lit = sun.on(np.float32(board.normal_to_light())[None])[0, 0]
        assert lit == pytest.approx(max(np.sin(np.deg2rad(yaw)), 0), abs=1e-5)
    up = planar.Board(np.array([0, 0, 5.0]), *planar.turned(0, 40), 1.0, 1.0).normal_to_light()
    np.testing.assert_allclose(up, [0, -np.sin(np.deg2rad(40)), np.cos(np.deg2rad(40))], atol=1e-9)
