import json

from tests.data.converting import assert_same, convert, plain_yolo
from tests.data.random_sets import boxes_by_name, save_coco


def test_official_coco_folders_are_understood(tmp_path):
    """annotations/instances_val2017.json with val2017/, beside captions, which have no boxes."""
    content = save_coco(tmp_path / "a", 8)
    (tmp_path / "a" / "annotations").mkdir()
    (tmp_path / "a" / "annotations.json").rename(tmp_path / "a" / "annotations" / "instances_val2017.json")
    keypoints = json.dumps({"images": [], "annotations": [], "categories": []})
    (tmp_path / "a" / "annotations" / "person_keypoints_val2017.json").write_text(keypoints)
    (tmp_path / "a" / "images").rename(tmp_path / "a" / "val2017")
    convert(tmp_path / "a", tmp_path / "b", "--to", "yolo")
    assert_same(plain_yolo(tmp_path / "b", "val"), boxes_by_name(content, ignored=False))


def test_coco_files_among_their_pictures_are_understood(tmp_path):
    content = save_coco(tmp_path / "x", 9)
    (tmp_path / "a").mkdir()
    (tmp_path / "x" / "images").rename(tmp_path / "a" / "test")
    (tmp_path / "x" / "annotations.json").rename(tmp_path / "a" / "test" / "_annotations.coco.json")
    convert(tmp_path / "a", tmp_path / "b", "--to", "yolo")
    assert_same(plain_yolo(tmp_path / "b", "test"), boxes_by_name(content, ignored=False))
