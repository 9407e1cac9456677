import json

import numpy as np
import pytest

from pipeline.data.coco import Category
from pipeline.errors import DataError
from pipeline.measure.foreign_results import read_foreign_results

CATEGORIES = (Category(1, "person"), Category(4, "car"))
NAMES = ["000001_a.png", "000002_b.png"]
GOOD = {"image_id": 1, "category_id": 1, "bbox": [1, 2, 10, 20], "score": 0.5}


def read(path, content, most=100):
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return read_foreign_results(path, NAMES, CATEGORIES, most)


def test_entries_by_id_or_by_name_best_first(tmp_path):
    by_name = {"file_name": "images/000002_b.png", "category_id": 4, "bbox": [0, 0, 5, 5.5], "score": 0.25}
    better = GOOD | {"bbox": [3, 2, 10, 20], "score": 1}
    first, second = read(tmp_path / "r.json", [GOOD, by_name, better])
    np.testing.assert_array_equal(first.boxes, [[3, 2, 13, 22], [1, 2, 11, 22]])
    assert first.scores.tolist() == [1.0, 0.5] and first.category.tolist() == ["person"] * 2
    np.testing.assert_array_equal(second.boxes, [[0, 0, 5, 5.5]])
    assert second.category.tolist() == ["car"]
    assert len(read(tmp_path / "r.json", [GOOD, better], most=1)[0].scores) == 1


def test_no_detection_at_all(tmp_path):
    assert [len(found.scores) for found in read(tmp_path / "r.json", [])] == [0, 0]


@pytest.mark.parametrize(("change", "expected"), [
    ({"image_id": 3}, "an image_id or file_name of {image_list}, found 3"),
    ({"image_id": 0}, "an image_id or file_name of {image_list}, found 0"),
    ({"image_id": True}, "an image_id or file_name of {image_list}, found true"),
    ({"image_id": "1"}, "an image_id or file_name of {image_list}, found 1"),
    ({"category_id": 2}, "category_id 1 (person), 4 (car), found 2"),
    ({"category_id": None}, "category_id 1 (person), 4 (car), found null"),
    ({"bbox": [1, 2, 10]}, "bbox [x, y, width, height] of finite numbers, found [1, 2, 10]"),
    ({"bbox": [1, float("nan"), 10, 2]}, "bbox [x, y, width, height] of finite numbers, found [1, NaN, 10, 2]"),
    ({"bbox": [1, 2, float("inf"), 2]}, "bbox [x, y, width, height] of finite numbers, found [1, 2, Infinity, 2]"),
    ({"bbox": [1, 2, -3, 2]}, "a box with positive width and height, found [1, 2, -3, 2]"),
    ({"bbox": [1, 2, 3, 0]}, "a box with positive width and height, found [1, 2, 3, 0]"),
    ({"score": 3.5}, "a score from 0 to 1, found 3.5"),
    ({"score": -0.1}, "a score from 0 to 1, found -0.1"),
    ({"score": float("nan")}, "a score from 0 to 1, found NaN"),
    ({"score": "high"}, "a score from 0 to 1, found high"),
    ({}, "every detection once"),
])  # fmt: skip
def test_a_wrong_entry_is_told_with_its_place(change, expected, tmp_path):
    with pytest.raises(DataError) as raised:
        read(tmp_path / "r.json", [GOOD, GOOD | change])
    assert str(raised.value).startswith(f"{tmp_path / 'r.json'}: [1]: expected {expected}")


def test_all_problems_are_told_together(tmp_path):
    wrong = [GOOD | {"image_id": 9, "score": 2}, 7, {"file_name": "c.png"}]
    with pytest.raises(DataError) as raised:
        read(tmp_path / "r.json", wrong)
    places = [line.split(": ")[1] for line in str(raised.value).splitlines()]
    assert places == ["[0]", "[0]", "[1]", "[2]", "[2]", "[2]", "[2]"]


@pytest.mark.parametrize(("content", "expected"), [
    ("[1", "no valid JSON"), ('{"a": 1}', "a JSON list of detections, found a dict"), ("\x00", "no valid JSON"),
])  # fmt: skip
def test_no_list_of_detections(content, expected, tmp_path):
    with pytest.raises(DataError, match=expected):
        read(tmp_path / "r.json", content)


def test_no_file(tmp_path):
    with pytest.raises(DataError, match="found no readable file"):
        read_foreign_results(tmp_path / "none.json", NAMES, CATEGORIES, 100)
