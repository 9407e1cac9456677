"""The ranking of labels by what a detector says that has not learned from them."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

from pipeline.data.coco import Category, CocoSet, read_coco
from pipeline.labels.out_of_fold import in_order, labels_of
from pipeline.labels.quality import MISPLACED, OVERLOOKED, SWAPPED, UNCONFIRMED, Labels, rank_suspicions
from pipeline.measure.matching import Detections
from tests.labels.plant import found_in_top, iou, plant

HERE = Path(__file__).parent
REAL = HERE.parents[1] / "data/real/pedestrians.json"
PLANTINGS = 3


def recorded():
    """The default real labels of which there are out-of-fold predictions, and these; see record.py."""
    rows = json.loads((HERE / "predictions.json").read_text())["predictions"]
    whole = read_coco(REAL, None)
    images = [image for image in whole.images if str(image.id) in rows]
    ids = {image.id for image in images}
    coco = CocoSet(images, [a for a in whole.annotations if a.image_id in ids], whole.categories)
    tables = [np.array(rows[str(image.id)], float).reshape(-1, 5) for image in in_order(coco)]
    return coco, [Detections(t[:, :4], t[:, 4], np.full(len(t), "person")) for t in tables]


def hits_of(coco, seen, seed):
    """By kind: which of 5 % planted errors stand among the first suspicions, a tenth as many as there are labels."""
    wrong, planted = plant(coco, np.random.default_rng([seed]))
    labels = labels_of(wrong)
    entries = round(0.1 * sum(int((~own.ignore).sum()) for own in labels))
    assert len(planted) == round(0.05 * sum(not a.iscrowd for a in coco.annotations))
    return found_in_top(planted, rank_suspicions(labels, seen), [image.id for image in in_order(wrong)], entries)


def test_planted_errors_stand_at_the_top():
    coco, seen = recorded()
    found = [hits_of(coco, seen, seed) for seed in range(PLANTINGS)]
    assert all(len(kinds) == 3 for kinds in found)
    assert np.mean([hit for kinds in found for hits in kinds.values() for hit in hits]) >= 0.8


def test_swapped_categories_too():
    found = []
    for seed in range(PLANTINGS):
        coco, seen = recorded()
        rng = np.random.default_rng([seed, 99])
        annotations = [dataclasses.replace(a, category_id=int(rng.integers(1, 3))) for a in coco.annotations]
        coco = CocoSet(coco.images, annotations, (Category(1, "person"), Category(2, "rider")))
        seen = [named(one, own, rng) for one, own in zip(seen, labels_of(coco), strict=True)]
        found.append(hits_of(coco, seen, seed))
    assert all(len(kinds) == 4 for kinds in found)
    assert np.mean([hit for kinds in found for hits in kinds.values() for hit in hits]) >= 0.8


def named(one, own, rng):
    """Predictions with the category of the nearest label; wrong with a chance of (1 - score) / 10."""
    names = [own.category[int(np.argmax([iou(box, other) for other in own.boxes]))] for box in one.boxes]
    swap = {"person": "rider", "rider": "person"}
    errs = rng.random(len(names)) < 0.1 * (1 - one.scores)
    said = [swap[name] if wrong else name for name, wrong in zip(names, errs, strict=True)]
    return dataclasses.replace(one, category=np.array(said, str))


def image_of(*boxes, category="person", ignore=()):
    """Labels number 1, 2, ... of one image."""
    count = len(boxes)
    flags = np.isin(np.arange(count), ignore)
    return Labels(np.arange(1, count + 1), np.array(boxes, float).reshape(-1, 4), np.full(count, category), flags)


def seen_of(*boxes, category="person"):
    return Detections(np.array(boxes, float).reshape(-1, 4), np.full(len(boxes), 0.9), np.full(len(boxes), category))


GOOD = [(100 * k, 10, 100 * k + 30, 90) for k in range(6)]
ODD = (300, 200, 330, 280)


def first_of(labels, seen):
    """The most suspicious thing in an image beside ten on which label and detector agree."""
    agreed = [(image_of(*GOOD), seen_of(*GOOD))] * 10
    ranking = rank_suspicions([own for own, _ in agreed] + [labels], [one for _, one in agreed] + [seen])
    assert ranking == sorted(ranking, key=lambda one: -one.score)
    assert all(0 <= one.score <= 1 for one in ranking)
    assert ranking[0].image == 10
    assert all(one.score < 0.1 for one in ranking if one.image < 10)
    return ranking[0]


def test_overlooked():
    first = first_of(image_of(*GOOD), seen_of(*GOOD, ODD))
    assert (first.kind, first.annotation, first.predicted) == (OVERLOOKED, None, ODD) and first.score > 0.9


def test_badly_placed():
    shifted = (315, 200, 345, 280)
    first = first_of(image_of(*GOOD, shifted), seen_of(*GOOD, ODD))
    assert (first.kind, first.annotation) == (MISPLACED, 7)
    assert (first.labelled, first.predicted) == (shifted, ODD)


def test_unconfirmed():
    first = first_of(image_of(*GOOD, ODD), seen_of(*GOOD))
    assert (first.kind, first.annotation, first.predicted, first.score) == (UNCONFIRMED, 7, None, 1.0)


def test_swapped():
    labels = image_of(*GOOD)
    labels.category[2] = "rider"
    first = first_of(labels, seen_of(*GOOD))
    assert (first.kind, first.annotation) == (SWAPPED, 3)
    assert (first.label_category, first.predicted_category) == ("rider", "person")


def test_a_detector_that_is_torn_between_categories_swaps_and_adds_nothing():
    both = Detections(np.array([*GOOD, GOOD[2]], float), np.full(7, 0.9), np.array(["person"] * 6 + ["rider"]))
    labels = [image_of(*GOOD)] * 11
    ranking = rank_suspicions(labels, [seen_of(*GOOD)] * 10 + [both])
    assert len(ranking) == 66 and all(one.score < 0.1 for one in ranking)


def test_where_both_agree_nothing_is_suspicious():
    ranking = rank_suspicions([image_of(*GOOD)], [seen_of(*GOOD)])
    assert [one.score for one in ranking] == [0.0] * len(GOOD)


def test_ignore_regions_and_what_lies_in_them_are_not_judged():
    labels = image_of(*GOOD, (290, 190, 340, 290), ignore=[6])
    ranking = rank_suspicions([labels], [seen_of(*GOOD, ODD)])
    assert len(ranking) == len(GOOD) and all(one.annotation != 7 for one in ranking)


def test_one_prediction_confirms_one_label_only():
    """A person labelled twice: the detector sees one, and the second box is suspicious."""
    ranking = rank_suspicions([image_of(*GOOD, (101, 11, 131, 91))], [seen_of(*GOOD)])
    assert (ranking[0].annotation, ranking[0].kind) == (7, UNCONFIRMED)


@pytest.mark.parametrize(
    "labels, seen", [(image_of(), seen_of()), (image_of(*GOOD), seen_of()), (image_of(), seen_of(ODD))]
)
def test_empty_images(labels, seen):
    assert len(rank_suspicions([labels], [seen])) == len(labels.boxes) + len(seen.boxes)
