"""Every metric against pycocotools and against a slow re-implementation, on sets full of traps.

See `trap_set`.
"""

import contextlib
import dataclasses
import io

import numpy as np
import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from pipeline.measure.categories import of_category
from pipeline.measure.matching import match_set
from pipeline.measure.recall import recall_at_fppi
from pipeline.measure.summary import mean_of, summarize_categories
from tests.measure.experiment import small_params
from tests.measure.random_sets import trap_set
from tests.reference import slow_detection_metrics as slow

NAMES = ("bus", "car", "van")
MOST = 10  # detections an image
PARAMS = small_params()
PARAMS = dataclasses.replace(PARAMS, decoding=dataclasses.replace(PARAMS.decoding, max_detections=MOST))
FPPI, LOW = PARAMS.evaluate.fppi, PARAMS.evaluate.low_fppi
SEEDS = range(40)


def slow_images(truths, found, name):
    pairs = zip(of_category(truths, name), of_category(found, name), strict=True)
    return [
        (t.boxes[~t.ignore].tolist(), t.boxes[t.ignore].tolist(), list(zip(d.boxes.tolist(), d.scores, strict=True)))
        for t, d in pairs
    ]


def evaluated(truths, found, most, ious=None):
    """pycocotools' evaluation of all categories at once."""
    theirs = COCOeval(
        coco_of(truths, lambda truth, k: {"iscrowd": int(truth.ignore[k])}),
        coco_of(found, lambda detections, k: {"score": float(detections.scores[k])}),
        "bbox",
    )
    theirs.params.maxDets = [most]
    theirs.params.areaRng, theirs.params.areaRngLbl = [[0, 1e10]], ["all"]
    if ious is not None:
        theirs.params.iouThrs = np.array(ious)
    with contextlib.redirect_stdout(io.StringIO()):
        theirs.evaluate()
        theirs.accumulate()
    return theirs


def coco_of(images, more):
    rows = []
    for image, one in enumerate(images, start=1):
        for k, (x0, y0, x1, y1) in enumerate(one.boxes.tolist()):
            row = {"id": len(rows) + 1, "image_id": image, "category_id": NAMES.index(one.category[k]) + 1}
            rows.append(row | {"bbox": [x0, y0, x1 - x0, y1 - y0], "area": (x1 - x0) * (y1 - y0)} | more(one, k))
    coco = COCO()
    categories = [{"id": k + 1, "name": name} for k, name in enumerate(NAMES)]
    numbered = [{"id": i + 1} for i in range(len(images))]
    coco.dataset = {"images": numbered, "annotations": rows, "categories": categories}
    with contextlib.redirect_stdout(io.StringIO()):
        coco.createIndex()
    return coco


def told_by_pycocotools(theirs, k, images):
    """What it says of every detection of category k, in the form of `slow.judged`."""
    told = []
    for one in filter(None, theirs.evalImgs[k * images : (k + 1) * images]):
        for score, match, ignored in zip(one["dtScores"], one["dtMatches"][0], one["dtIgnore"][0], strict=True):
            told.append((score, slow.SET_ASIDE if ignored else slow.HIT if match else slow.FALSE))
    return told


@pytest.mark.parametrize("seed", SEEDS)
def test_recall_and_lamr(seed):
    truths, found = trap_set(seed, NAMES)
    ours = summarize_categories(truths, found, NAMES, PARAMS)
    theirs = evaluated(truths, found, 1000, [PARAMS.evaluate.iou])
    for k, name in enumerate(NAMES):
        images = slow_images(truths, found, name)
        people = slow.to_find(images)
        for told in (slow.judged(images, PARAMS.evaluate.iou), told_by_pycocotools(theirs, k, len(images))):
            assert ours[name]["recall"] == pytest.approx(slow.recall_at(told, FPPI, len(images), people), abs=1e-9)
            low = slow.recall_at(told, LOW, len(images), people)
            assert ours[name][f"recall_fppi_{LOW:g}"] == pytest.approx(low, abs=1e-9)
            assert ours[name]["lamr"] == pytest.approx(slow.lamr(told, len(images), people), abs=1e-9)


@pytest.mark.parametrize("seed", SEEDS)
def test_recall_of_everything_is_the_recall_of_pycocotools(seed):
    truths, found = trap_set(seed, NAMES)
    recall = evaluated(truths, found, 1000).eval["recall"][:, :, 0, 0]  # (IoU, category)
    for k, name in enumerate(NAMES):
        for t, iou in enumerate(slow.COCO_IOUS):
            matches = match_set(of_category(truths, name), of_category(found, name), iou)
            assert recall_at_fppi(matches, 1e6) == pytest.approx(recall[t, k], abs=1e-9)


@pytest.mark.parametrize("seed", SEEDS)
def test_average_precision(seed):
    truths, found = trap_set(seed, NAMES)
    ours = summarize_categories(truths, found, NAMES, PARAMS)
    precision = evaluated(truths, found, MOST).eval["precision"][..., 0, 0]  # (IoU, recall, category)
    by_hand = {
        name: [slow.average_precision(slow_images(truths, found, name), iou, MOST) for iou in slow.COCO_IOUS]
        for name in NAMES
    }
    for k, name in enumerate(NAMES):
        assert ours[name]["ap50"] == pytest.approx(precision[0, :, k].mean(), abs=1e-9)
        assert ours[name]["ap"] == pytest.approx(precision[..., k].mean(), abs=1e-9)
        assert ours[name]["ap50"] == pytest.approx(by_hand[name][0], abs=1e-9)
        assert ours[name]["ap"] == pytest.approx(np.mean(by_hand[name]), abs=1e-9)
    assert mean_of(ours)["ap"] == pytest.approx(precision.mean(), abs=1e-9)


def test_the_traps_are_there():
    """Ties, empty images, ignore regions that matter, and images with more detections than are counted."""
    sets = [trap_set(seed, NAMES) for seed in SEEDS]
    outcomes = {name: [] for name in NAMES}
    for truths, found in sets:
        for name in NAMES:
            outcomes[name] += [outcome for _, outcome in slow.judged(slow_images(truths, found, name), 0.5)]
    for name in NAMES:
        assert min(outcomes[name].count(kind) for kind in (slow.HIT, slow.FALSE, slow.SET_ASIDE)) > 50
    images = [(t, d) for truths, found in sets for t, d in zip(truths, found, strict=True)]
    assert sum(len(t.boxes) == 0 for t, _ in images) > 30 and sum(len(d.boxes) == 0 for _, d in images) > 5
    crowded = [max((d.category == name).sum() for name in NAMES) > MOST for _, d in images]
    assert sum(crowded) > 0
    tied = [len(set(one.scores)) < len(one.scores) for _, d in images for one in of_category([d], NAMES[0])]
    assert np.mean(tied) > 0.3
