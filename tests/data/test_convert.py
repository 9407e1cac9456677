import contextlib
import io
import json
import os
import re

import numpy as np
import pytest
from pycocotools.coco import COCO

from pipeline.data.coco import read_coco
from pipeline.data.convert import run
from tests.data.converting import WITHIN_PX, assert_same, convert, fails, plain_yolo
from tests.data.random_sets import NAMES, boxes_by_name, save_coco, save_picture


def files_below(folder):
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


@pytest.mark.parametrize("seed", range(6))
def test_coco_to_yolo_and_back_keeps_boxes_pictures_and_the_order_of_categories(tmp_path, capsys, seed):
    source, there, back = tmp_path / "a", tmp_path / "b", tmp_path / "c"
    content = save_coco(source, seed)
    convert(source, there, "--to", "yolo")
    said = capsys.readouterr().err
    assert re.search("category ids became class numbers by their order: [0-9]+ -> 0, ", said)
    ignored = sum(row["iscrowd"] for row in content["annotations"])
    assert (f"{ignored} ignore regions (iscrowd, difficult) were left out" in said) == (ignored > 0)
    kept = len(content["annotations"]) - ignored
    assert f"extras were left out, which YOLO has not: pose of {kept} boxes, track of {kept} boxes" in said
    assert "1 WebP pictures are turned by EXIF, which Ultralytics does not do" in said  # as KINDS has it
    expected = boxes_by_name(content, ignored=False)
    assert_same(plain_yolo(there, "train"), expected)

    convert(there, back, "--to", "coco")
    with contextlib.redirect_stdout(io.StringIO()):
        theirs = COCO(str(back / "train" / "annotations.json"))
    assert [c["name"] for c in theirs.loadCats(theirs.getCatIds())] == list(NAMES)
    assert_same(boxes_by_name(theirs.dataset), expected)
    for name in expected:
        assert (back / "train" / "images" / name).read_bytes() == (source / "images" / name).read_bytes()


def test_coco_to_coco_keeps_everything_of_an_annotation(tmp_path):
    content = save_coco(tmp_path / "a", 3)
    convert(tmp_path / "a", tmp_path / "b", "--to", "coco")
    again = json.loads((tmp_path / "b" / "annotations.json").read_text(encoding="utf-8"))
    assert again["categories"] == content["categories"] and again["images"] == content["images"]
    for ours, theirs in zip(again["annotations"], content["annotations"], strict=True):
        assert np.abs(np.subtract(ours.pop("bbox"), theirs.pop("bbox"))).max() < WITHIN_PX
        assert abs(ours.pop("area") - theirs.pop("area")) < 1e-4
        assert ours == theirs


def test_the_pipeline_reads_what_is_written(tmp_path):
    content = save_coco(tmp_path / "a", 4)
    content["categories"], rows = [{"id": 1, "name": "person"}], content["annotations"]
    for row in rows:
        row["category_id"] = 1
    (tmp_path / "a" / "annotations.json").write_text(json.dumps(content))
    convert(tmp_path / "a", tmp_path / "b", "--to", "yolo")
    convert(tmp_path / "b", tmp_path / "c", "--to", "coco")
    coco = read_coco(tmp_path / "c" / "train" / "annotations.json", tmp_path / "c" / "train" / "images")
    assert len(coco.images) == len(content["images"])


def test_equal_input_gives_equal_bytes(tmp_path):
    save_coco(tmp_path / "a", 5)
    for to in ("yolo", "coco"):
        for name in ("b", "c"):
            convert(tmp_path / "a", tmp_path / to / name, "--to", to)
        assert files_below(tmp_path / to / "b") == files_below(tmp_path / to / "c")


def test_splits_stay_apart(tmp_path, capsys):
    contents = {split: save_coco(tmp_path / "a" / split, seed) for seed, split in enumerate(("train", "valid"))}
    contents["valid"]["categories"] = contents["train"]["categories"]
    ids = [category["id"] for category in contents["train"]["categories"]]
    for row in contents["valid"]["annotations"]:
        row["category_id"] = ids[row["track"] % len(ids)]
    (tmp_path / "a" / "valid" / "annotations.json").write_text(json.dumps(contents["valid"]))
    convert(tmp_path / "a", tmp_path / "b", "--to", "yolo")
    assert "(train 12, val 12)" in capsys.readouterr().out
    for split, name in (("train", "train"), ("valid", "val")):
        assert_same(plain_yolo(tmp_path / "b", name), boxes_by_name(contents[split], ignored=False))
    convert(tmp_path / "b", tmp_path / "c", "--to", "coco", "--split", "val")
    assert [path.name for path in (tmp_path / "c").iterdir()] == ["val"]
    fails("--split: expected one of the splits .train, val., found test", tmp_path / "b", tmp_path / "d",
          "--to", "coco", "--split", "val", "test")  # fmt: skip


def test_splits_of_other_categories_do_not_become_one_yolo_set(tmp_path):
    for seed, split in enumerate(("train", "val")):
        content = save_coco(tmp_path / "a" / split, seed)
        content["categories"][0]["name"] = f"only in {split}"
        (tmp_path / "a" / split / "annotations.json").write_text(json.dumps(content))
    fails(r"val: expected the categories of train \(only in train, .*found only in val", tmp_path / "a",
          tmp_path / "b", "--to", "yolo")  # fmt: skip
    assert not (tmp_path / "b").exists()


def test_links_are_the_same_files(tmp_path):
    save_coco(tmp_path / "a", 1)
    convert(tmp_path / "a", tmp_path / "b", "--to", "coco", "--link")
    for path in (tmp_path / "a" / "images").rglob("*.*"):
        assert os.path.samefile(path, tmp_path / "b" / "images" / path.relative_to(tmp_path / "a" / "images"))


def test_nothing_is_overwritten(tmp_path):
    save_coco(tmp_path / "a", 1)
    (tmp_path / "empty").mkdir()
    convert(tmp_path / "a", tmp_path / "empty", "--to", "yolo")
    before = files_below(tmp_path / "empty")
    fails("empty: expected a new or an empty folder, found files", tmp_path / "a", tmp_path / "empty", "--to", "coco")
    assert files_below(tmp_path / "empty") == before
    file = tmp_path / "a" / "annotations.json"
    fails("annotations.json: expected a new or an empty folder", tmp_path / "a", file, "--to", "coco")


def test_links_out_of_the_folder_are_refused(tmp_path):
    content = save_coco(tmp_path / "a", 1)
    picture = tmp_path / "a" / "images" / content["images"][0]["file_name"]
    picture.rename(tmp_path / "elsewhere.png")
    picture.symlink_to(tmp_path / "elsewhere.png")
    match = f"{picture.name}: expected a file in .*images, found a link that leads out of it"
    fails(match, tmp_path / "a", tmp_path / "b", "--to", "yolo")
    assert [path.name for path in tmp_path.iterdir() if path.name != "a"] == ["elsewhere.png"]
    (tmp_path / "pictures").mkdir()
    os.rename(tmp_path / "a" / "images", tmp_path / "pictures" / "images")  # the whole folder may be elsewhere
    picture = tmp_path / "pictures" / "images" / content["images"][0]["file_name"]
    picture.unlink()
    (tmp_path / "elsewhere.png").rename(picture)
    (tmp_path / "a" / "images").symlink_to(tmp_path / "pictures" / "images")
    convert(tmp_path / "a", tmp_path / "b", "--to", "yolo")


def test_all_problems_come_together_and_nothing_is_written(tmp_path):
    content = save_coco(tmp_path / "a", 2)
    content["images"][0]["file_name"] = "../p0.png"
    content["images"][1]["width"] += 1
    content["annotations"][-1]["category_id"] = 100
    (tmp_path / "a" / "annotations.json").write_text(json.dumps(content))
    match = "image 1000: expected a file_name inside the image folder"
    lines = fails(match, tmp_path / "a", tmp_path / "b", "--to", "coco")
    assert any(re.search("annotation [0-9]+: expected category_id", line) for line in lines)
    assert not (tmp_path / "b").exists()


def test_sizes_before_the_rotation_are_named(tmp_path):
    name = save_picture(tmp_path / "images", "a", (20, 10), "turned.jpg", np.random.default_rng(0))
    content = {"images": [{"id": 1, "file_name": name, "width": 10, "height": 20}], "annotations": []}
    content["categories"] = [{"id": 1, "name": "person"}]
    (tmp_path / "annotations.json").write_text(json.dumps(content))
    fails("image 1 .*: expected 10 x 20 px, found 20 x 10 px as shown", tmp_path, tmp_path / "b", "--to", "yolo")


def test_two_pictures_of_one_name_cannot_share_their_labels(tmp_path):
    rng = np.random.default_rng(0)
    names = [save_picture(tmp_path / "images", "a", (20, 10), kind, rng) for kind in (".png", ".jpg")]
    images = [{"id": i, "file_name": name, "width": 20, "height": 10} for i, name in enumerate(names)]
    content = {"images": images, "annotations": [], "categories": [{"id": 1, "name": "person"}]}
    (tmp_path / "annotations.json").write_text(json.dumps(content))
    match = "a.txt: expected one picture of this name, whatever its suffix, found 2"
    fails(match, tmp_path, tmp_path / "b", "--to", "yolo")
    convert(tmp_path, tmp_path / "b", "--to", "coco")


def test_a_folder_called_images_among_the_pictures_does_not_mislead(tmp_path):
    rng = np.random.default_rng(0)
    name = save_picture(tmp_path / "a" / "images", "images/x", (20, 10), ".png", rng)
    content = {"images": [{"id": 1, "file_name": name, "width": 20, "height": 10}]}
    content["annotations"] = [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [5, 5, 10, 5]}]
    content["categories"] = [{"id": 1, "name": "person"}]
    (tmp_path / "a" / "annotations.json").write_text(json.dumps(content))
    convert(tmp_path / "a", tmp_path / "b", "--to", "yolo")
    label = tmp_path / "b" / "images" / "train" / "labels" / "x.txt"  # where Ultralytics looks for it
    assert label.read_text() == "0 0.5 0.75 0.5 0.5\n"
    convert(tmp_path / "b", tmp_path / "c", "--to", "coco")
    again = json.loads((tmp_path / "c" / "train" / "annotations.json").read_text())
    assert again["annotations"][0]["bbox"] == [5, 5, 10, 5]


def test_what_is_no_data_set_is_named(tmp_path):
    to = (tmp_path / "b", "--to", "coco")
    fails("none: expected a data set, found no such file or folder", tmp_path / "none", *to)
    fails("none: expected a data set, found no such file or folder", tmp_path / "none", *to, "--from", "voc")
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "package.json").write_text("{}")
    fails(r"a: expected COCO \(.json\), YOLO .* or Pascal VOC .*, found none of them", tmp_path / "a", *to)
    (tmp_path / "a" / "classes.txt").write_text("person\n")
    (tmp_path / "a" / "1.xml").write_text("<annotation/>")
    fails("a: expected one format, found yolo and voc; say --from yolo", tmp_path / "a", *to)
    fails("a: expected COCO files .*found none", tmp_path / "a", *to, "--from", "coco")
    fails("a: expected pictures .*found none", tmp_path / "a", *to, "--from", "yolo")
    fails("a: expected objects in the XML files, found none", tmp_path / "a", *to, "--from", "voc")


@pytest.mark.parametrize("words", ["", "a", "a b", "a b --to voc", "a b --to coco --from x"])
def test_wrong_words_show_the_usage(capsys, words):
    with pytest.raises(SystemExit) as stopped:
        run(*words.split())
    assert stopped.value.code == 2 and "usage: python -m pipeline.data.convert" in capsys.readouterr().err
