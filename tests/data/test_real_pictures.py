"""The stage `real` on pictures of a user's own instead of frames of a video."""

import dataclasses
import json
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from pipeline.data.coco import read_coco, write_coco
from pipeline.data.coco_set import Annotation, Category, Image
from pipeline.data.files import read_image
from pipeline.errors import UserError
from pipeline.measure.categories import measured_names, to_find
from pipeline.measure.results import load_test_set
from pipeline.params import RealParams
from pipeline.stages import real as stage

SIGNS = (Category(1, "sign"), Category(2, "plate"))
PICTURES = RealParams(
    name="own", video_path="", video_sha256="", package="", archive_sha256="", video_member="", backgrounds="",
    frames_per_s=0.0,
    annotations="set", unlabelled="", calibration_frames=(0, 0), train_frames=(0, 0), test_frames=(0, 0),
)  # fmt: skip


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Runs the stage with changes of the section `real`; returns its folder."""
    monkeypatch.chdir(tmp_path)

    def run(plate="cutouts", **changes):
        kinds = {"sign": "cutouts", "plate": plate}
        categories = {name: SimpleNamespace(chiral=False, kind=kind) for name, kind in kinds.items()}
        assets = SimpleNamespace(categories=categories)
        params = SimpleNamespace(real=dataclasses.replace(PICTURES, **changes), assets=assets)
        monkeypatch.setattr(stage, "load_params", lambda: params)
        stage.run()
        return tmp_path / "data/out/real"

    return run


def write_picture(path, number, width=60, height=40):
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), np.full((height, width, 3), 10 + number, np.uint8))


def write_whole(folder, names):
    """A COCO set without splits, whose picture i is grey of 10 + i and shows a sign i + 1 px wide."""
    for number, name in enumerate(names):
        write_picture(folder / "images" / name, number)
    images = [Image(number, name, 60, 40) for number, name in enumerate(names)]
    boxes = [Annotation(number + 1, number, (0, 0, number + 1, 9), category_id=1 + number % 2)
             for number in range(len(names))]  # fmt: skip
    write_coco(folder / "annotations.json", images, boxes, SIGNS)


def test_a_whole_set_is_cut_by_positions_where_names_hold_no_numbers(run, tmp_path):
    write_whole(tmp_path / "set", [f"{letter}.png" for letter in "abcdefghijklmnopqrstuvwxyz"])
    out = run(train_frames=(2, 5), test_frames=(20, 24))
    for split, letters in (("train", "cdef"), ("test", "uvwxy")):
        coco = read_coco(out / split / "annotations.json", out / split / "images", categories=None)
        assert [image.file_name for image in coco.images] == [f"{letter}.png" for letter in letters]
        assert coco.categories == SIGNS
        for image in coco.images:
            assert coco.boxes(image.id)[0][0, 2] == image.id + 1  # each keeps its own box
            assert read_image(out / split / "images" / image.file_name).mean() == 10 + image.id
    calibration = sorted((out / "calibration/images").iterdir())
    assert [read_image(path).mean() for path in calibration] == [12, 13, 14, 15]  # of the train split


def test_what_no_scene_shows_is_learned_from_real_frames_but_not_measured(run, tmp_path):
    """A rung cannot find it: measured, it would stop the experiment after the training."""
    write_whole(tmp_path / "set", [f"{letter}.png" for letter in "abcdefghijklmnopqrstuvwxyz"])
    out = run(plate="none", train_frames=(2, 5), test_frames=(20, 24))
    train, test = (load_test_set(out / split) for split in ("train", "test"))
    assert to_find(train) == ("sign", "plate") and to_find(test) == ("sign",)
    assert measured_names(test, {"scenes": load_test_set(only_signs(tmp_path / "scenes"))}) == ("sign",)
    regions = np.concatenate([truth.ignore for truth in test.truths])
    assert regions.sum() == 2 and len(regions) == 5


def only_signs(folder):
    """A rung's set: it lists both categories and shows one."""
    write_picture(folder / "images/0.png", 0)
    write_coco(folder / "annotations.json", [Image(1, "0.png", 60, 40)], [Annotation(1, 1, (0, 0, 9, 9))], SIGNS)
    return folder


def test_a_whole_set_is_cut_by_numbers_and_guarded(run, tmp_path):
    write_whole(tmp_path / "set", [f"shot_{number:03d}.png" for number in range(100, 140)])
    out = run(calibration_frames=(0, 99), train_frames=(100, 110), test_frames=(125, 130))
    assert [p.name for p in sorted((out / "test/images").iterdir())] == [f"shot_{n}.png" for n in range(125, 131)]
    with pytest.raises(UserError, match="real.train_frames: expected its end at least 10 frames before"):
        run(calibration_frames=(0, 99), train_frames=(100, 120), test_frames=(125, 130))


def test_the_splits_of_a_yolo_set_stand(run, tmp_path):
    for split, count in (("train", 3), ("test", 2), ("val", 1)):
        for number in range(count):
            write_picture(tmp_path / f"set/images/{split}/{split}{number}.png", number)
            label = tmp_path / f"set/labels/{split}/{split}{number}.txt"
            label.parent.mkdir(parents=True, exist_ok=True)
            label.write_text("1 0.5 0.5 0.25 0.5\n")
    splits = "".join(f"{split}: images/{split}\n" for split in ("train", "val", "test"))
    (tmp_path / "set/data.yaml").write_text(splits + "names: [sign, plate]\n")
    out = run()
    train = read_coco(out / "train/annotations.json", out / "train/images", categories=None)
    assert [image.file_name.split("/")[-1] for image in train.images] == ["train0.png", "train1.png", "train2.png"]
    np.testing.assert_allclose(train.boxes(train.images[0].id)[0], [[22.5, 10, 37.5, 30]])
    assert [category.name for category in train.categories] == ["sign", "plate"]
    assert len(list((out / "test/images").rglob("*.png"))) == 2 and not (out / "val").exists()


def test_unlabelled_pictures_of_the_commonest_size_are_taken(run, tmp_path, capsys):
    write_whole(tmp_path / "set", [f"{number}.png" for number in range(40)])
    for number, size in enumerate([(64, 48), (80, 60), (64, 48), (64, 48)]):
        write_picture(tmp_path / f"more/{number}.png", 50 + number, *size)
    out = run(unlabelled="more", train_frames=(0, 9), test_frames=(30, 39))
    taken = sorted((out / "calibration/images").iterdir())
    assert [read_image(path).mean() for path in taken] == [60, 62, 63]
    assert "3 unlabelled pictures of 64 x 48 px, 1 of other sizes left out" in capsys.readouterr().out


def test_boxes_of_other_categories_are_counted(run, tmp_path, capsys):
    write_whole(tmp_path / "set", [f"{number}.png" for number in range(40)])
    path = tmp_path / "set/annotations.json"
    truth = json.loads(path.read_text())
    truth["categories"].append({"id": 9, "name": "tree"})
    shown = [{**truth["annotations"][0], "id": 900 + i, "category_id": 9} for i in range(3)]
    path.write_text(json.dumps({**truth, "annotations": [*truth["annotations"], *shown]}))
    run(train_frames=(0, 9), test_frames=(30, 39))
    assert "3 boxes of train left out, of categories that are not in assets.categories" in capsys.readouterr().out


def test_what_cannot_be_split_is_named(run, tmp_path):
    write_whole(tmp_path / "set/train", ["a.png"])
    write_whole(tmp_path / "set/val", ["b.png"])
    with pytest.raises(UserError, match="expected the splits train and test, .*found train, val"):
        run()
    write_whole(tmp_path / "set/test", ["c.png"])
    content = (tmp_path / "set/test/annotations.json").read_text().replace("plate", "other")
    (tmp_path / "set/test/annotations.json").write_text(content)
    with pytest.raises(UserError, match="categories: expected plate of assets.categories .*, found sign, other"):
        run()
    assert not (tmp_path / "data/out/real").exists()
