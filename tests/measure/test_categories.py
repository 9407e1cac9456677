import numpy as np
import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from pipeline.data.coco import Category
from pipeline.measure.categories import match_categories, mean_recall, of_category
from pipeline.measure.matching import FALSE_ALARM, Detections, Truth
from pipeline.measure.recall import recall_at_fppi
from pipeline.measure.results import read_results, write_results
from pipeline.measure.summary import mean_of, summarize_categories
from tests.measure.experiment import small_params
from tests.measure.random_sets import random_set

NAMES = ("bus", "car", "van")


def several(rng, images=20):
    """A random set whose boxes have random categories: detections are often of the wrong one."""
    truths, found = random_set(rng, images=images, ties=False)
    truths = [Truth(t.boxes, t.ignore, rng.choice(NAMES, len(t.boxes))) for t in truths]
    return truths, [Detections(d.boxes, d.scores, rng.choice(NAMES, len(d.boxes))) for d in found]


def coco_of(images, lists):
    """pycocotools' own set of several categories, of (boxes, category, extra keys) an image."""
    rows = []
    for image, (boxes, names, extra) in enumerate(lists, start=1):
        for k, (x0, y0, x1, y1) in enumerate(boxes.tolist()):
            bbox, area = [x0, y0, x1 - x0, y1 - y0], (x1 - x0) * (y1 - y0)
            row = {"id": len(rows) + 1, "image_id": image, "category_id": NAMES.index(names[k]) + 1, "bbox": bbox}
            rows.append(row | {"area": area, **{key: values[k] for key, values in extra.items()}})
    coco = COCO()
    categories = [{"id": k + 1, "name": name} for k, name in enumerate(NAMES)]
    coco.dataset = {"images": [{"id": i + 1} for i in range(images)], "annotations": rows, "categories": categories}
    coco.createIndex()
    return coco


@pytest.mark.parametrize("seed", range(3))
def test_mean_ap_is_that_of_pycocotools_on_all_categories(seed):
    truths, found = several(np.random.default_rng(seed))
    params = small_params()
    theirs = COCOeval(
        coco_of(len(truths), [(t.boxes, t.category, {"iscrowd": t.ignore.astype(int).tolist()}) for t in truths]),
        coco_of(len(truths), [(d.boxes, d.category, {"score": d.scores.tolist()}) for d in found]),
        "bbox",
    )
    theirs.params.maxDets = [1, 10, params.decoding.max_detections]
    theirs.evaluate()
    theirs.accumulate()
    precision = theirs.eval["precision"][:, :, :, 0, -1]  # (IoU, recall, category)
    summaries = summarize_categories(truths, found, NAMES, params)
    for k, name in enumerate(NAMES):
        assert summaries[name]["ap50"] == pytest.approx(precision[0, :, k].mean(), abs=1e-9)
    assert mean_of(summaries)["ap"] == pytest.approx(precision.mean(), abs=1e-9)
    assert mean_of(summaries)["ap50"] == pytest.approx(precision[0].mean(), abs=1e-9)


def test_the_right_place_of_the_wrong_category_is_a_false_alarm():
    boxes = np.array([[0, 0, 10, 20.0]])
    truths = [Truth(boxes, np.array([False]), np.array(["car"]))]
    found = [Detections(boxes, np.array([0.9]), np.array(["bus"]))]
    matches = match_categories(truths, found, NAMES, 0.5)
    assert matches["bus"].outcome.tolist() == [FALSE_ALARM] and recall_at_fppi(matches["car"], 100.0) == 0


def test_an_ignore_region_excuses_its_own_category_only():
    boxes = np.array([[0, 0, 10, 20.0]] * 2)
    truths = [Truth(boxes[:1], np.array([True]), np.array(["car"]))]
    found = [Detections(boxes, np.array([0.9, 0.8]), np.array(["bus", "car"]))]
    matches = match_categories(truths, found, NAMES, 0.5)
    assert matches["bus"].outcome.tolist() == [FALSE_ALARM] and matches["car"].outcome.tolist() == [-1]


def test_every_category_has_false_alarms_of_its_own():
    """100 false alarms of one category leave the threshold of another where it is; who is not there is not averaged."""
    truth = Truth(np.array([[0, 0, 10, 20.0]]), np.array([False]), np.array(["car"]))
    alarms = np.tile([[50, 50, 60, 70.0]], (100, 1))
    found = Detections(
        np.concatenate([alarms, truth.boxes]), np.append(np.full(100, 0.9), 0.1), np.array(["bus"] * 100 + ["car"])
    )
    matches = match_categories([truth], [found], NAMES, 0.5)
    assert mean_recall(matches, 1.0) == recall_at_fppi(matches["car"], 1.0) == 1.0


def test_the_parts_are_the_whole():
    truths, found = several(np.random.default_rng(5))
    for name in NAMES:
        for whole, part in zip(found, of_category(found, name), strict=True):
            np.testing.assert_array_equal(part.boxes, whole.boxes[whole.category == name])
    total = sum(len(part.scores) for name in NAMES for part in of_category(found, name))
    assert total == sum(len(one.scores) for one in found)


def test_results_keep_categories_and_leave_out_what_the_set_does_not_list(tmp_path):
    _, found = several(np.random.default_rng(6), images=3)
    listed = (Category(9, "van"), Category(2, "bus"))
    write_results(tmp_path / "r.json", [1, 2, 3], found, listed)
    back = read_results(tmp_path / "r.json", [1, 2, 3], listed)
    for before, after in zip(found, back, strict=True):
        kept = before.category != "car"
        assert after.category.tolist() == before.category[kept].tolist()
        np.testing.assert_allclose(after.boxes, before.boxes[kept], atol=0.011)
