import dataclasses

import cv2
import numpy as np
import pytest

from pipeline.config import load_params
from pipeline.data.files import read_image, sha256_of, write_image
from pipeline.errors import UserError
from pipeline.select.frames import default_frames, frame_name, given_frames
from tests.fabricated import REPOSITORY

SETTINGS = REPOSITORY / "params.yaml"


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A folder with calibration, train and test frames; number 1 of the calibration is labelled."""
    monkeypatch.chdir(tmp_path)
    for split, numbers in (("calibration", range(4)), ("train", [1]), ("test", [8, 9])):
        for number in numbers:
            picture = np.random.default_rng([number]).integers(0, 255, (48, 64, 3), np.uint8)
            name = "called otherwise.png" if split == "train" else frame_name(number)
            write_image(f"data/out/real/{split}/images/{name}", picture)
    return tmp_path


def write_video(path, count):
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), 10, (64, 48))
    for number in range(count):
        writer.write(np.full((48, 64, 3), 20 * number, np.uint8))
    writer.release()


def params_with(**real):
    params = load_params(SETTINGS)
    return dataclasses.replace(params, real=dataclasses.replace(params.real, **real))


def test_labelled_frames_are_no_candidates(project):
    frames = default_frames()
    assert frames.names == [frame_name(i) for i in (0, 2, 3)]
    assert [image.shape for image in frames.images()] == [(48, 64, 3)] * 3


def test_a_video_is_numbered(project):
    write_video(project / "own.avi", 7)
    frames = given_frames(project / "own.avi", params_with())
    assert frames.names == [frame_name(i) for i in range(7)]
    values = [round(float(image.mean()) / 20) for image in frames.images([5, 2])]
    assert values == [2, 5]


def test_the_test_frames_are_refused(project):
    with pytest.raises(UserError, match="frame_0008.png, which is a test frame"):
        given_frames(project / "data/out/real/test/images", params_with())


@pytest.mark.parametrize("name", ["zz.png", "zz.bmp", "zz.tif"])
def test_a_copy_of_a_test_frame_under_another_name_is_refused(project, name):
    image = read_image("data/out/real/test/images/frame_0009.png")
    write_image(project / "mine" / name, image)
    write_image(project / "mine/aa.png", image[::-1])
    with pytest.raises(UserError, match=f"{name}, which is a test frame"):
        given_frames(project / "mine", params_with())


def test_the_video_of_the_test_is_refused(project):
    write_video(project / "whole.avi", 3)
    with pytest.raises(UserError, match="whole.avi, the video that the test frames are of"):
        given_frames(project / "whole.avi", params_with(video_sha256=sha256_of(project / "whole.avi")))


def test_nothing_there_is_said(project):
    (project / "empty").mkdir()
    with pytest.raises(UserError, match="found none at .*nowhere"):
        given_frames(project / "nowhere", params_with())
    with pytest.raises(UserError, match="in .*empty, found none"):
        given_frames(project / "empty", params_with())


def test_no_run_yet(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match="run `dvc repro` or give --frames"):
        default_frames()
