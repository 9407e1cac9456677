import numpy as np
import pytest
from pycocotools import mask
from pycocotools.cocoeval import COCOeval

from pipeline.measure.average_precision import _coco, _entry
from pipeline.measure.matching import (
    FALSE_ALARM,
    HIT,
    IGNORED,
    Detections,
    Truth,
    match_image,
    match_set,
    overlaps,
)
from tests.measure.random_sets import random_set, trap_set


def pycocotools_matches(truths, found, iou):
    """Per image: matched index of the person (-1 none) and ignored flag, in the order of our detections."""
    images = [{"id": i} for i in range(1, len(truths) + 1)]
    people, detections = [], []
    for i, (truth, detected) in enumerate(zip(truths, found, strict=True), start=1):
        people += [_entry(i, b) | {"iscrowd": int(g)} for b, g in zip(truth.boxes, truth.ignore, strict=True)]
        detections += [
            _entry(i, b) | {"score": s} for b, s in zip(detected.boxes, detected.scores, strict=True)
        ]
    evaluation = COCOeval(_coco(images, people), _coco(images, detections), "bbox")
    evaluation.params.iouThrs = np.array([iou])
    evaluation.params.areaRng = [[0, 1e10]]
    evaluation.evaluate()
    return evaluation


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("iou", [0.5, 0.3])
def test_matches_are_those_of_pycocotools(seed, iou):
    _agree_with_pycocotools(*random_set(np.random.default_rng(seed)), iou)


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("iou", [0.5, 0.25])
def test_matches_are_those_of_pycocotools_where_scores_and_overlaps_are_equal(seed, iou):
    _agree_with_pycocotools(*trap_set(seed, ["person"]), iou)


def _agree_with_pycocotools(truths, found, iou):
    evaluation = pycocotools_matches(truths, found, iou)
    first_person = first_detection = 1  # ids that _coco gives, in order
    for i, (truth, detected) in enumerate(zip(truths, found, strict=True)):
        outcome, _, person = match_image(detected, truth, iou)
        theirs = evaluation.evalImgs[i]
        if theirs is None:
            assert len(detected.scores) == 0
        else:
            for id_, match, ignored in zip(
                theirs["dtIds"], theirs["dtMatches"][0], theirs["dtIgnore"][0], strict=True
            ):
                d = id_ - first_detection
                expected = IGNORED if ignored else HIT if match else FALSE_ALARM
                assert outcome[d] == expected
                if expected == HIT:
                    assert person[d] == match - first_person
        first_person += len(truth.boxes)
        first_detection += len(detected.scores)


def test_overlaps_are_those_of_pycocotools():
    rng = np.random.default_rng(3)
    a, b = (
        np.concatenate([c := rng.uniform(0, 50, (n, 2)), c + rng.uniform(1, 50, (n, 2))], 1) for n in (30, 20)
    )
    ignore = rng.random(20) < 0.5
    xywh = [np.concatenate([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]], axis=1) for boxes in (a, b)]
    theirs = mask.iou(*xywh, ignore.astype(np.uint8).tolist())
    np.testing.assert_allclose(overlaps(a, b, ignore), theirs, atol=1e-12)


def test_an_ignore_region_takes_any_number_of_detections_and_no_person():
    truth = Truth(np.array([[0, 0, 10, 20], [50, 0, 90, 40.0]]), np.array([False, True]))
    boxes = np.array([[52, 2, 60, 20], [70, 5, 80, 30], [0, 0, 10, 20], [0, 0, 10, 19]])
    outcome, overlap, person = match_image(Detections(boxes, np.array([0.9, 0.8, 0.7, 0.6])), truth, 0.5)
    assert outcome.tolist() == [IGNORED, IGNORED, HIT, FALSE_ALARM]
    assert person.tolist() == [-1, -1, 0, -1]
    assert overlap.tolist() == [0, 0, 1, 0]


def test_a_score_threshold_commutes_with_matching():
    rng = np.random.default_rng(4)
    truths, found = random_set(rng)
    matches = match_set(truths, found, 0.5)
    for limit in (0.3, 0.5, 0.8):
        kept = [Detections(d.boxes[d.scores > limit], d.scores[d.scores > limit]) for d in found]
        again = match_set(truths, kept, 0.5)
        np.testing.assert_array_equal(matches.outcome[matches.score > limit], again.outcome)


def test_people_are_numbered_through_the_set():
    rng = np.random.default_rng(5)
    truths, found = random_set(rng, ties=False)
    matches = match_set(truths, found, 0.5)
    hit = matches.person >= 0
    assert (matches.outcome[hit] == HIT).all() and hit.sum() == (matches.outcome == HIT).sum()
    assert len(set(matches.person[hit])) == hit.sum()
    people = matches.person_box[matches.person[hit]]
    own = overlaps(matches.box[hit], people, np.zeros(hit.sum(), bool)).diagonal()
    np.testing.assert_allclose(own, matches.overlap[hit])
    np.testing.assert_array_equal(matches.person_image[matches.person[hit]], matches.image[hit])


def test_images_without_anything():
    nothing = Detections(np.zeros((0, 4)), np.zeros(0))
    nobody = Truth(np.zeros((0, 4)), np.zeros(0, bool))
    one = Truth(np.array([[0, 0, 5, 9.0]]), np.array([False]))
    matches = match_set([nobody, one], [nothing, nothing], 0.5)
    assert matches.image_count == 2 and len(matches.score) == 0 and matches.person_image.tolist() == [1]
