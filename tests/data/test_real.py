import dataclasses
import hashlib
import json
import re
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from pipeline.data.coco import Annotation, Image, read_coco, write_coco
from pipeline.data.files import read_image
from pipeline.errors import DataError, UserError
from pipeline.params import RealParams
from pipeline.stages import real as stage


def grey_of(index):
    return 20 + 5 * index


@pytest.fixture
def video(tmp_path):
    """40 lossless frames whose grey value tells their number."""
    path = tmp_path / "video.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), 10, (48, 32))
    for index in range(40):
        writer.write(np.full((32, 48, 3), grey_of(index), np.uint8))
    writer.release()
    return path


@pytest.fixture
def real(tmp_path, video, monkeypatch):
    """The real section of a params.yaml for the video; `run` is ready to be called."""
    frames = range(4, 40, 5)
    images = [Image(i, f"frame_{i:04d}.png", 48, 32) for i in frames]
    write_coco(tmp_path / "pedestrians.json", images, [Annotation(i, i, (1, 2, 11, 22)) for i in frames])
    real = RealParams(
        name="test", video_path=str(video), video_sha256=hashlib.sha256(video.read_bytes()).hexdigest(),
        package="", archive_sha256="", video_member="", frames_per_s=0.0, backgrounds="",
        annotations=str(tmp_path / "pedestrians.json"), unlabelled="",
        calibration_frames=(0, 9), train_frames=(4, 14), test_frames=(29, 39),
    )  # fmt: skip
    monkeypatch.chdir(tmp_path)
    use(monkeypatch, real)
    return real


def use(monkeypatch, real):
    assets = SimpleNamespace(categories={"person": SimpleNamespace(chiral=False)})
    params = SimpleNamespace(real=real, assets=assets)
    monkeypatch.setattr(stage, "load_params", lambda: params)


def run_fails(monkeypatch, tmp_path, match, **changes):
    real = stage.load_params().real
    use(monkeypatch, dataclasses.replace(real, **changes))
    with pytest.raises(UserError, match=match):
        stage.run()
    out = tmp_path / "data" / "out"
    assert not out.exists() or not list(out.iterdir())  # nothing half-written


def test_splits_hold_the_right_frames_and_boxes(real, tmp_path):
    stage.run()
    out = tmp_path / "data" / "out" / "real"
    expected = {"calibration": range(0, 10), "train": (4, 9, 14), "test": (29, 34, 39)}
    for split, frames in expected.items():
        images = sorted((out / split / "images").iterdir())
        assert [p.name for p in images] == [f"frame_{i:04d}.png" for i in frames]
        for path, index in zip(images, frames, strict=True):
            assert abs(float(read_image(path).mean()) - grey_of(index)) < 2
        if split != "calibration":
            coco = read_coco(out / split / "annotations.json", out / split / "images")
            assert [image.id for image in coco.images] == list(frames)
            assert [annotation.image_id for annotation in coco.annotations] == list(frames)
    assert {"brick.png", "grass.png", "gravel.png"} <= {p.name for p in (out / "photos").iterdir()}
    assert not (out / "calibration" / "annotations.json").exists()
    assert json.loads((out / "calibration" / "video.json").read_text()) == {"frames_per_s": 10.0}


def test_a_stated_rate_goes_before_the_one_in_the_file(real, tmp_path, monkeypatch):
    use(monkeypatch, dataclasses.replace(real, frames_per_s=29.97))
    stage.run()
    assert json.loads((tmp_path / "data/out/real/calibration/video.json").read_text()) == {"frames_per_s": 29.97}


def test_running_again_gives_the_same_bytes(real, tmp_path):
    out = tmp_path / "data" / "out" / "real"
    runs = []
    for _ in range(2):
        stage.run()
        runs.append({p: p.read_bytes() for p in out.rglob("*") if p.is_file()})
    assert runs[0] == runs[1]


def test_the_photographs_are_photographs_without_the_video_itself():
    paths = (*stage.ARCHIVE_PHOTOGRAPHS, *stage.SCIKIT_IMAGE_PHOTOGRAPHS)
    names = [path.rpartition("/")[2] for path in paths]
    assert len(set(names)) == len(names)
    people_or_video = re.compile("lena|messi|astronaut|camera|basketball|Background_Sub|demo")
    assert not [name for name in names if people_or_video.search(name)]


def test_a_failed_run_keeps_the_splits_of_the_run_before(real, tmp_path, monkeypatch):
    stage.run()
    use(monkeypatch, dataclasses.replace(real, video_sha256="0" * 64))
    with pytest.raises(DataError):
        stage.run()
    assert (tmp_path / "data/out/real/test/annotations.json").is_file()
    assert [p.name for p in (tmp_path / "data/out").iterdir()] == ["real"]


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"video_path": "missing.avi"}, "real.video_path: expected a video, found no file missing.avi"),
        ({"video_sha256": "0" * 64}, "video.avi: expected a video with sha256 0{64}, found [0-9a-f]{64};"),
        ({"video_path": "", "video_member": "a.avi"}, "expected real.package or real.video_path, found both empty"),
        ({"annotations": "missing.json"}, "missing.json: expected a data set, found no such file"),
        ({"test_frames": (30, 33)}, r"found none; add some, or correct real.test_frames \[30, 33\]"),
        ({"unlabelled": "nowhere"}, "nowhere: expected a video, found no file"),
        ({"test_frames": (23, 39)}, "real.train_frames: expected its end at least 10 frames .* found 14"),
        ({"calibration_frames": (0, 20)}, "real.calibration_frames: expected its end at least 10 frames"),
        ({"train_frames": (25, 31)}, "real.train_frames: expected its end at least 10 frames before"),
        ({"train_frames": (14, 4)}, r"real.train_frames: expected \[first, last\], found \[14, 4\]"),
    ],
)
def test_wrong_input_is_named_and_leaves_nothing(real, tmp_path, monkeypatch, changes, match):
    run_fails(monkeypatch, tmp_path, match, **changes)


def test_damaged_videos_are_named(real, video, tmp_path, monkeypatch):
    whole = video.read_bytes()
    for damaged in (b"", b"no video", whole[: len(whole) // 2]):
        video.write_bytes(damaged)
        sha256 = hashlib.sha256(damaged).hexdigest()
        match = "video.avi: expected (a video|at least 40 frames), "
        run_fails(monkeypatch, tmp_path, match, video_sha256=sha256)


def test_names_without_frame_numbers_and_other_sizes_are_named(real, tmp_path, monkeypatch):
    path = tmp_path / "pedestrians.json"
    original = path.read_text()
    path.write_text(original.replace("frame_0004.png", "four.png"))
    run_fails(monkeypatch, tmp_path, "four.png: expected a frame's number at the end of the name")
    content = json.loads(original)
    content["images"][0]["width"] = 50
    path.write_text(json.dumps(content))
    run_fails(monkeypatch, tmp_path, "image 4: .*48 x 32.*50 x 32")
    path.write_text(original.replace("frame_0039.png", "frame_0044.png"))
    use(monkeypatch, dataclasses.replace(real, test_frames=(29, 50)))
    run_fails(monkeypatch, tmp_path, "expected at least 45 frames, as annotated, found 40")
