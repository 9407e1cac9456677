import cv2
import numpy as np
import pytest

from pipeline.errors import DataError
from pipeline.scene.view import View
from pipeline.scene.view_fit import fit_line, fit_view, thin, walking_blobs

WIDTH, HEIGHT = 384, 288
TRUE = View(WIDTH, HEIGHT, 4.6, 17.0, 1.25 * WIDTH)


def frames_with_people(rng, view, count, rows=None):
    """A grey plate and frames in which dark upright blocks walk, each as tall as a person on its row."""
    plate = np.full((HEIGHT, WIDTH, 3), 150, np.uint8)
    rows = rows or (view.row_with_person_height(34.0), HEIGHT - 5)
    frames = []
    for _ in range(count):
        frame = plate + rng.integers(-4, 5, plate.shape).astype(np.int16)
        for column in (50, 150, 250, 340):
            foot = rng.uniform(*rows)
            height = view.person_height_px(foot, 1.7)
            x, half = column + rng.uniform(-15, 15), max(height * 0.17, 2)
            corners = (round(x - half), round(foot - height)), (round(x + half) - 1, round(foot) - 1)
            cv2.rectangle(frame, *corners, (60, 50, 70), -1)
        frames.append(np.clip(frame, 0, 255).astype(np.uint8))
    return frames, plate


def test_a_known_view_is_found_again():
    frames, plate = frames_with_people(np.random.default_rng([1]), TRUE, 40)
    fitted = fit_view(frames, plate)
    view = View(WIDTH, HEIGHT, fitted["camera_height_m"], fitted["pitch_deg"], fitted["focal_px"])
    assert fitted["focal_px"] == TRUE.focal_px  # assumed; here it is true
    assert view.pitch_deg == pytest.approx(TRUE.pitch_deg, abs=2.0)
    assert view.camera_height_m == pytest.approx(TRUE.camera_height_m, rel=0.06)
    for row in np.linspace(*fitted["foot_row_range"], 6):
        assert view.person_height_px(row) == pytest.approx(TRUE.person_height_px(row), rel=0.03)
    # people were put around four columns, and no one elsewhere was seen
    walked = np.array(fitted["walked_px"])
    assert len(walked) > 40
    assert np.abs(walked[:, :1] - [[50, 150, 250, 340]]).min(1).max() < 20
    # height_slope and height_offset_px are the line of heights over foot rows
    rows = np.linspace(*fitted["foot_row_range"], 20)
    line = np.polyfit(rows, [TRUE.person_height_px(row) for row in rows], 1)
    assert fitted["height_slope"] == pytest.approx(line[0], rel=0.06)


def test_blobs_are_the_people_and_not_what_has_other_proportions():
    frames, plate = frames_with_people(np.random.default_rng([2]), TRUE, 3)
    people = walking_blobs(frames, plate)
    assert len(people) >= 8
    errors = [height - TRUE.person_height_px(foot) for _, foot, height in people]
    assert np.abs(errors).max() < 3
    for frame in frames:
        cv2.rectangle(frame, (5, 5), (120, 40), (0, 0, 0), -1)  # a car
        cv2.rectangle(frame, (200, 0), (212, 40), (0, 0, 0), -1)  # cut by the border
    assert len(walking_blobs(frames, plate)) <= len(people)


def test_a_place_counts_once_however_long_people_linger_there():
    rng = np.random.default_rng([6])
    lingering = np.column_stack([rng.normal(100, 1, 200), rng.normal(150, 1, 200), np.full(200, 50.0)])
    walking = np.column_stack([np.arange(0, 300, 30.0), np.full(10, 200.0), np.full(10, 50.0)])
    places = thin(np.concatenate([lingering, walking]))
    assert len(places) == 11
    np.testing.assert_array_equal(places[1:], walking[:, :2])


def test_the_line_survives_outliers():
    rng = np.random.default_rng([3])
    foot = rng.uniform(100, 280, 300)
    height = 0.3 * foot - 10 + rng.normal(0, 0.5, 300)
    height[::4] *= rng.uniform(0.4, 2.0, 75)
    slope, offset, inliers = fit_line(foot, height)
    assert slope == pytest.approx(0.3, abs=0.01) and offset == pytest.approx(-10, abs=2)
    assert 200 <= inliers < 280


def test_too_few_people_say_what_to_do():
    frames, plate = frames_with_people(np.random.default_rng([4]), TRUE, 2)
    with pytest.raises(DataError, match="at least 100 walking people .* give more unlabelled frames"):
        fit_view(frames, plate)


def test_people_on_one_line_only_say_what_to_do():
    """They tell nothing of the horizon."""
    frames, plate = frames_with_people(np.random.default_rng([5]), TRUE, 40, rows=(200, 215))
    with pytest.raises(DataError, match="calibration frames"):
        fit_view(frames, plate)
