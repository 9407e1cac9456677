"""The parts of the chessboard example that take no minutes; tests/nightly/test_example.py runs it whole."""

import cv2
import numpy as np

from examples.chessboard.prepare import boxes_of, draw_cutout, write_image_with_alpha
from pipeline.config import params_and_problems
from pipeline.scene.cutouts import read_cutout
from pipeline.yaml_file import read_yaml
from tests import fabricated

FOCAL_PX, WIDTH, HEIGHT, FINER = 600.0, 640, 480, 4
POSES_DEG = [(25, -20, 5), (-30, 10, -15), (10, 25, 15), (-15, -35, 90), (35, 20, 0), (0, 0, 45)]  # about x, y, z


def test_its_parameters_are_sound():
    """They hold every key of params.yaml, so a new one has to be added here as well."""
    _, problems = params_and_problems(read_yaml(fabricated.REPOSITORY / "examples/chessboard/params.yaml"))
    assert problems == []


def test_a_cutout_is_a_board_that_opencv_finds(tmp_path):
    rgba = draw_cutout(np.random.default_rng([1]))
    write_image_with_alpha(tmp_path / "board.png", rgba)
    light, alpha = read_cutout(tmp_path / "board.png")
    picture = cv2.copyMakeBorder((255 * (light[..., 1] * alpha + 1 - alpha)).astype(np.uint8), *[40] * 4, 0, None, 255)
    found, _ = cv2.findChessboardCorners(picture, (9, 6))
    rows, columns = np.flatnonzero(alpha.any(axis=1)), np.flatnonzero(alpha.any(axis=0))
    assert found and len(columns) / len(rows) == 9 / 7
    assert set(np.unique(alpha)) == {0, 1}


def test_boxes_are_those_of_a_board_that_a_pinhole_camera_sees(tmp_path):
    """Rendered through homographies of our own; prepare.py knows neither the camera nor the poses."""
    expected = {}
    for number, angles in enumerate(POSES_DEG):
        picture, corners = photograph(*np.deg2rad(angles))
        path = tmp_path / f"{number}.png"
        cv2.imwrite(str(path), picture)
        expected[path] = (*corners.min(axis=0), *corners.max(axis=0))
    blank = tmp_path / "blank.png"
    cv2.imwrite(str(blank), np.full((HEIGHT, WIDTH), 128, np.uint8))
    boxes = boxes_of([*expected, blank])
    assert list(boxes) == list(expected)
    for path, box in expected.items():
        np.testing.assert_allclose(boxes[path], box, atol=0.5)


def photograph(about_x, about_y, about_z):
    """A board on white paper, 28 of its squares away: uint8 (H, W), and its outer corners (4, 2) px."""
    turn = rotation(0, about_x) @ rotation(1, about_y) @ rotation(2, about_z)
    outer = np.array([[0, 0], [9, 0], [9, 7], [0, 7]]) - (4.5, 3.5)
    flat = np.column_stack([outer, np.zeros(4)]) @ turn.T + (0.5, -0.3, 28)
    seen = FOCAL_PX * flat[:, :2] / flat[:, 2:] + (WIDTH / 2, HEIGHT / 2)
    side = 40
    squares = np.kron(np.indices((7, 10)).sum(axis=0) % 2, np.ones((side, side)))[:, side // 2 : -side // 2]
    paper = np.pad(np.uint8(30 + 190 * squares), side, constant_values=220)
    drawn = np.float32([[1, 1], [10, 1], [10, 8], [1, 8]]) * side - 0.5
    matrix = cv2.getPerspectiveTransform(drawn, np.float32(seen * FINER - 0.5))
    fine = cv2.warpPerspective(paper, matrix, (WIDTH * FINER, HEIGHT * FINER), borderValue=128)
    return cv2.resize(fine, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA), seen


def rotation(axis, angle):
    a, b = [i for i in range(3) if i != axis]
    matrix = np.eye(3)
    matrix[a, a] = matrix[b, b] = np.cos(angle)
    matrix[a, b], matrix[b, a] = -np.sin(angle), np.sin(angle)
    return matrix
