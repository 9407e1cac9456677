"""The stage on a few made-up frames in a folder of its own."""

import shutil

import numpy as np
import pytest
import yaml

from pipeline.data.coco import Annotation, Image, read_coco, write_coco
from pipeline.data.files import read_image, write_image, write_json
from pipeline.errors import UserError
from pipeline.stages import reexpose
from pipeline.stages.reexpose import spread
from pipeline.stress.folders import CAMERA, FRAMES
from tests.fabricated import REPOSITORY
from tests.stress.made_up import CAMERA as FITTED
from tests.stress.made_up import textured

BOXES = [(60, 50, 80, 110), (120, 90, 150, 150), (0, 70, 30, 130)]
STRESS = {
    "images": 2, "motion_blur_px": [6.0], "rolling_shutter_skew_px": [12.0], "electrons_at_white": [80.0],
    "jpeg_quality": [20],
}  # fmt: skip


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Three frames, in each a person, a hidden person, and one whom the crop cuts by more than half."""
    monkeypatch.chdir(tmp_path)
    params = yaml.safe_load((REPOSITORY / "params.yaml").read_text(encoding="utf-8"))
    params["stress"] |= STRESS
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(params), encoding="utf-8")
    source = tmp_path / "data/out/real/test"
    images = [Image(10 + i, f"frame_{10 + i:04d}.png", 224, 192) for i in range(3)]
    annotations = []
    for image in images:
        write_image(source / "images" / image.file_name, textured(seed=image.id))
        annotations += [Annotation(len(annotations) + 1 + i, image.id, b, i == 1) for i, b in enumerate(BOXES)]
    write_coco(source / "annotations.json", images, annotations)
    write_json(CAMERA, {"profile": FITTED.to_dict()})
    return tmp_path


def test_every_level_is_a_coco_set_of_the_same_frames(folder):
    reexpose.run()
    levels = sorted(path.name for path in FRAMES.iterdir())
    kinds = ("compression", "low_light", "motion_blur", "rolling_shutter")
    assert levels == sorted(["as_it_is", "still", *(f"{kind}_1" for kind in kinds)])
    for level in levels:
        coco = read_coco(FRAMES / level / "annotations.json", FRAMES / level / "images")
        assert [image.id for image in coco.images] == [10, 12]
        for image in coco.images:
            assert (image.width, image.height) == (192, 160)
            crowd = [annotation.iscrowd for annotation in coco.of_image(image.id)]
            assert crowd == [False, True, True]  # the hidden one, and who is cut by the margin
    frame = read_image("data/out/real/test/images/frame_0012.png")
    own = read_image(FRAMES / "as_it_is/images/frame_0012.png")
    np.testing.assert_array_equal(own, frame[16:-16, 16:-16])


def test_ignore_regions_move_as_people_do(folder):
    reexpose.run()
    still, rolled = (
        read_coco(FRAMES / level / "annotations.json", None).boxes(10)[0] for level in ("still", "rolling_shutter_1")
    )
    moved = np.abs(rolled - still).max(axis=1)
    assert moved[1] > 0.3 and np.abs(moved[1] - moved[0]) < 6


def test_the_same_again_is_the_same_bytes(folder):
    reexpose.run()
    first = {path: path.read_bytes() for path in FRAMES.rglob("*.*")}
    shutil.rmtree(FRAMES)
    reexpose.run()
    assert {path: path.read_bytes() for path in FRAMES.rglob("*.*")} == first


def test_too_much_motion_is_said_before_anything_is_made(folder):
    params = yaml.safe_load((folder / "params.yaml").read_text(encoding="utf-8"))
    params["stress"]["motion_blur_px"] = [300.0]
    (folder / "params.yaml").write_text(yaml.safe_dump(params), encoding="utf-8")
    with pytest.raises(UserError, match="stress.motion_blur_px.*224 x 192 px frame"):
        reexpose.run()
    assert not FRAMES.exists()


def test_a_missing_calibration_is_said(folder):
    CAMERA.unlink()
    with pytest.raises(UserError, match="camera.json.*dvc repro"):
        reexpose.run()
    assert not FRAMES.exists()


def test_frames_are_spread_evenly():
    assert spread(list(range(48)), 4) == [6, 18, 30, 42]
    assert spread(list(range(5)), 9) == list(range(5))
