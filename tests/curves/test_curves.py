"""Learning curves: what is learned from, what is measured by whom, and gains that were planted."""

import json
from dataclasses import replace

import numpy as np
import pytest

from pipeline.curves.outcome import content_of
from pipeline.curves.plan import (
    AUGMENTED,
    PLAIN,
    PRETRAINED,
    SCRATCH,
    folds_of,
    pack_all,
    real_lessons,
    real_sizes,
    sizes,
)
from pipeline.data.coco import Annotation, Category, CocoSet, Image
from pipeline.data.files import write_image
from pipeline.laboratory.learning import learning_section
from pipeline.measure import folders
from pipeline.measure.results import load_test_set
from pipeline.params import CurvesParams
from pipeline.stages import curves as stage
from tests.detect.conftest import decoding_params, detector_params, small_dataset, train_params
from tests.search.small import SHIPPED, AtOnce, at_once, lay_out, opened, small_params, start_watch
from tests.search.test_transfer import SETTINGS, planted

__all__ = ["decoding_params", "detector_params", "small_dataset", "train_params"]

CURVES = CurvesParams(fewest_images=1, fewest_frames=1, folds=3, seeds=2, steps=2)


def test_sizes_are_spread_on_a_logarithmic_scale():
    assert sizes(10, 260, 5) == [10, 23, 51, 115, 260]
    assert sizes(1, 2, 5) == [1, 2] and sizes(5, 3, 4) == [3]


def test_nobody_is_measured_on_frames_of_a_block_that_was_learned_from(tmp_path):
    """Frame i has the grey level 10 i: so the pixels of a packed set tell which frames they are of."""
    names = [f"frame_{i:04d}.png" for i in range(9)]
    for i, name in enumerate(names):
        write_image(tmp_path / name, np.full((32, 32, 3), 10 * i, np.uint8))
    images = [Image(i, name, 32, 32) for i, name in enumerate(names)]
    coco = CocoSet(images, [Annotation(i + 1, i, (2, 2, 20, 30)) for i in range(9)], (Category(1, "person"),))
    sets = pack_all(coco, coco, {"synthetic": tmp_path, "real": tmp_path}, CURVES, 1.0, tmp_path)
    lessons = real_lessons(coco, CURVES, tmp_path)
    assert len(lessons) == 2 * CURVES.folds * CURVES.seeds * len(real_sizes(coco, CURVES))
    for lesson in lessons.values():
        learned = {int(image[0, 0, 0]) // 10 for image in sets[lesson.data].images()}
        assert len(learned) == int(lesson.data.split("-")[1]) and not learned & set(lesson.measured)
    together = [i for part in folds_of(coco, CURVES) for i in part]
    assert together == list(range(9))


def test_planted_gains_are_told_with_the_sizes_at_which_they_are():
    params = replace(SHIPPED, evaluate=SETTINGS, curves=CURVES)
    matches = {
        PLAIN: {10: planted(0.4, 1), 100: planted(0.8, 2)},
        AUGMENTED: {10: planted(0.7, 3), 100: planted(0.6, 4)},  # helps the small set, hurts the large one
        SCRATCH: {2: planted(0.3, 5), 16: planted(0.8, 6)},
        PRETRAINED: {2: planted(0.6, 7), 16: planted(0.8, 8)},
    }
    content = content_of(matches, params)
    assert [row["effect"] for row in content["synthetic"]] == ["helped", "hurt"]
    assert [row["effect"] for row in content["real"]] == ["helped", "none"]
    augmentation, pretraining = content["sentences"]
    assert "helped with 10 (+0.3" in augmentation and "hurt with 100 (-0." in augmentation
    assert "no difference that can be told from chance with 16 labelled real frames" in pretraining
    beside = content["side_by_side"]
    assert {name: row["learned_from"] for name, row in beside.items()} == {
        "real_only": 16, "synthetic_only": 100, "synthetic + real": 16}
    assert beside["synthetic_only"]["effect"] == "hurt" and beside["synthetic + real"]["effect"] == "none"


def test_the_stage_measures_all_points_opens_no_test_frame_and_trains_nothing_twice(
    tmp_path, monkeypatch, small_dataset, train_params, decoding_params, detector_params
):
    lay_out(tmp_path, small_dataset)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(stage, "start_workers", at_once)
    monkeypatch.setattr("pipeline.labels.finetune.STEPS", 1)
    params = replace(small_params(train_params, decoding_params, detector_params), curves=replace(CURVES, folds=2))
    monkeypatch.setattr(stage, "load_params", lambda: params)
    start_watch()
    stage.run()
    assert [path for path in opened if "real/test" in path] == [] and any("real/train" in path for path in opened)
    load_test_set(folders.real_set("test"))
    assert any("real/test" in path for path in opened), "the watch saw nothing"
    found = json.loads((stage.OUT / "curves.json").read_text())
    assert [row["learned_from"] for row in found["synthetic"]] == [1, 2]
    assert [row["learned_from"] for row in found["real"]] == [1]
    assert "synthetic + real" in learning_section(found)
    monkeypatch.setattr(AtOnce, "submit", lambda *_: pytest.fail("it was trained before"))
    stage.run()
    assert json.loads((stage.OUT / "curves.json").read_text()) == found
