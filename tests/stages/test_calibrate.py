import json

import cv2
import numpy as np
import pytest

from pipeline.data.files import write_image
from pipeline.errors import DataError
from pipeline.stages import calibrate as stage

FRAMES = 20


@pytest.fixture
def seen(tmp_path, monkeypatch):
    """What the stage hands to `calibrate`; (frames, rate) after a run."""
    handed = []

    def watch(frames, photographs, frames_per_s):
        handed.append((frames, frames_per_s))
        return type("Found", (), {"to_dict": lambda self: {}})()

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(stage, "calibrate", watch)
    monkeypatch.setattr(stage, "fit_view", lambda frames, plate: {})
    monkeypatch.setattr(stage, "load_photographs", lambda folder: [])
    monkeypatch.setattr(stage, "MOST_FRAMES", 12)
    return handed


def film(pan_px):
    """Frames of a textured wall past which the camera pans by `pan_px` a frame."""
    wall = cv2.GaussianBlur(np.random.default_rng([1]).integers(0, 256, (96, 300, 3), np.uint8), (0, 0), 2.0)
    frames = [wall[:, pan_px * i : pan_px * i + 128] for i in range(FRAMES)]
    for i, frame in enumerate(frames):
        write_image(stage.FRAMES / f"frame_{i:04d}.png", frame)
    stage.VIDEO.write_text('{"frames_per_s": 12.5}')
    return frames


def test_of_a_moving_camera_neighbours_are_looked_at(seen):
    frames = film(pan_px=5)
    stage.run()
    (found, rate), = seen
    assert rate == 12.5
    np.testing.assert_array_equal(found, frames[:12])


def test_of_a_static_camera_some_frames_are_enough(seen, monkeypatch):
    frames = film(pan_px=0)
    monkeypatch.setattr(stage, "ENOUGH", len(frames) // 3)
    stage.run()
    (found, _), = seen
    np.testing.assert_array_equal(found, frames[::3])
    assert json.loads((stage.OUT / "camera.json").read_text()) == {"view": {}}


def test_without_frames(seen):
    with pytest.raises(DataError, match="data/out/real/calibration/images.*dvc repro"):
        stage.run()
