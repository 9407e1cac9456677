import json

import numpy as np
import pytest

from pipeline.data.coco import Annotation, Image, write_coco
from pipeline.errors import DataError
from pipeline.measure.matching import Detections
from pipeline.measure.results import load_test_set, read_results, write_results


def write_set(folder, iscrowd=False):
    images = [Image(7, "frame_0020.png", 64, 48), Image(3, "frame_0010.png", 64, 48)]
    annotations = [Annotation(1, 7, (1, 2, 11, 32), iscrowd), Annotation(2, 3, (5.5, 2, 15, 30), True)]
    folder.mkdir(parents=True, exist_ok=True)
    write_coco(folder / "annotations.json", images, annotations)
    return folder


def test_images_stand_in_the_order_of_the_video(tmp_path):
    test_set = load_test_set(write_set(tmp_path), look_for_images=False)
    assert test_set.image_ids == [3, 7]
    assert [path.name for path in test_set.paths] == ["frame_0010.png", "frame_0020.png"]
    assert test_set.truths[0].ignore.tolist() == [True]
    np.testing.assert_allclose(test_set.truths[0].boxes, [[5.5, 2, 15, 30]])


def test_a_set_with_nobody_to_find_is_refused(tmp_path):
    with pytest.raises(DataError, match="at least one box that counts"):
        load_test_set(write_set(tmp_path, iscrowd=True), look_for_images=False)


def test_results_come_back_rounded_and_in_order(tmp_path):
    rng = np.random.default_rng(0)
    low = rng.uniform(0, 50, (6, 2))
    boxes = np.concatenate([low, low + rng.uniform(1, 50, (6, 2))], axis=1)
    found = [
        Detections(boxes[:4], rng.random(4)),
        Detections(boxes[4:4], np.zeros(0)),
        Detections(boxes[4:], rng.random(2)),
    ]
    path = tmp_path / "results.json"
    write_results(path, [5, 2, 9], found)
    entries = json.loads(path.read_text())
    assert set(entries[0]) == {"image_id", "category_id", "bbox", "score"}
    assert all(round(v, 2) == v for entry in entries for v in entry["bbox"])
    again = read_results(path, [9, 5, 2])
    for expected, back in zip([found[2], found[0], found[1]], again, strict=True):
        np.testing.assert_allclose(back.boxes, expected.boxes, atol=0.0101)
        np.testing.assert_allclose(back.scores, expected.scores, atol=5.1e-6)
    before = path.read_bytes()
    write_results(path, [5, 2, 9], read_results(path, [5, 2, 9]))
    assert path.read_bytes() == before


def test_no_detection_at_all_is_a_valid_file(tmp_path):
    nothing = Detections(np.zeros((0, 4)), np.zeros(0))
    write_results(tmp_path / "results.json", [1], [nothing])
    assert json.loads((tmp_path / "results.json").read_text()) == []
    assert len(read_results(tmp_path / "results.json", [1])[0].scores) == 0


@pytest.mark.parametrize(
    "content",
    [
        "{",
        '{"a": 1}',
        '[{"image_id": 4, "bbox": [0, 0, 1, 1], "score": 1}]',
        '[{"image_id": 1}]',
        '[{"image_id": 1, "bbox": [0, 0, 1], "score": 1}]',
        '[{"image_id": 1, "bbox": [0, 0, "x", 1], "score": 1}]',
        '[{"image_id": 1, "category_id": 1, "bbox": [0, 0, 1, 1], "score": []}]',
    ],
)
def test_malformed_results_are_named(tmp_path, content):
    path = tmp_path / "results.json"
    path.write_text(content)
    with pytest.raises(DataError, match="results.json.*dvc repro"):
        read_results(path, [1])


def test_missing_results_are_named(tmp_path):
    with pytest.raises(DataError, match="real_seed0.json.*dvc repro"):
        read_results(tmp_path / "real_seed0.json", [1])
