import dataclasses
import hashlib
import json
import re
import shutil

import cv2
import numpy as np
import pytest

from pipeline.category_params import NoneParams, PeopleParams
from pipeline.data.coco import Annotation, Image, read_coco, write_coco
from pipeline.data.coco_set import Category
from pipeline.data.files import read_image, write_image
from pipeline.errors import DataError, UserError
from pipeline.params import AssetParams, RealParams
from pipeline.scene.backgrounds import plate_of
from pipeline.scene.photographs import load_backgrounds, load_photographs
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


def use(monkeypatch, real, **categories):
    categories = categories or {"person": PeopleParams(kind="people", sprites=8)}
    assets = AssetParams(192, (0.0, 35.0), categories)
    params = type("Params", (), {"real": real, "assets": assets})
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


def none(chiral=False):
    return NoneParams(kind="none", chiral=chiral)


def test_annotations_get_the_numbers_of_the_categories_by_their_names(real, tmp_path, monkeypatch):
    frames = range(4, 40, 5)
    images = [Image(i, f"frame_{i:04d}.png", 48, 32) for i in frames]
    listed = (Category(3, "sign"), Category(9, "dog"), Category(4, "person"))
    annotations = [
        Annotation(10 * i + k, i, (1, 2, 11, 22), category_id=listed[k].id) for i in frames for k in range(3)
    ]
    write_coco(tmp_path / "pedestrians.json", images, annotations, listed)
    use(monkeypatch, real, person=none(), sign=none(chiral=True))
    stage.run()
    for split, chosen in (("train", (4, 9, 14)), ("test", (29, 34, 39))):
        found = read_coco(tmp_path / f"data/out/real/{split}/annotations.json", None, categories=None)
        assert found.categories == (Category(1, "person"), Category(2, "sign", True))
        ids = [(annotation.id, annotation.category_id) for annotation in found.annotations]
        assert ids == [pair for i in chosen for pair in ((10 * i, 2), (10 * i + 2, 1))]  # dogs are not looked for


def test_a_category_that_the_annotations_do_not_list_is_named(real, tmp_path, monkeypatch):
    use(monkeypatch, real, person=none(), sing=none())
    with pytest.raises(UserError, match="pedestrians.json: categories: expected sing .* found person"):
        stage.run()
    assert not (tmp_path / "data/out/real").exists()


def test_own_backgrounds_are_pictures_and_medians_of_videos(real, tmp_path, monkeypatch):
    """Of the video the median of 40 grey frames; packages' photographs stay for the calibration."""
    own = tmp_path / "own"
    own.mkdir()
    rng = np.random.default_rng([1])
    picture = rng.integers(0, 256, (20, 30, 3)).astype(np.uint8)
    write_image(own / "b.png", picture)
    shutil.copyfile(real.video_path, own / "a.avi")
    (own / "notes.txt").write_text("passed over")
    use(monkeypatch, dataclasses.replace(real, backgrounds=str(own)))
    stage.run()
    photos = tmp_path / "data/out/real/photos"
    plate, same = load_backgrounds(photos)
    np.testing.assert_array_equal(same, picture)
    assert plate.shape == (32, 48, 3) and abs(plate.mean() - np.median([grey_of(i) for i in range(40)])) < 3
    assert len(load_photographs(photos)) > 3
    shutil.rmtree(photos / "own")
    assert len(load_backgrounds(photos)) == len(load_photographs(photos))


def test_what_moves_is_gone_from_a_long_video(tmp_path):
    """More frames than are kept in memory: a bright bar that passes does not show."""
    path = tmp_path / "long.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), 10, (64, 32))
    for index in range(300):
        frame = np.full((32, 64, 3), 60, np.uint8)
        frame[:, index % 60 : index % 60 + 4] = 250
        writer.write(frame)
    writer.release()
    assert np.abs(plate_of(path).astype(int) - 60).max() < 12


@pytest.mark.parametrize(("name", "match"), [(None, "expected pictures"), ("a.png", "a.png"), ("a.mp4", "a.mp4")])
def test_backgrounds_that_are_none_are_named(real, tmp_path, monkeypatch, name, match):
    (tmp_path / "own").mkdir()
    if name:
        (tmp_path / "own" / name).write_bytes(b"no picture")
    run_fails(monkeypatch, tmp_path, match, backgrounds=str(tmp_path / "own"))
