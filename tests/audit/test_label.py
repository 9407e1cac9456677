import numpy as np
import pytest

from pipeline.audit.label import label_score, tally
from pipeline.audit.verdict import turns, verdict_of
from pipeline.augment.sample import Sample
from pipeline.measure.matching import Detections

NAMES = ("person", "sign")
NOTHING = Detections(np.zeros((0, 4)), np.zeros(0), np.array([], str))


def sample(boxes, ignore=None, category=None, weight=None):
    boxes = np.array(boxes, np.float32).reshape(-1, 4)
    count = len(boxes)
    return Sample(
        np.zeros((100, 100, 3), np.uint8),
        boxes,
        np.zeros(count, bool) if ignore is None else np.array(ignore),
        np.zeros(count, int) if category is None else np.array(category),
        np.ones(count, np.float32) if weight is None else np.array(weight, np.float32),
    )


def says(boxes, scores=None, names=None):
    boxes = np.array(boxes, np.float64).reshape(-1, 4)
    scores = np.ones(len(boxes)) if scores is None else np.array(scores)
    return Detections(boxes, scores, np.array(["person"] * len(boxes) if names is None else names))


def judge(truth, said, limits=(0.0, 0.0)):
    return tally(truth, said, NAMES, limits, 0.5)


def test_a_label_that_slid_aside_is_near_but_not_found():
    """Two 10 px squares 5 px apart share 50 of 150 px^2."""
    found = judge(sample([[0, 0, 10, 10], [50, 50, 60, 60]]), says([[5, 0, 15, 10], [50, 50, 60, 60]]))
    score = label_score(found)
    assert score.recall == pytest.approx(1 / 2)
    assert score.iou == pytest.approx((1 / 3 + 1) / 2)
    assert score.kept == pytest.approx((1 / 3 + 1) / 2)


def test_a_missed_label_lowers_what_is_kept_and_not_the_overlap_of_the_others():
    score = label_score(judge(sample([[0, 0, 10, 10], [50, 50, 60, 60]]), says([[50, 50, 60, 60]])))
    assert (score.recall, score.iou, score.kept) == pytest.approx((0.5, 1.0, 0.5))


def test_a_label_counts_by_its_weight():
    truth = sample([[0, 0, 10, 10], [50, 50, 60, 60]], weight=[0.75, 0.25])
    assert label_score(judge(truth, says([[0, 0, 10, 10]]))).recall == pytest.approx(0.75)


def test_ignored_labels_and_doubtful_answers_do_not_count():
    truth = sample([[0, 0, 10, 10], [50, 50, 60, 60]], ignore=[True, False])
    said = says([[0, 0, 10, 10], [50, 50, 60, 60], [80, 80, 90, 90]], scores=[0.9, 0.3, 0.2])
    assert judge(truth, said, (0.25, 0.25)).tolist() == [1, 1, 1, 1, 0]
    assert judge(truth, said, (0.35, 0.35)).tolist() == [1, 0, 0, 0, 0]
    assert judge(truth, said)[4] == 1  # what nobody labelled is a false alarm


def test_the_wrong_category_is_no_answer_and_each_has_its_own_limit():
    truth = sample([[0, 0, 10, 10], [50, 50, 60, 60]], category=[0, 1])
    said = says([[0, 0, 10, 10], [50, 50, 60, 60]], [0.5, 0.5], ["sign", "sign"])
    assert judge(truth, said).tolist() == [2, 1, 1, 1, 1]
    assert judge(truth, said, (0.0, 0.6)).tolist() == [2, 0, 0, 0, 0]


def test_nothing_to_find_and_nothing_said():
    score = label_score(judge(sample([]), NOTHING))
    assert np.isfinite([score.recall, score.iou, score.kept]).all()


LIMITS, REAL = (0.05, 0.05), 0.6


@pytest.mark.parametrize(
    "recall, iou, auc, expected",
    [
        ((-0.01, 0.01), (-0.01, 0.01), (0.45, 0.55), ("safe", True)),
        ((-0.30, -0.06), (-0.01, 0.01), (0.45, 0.55), ("corrupts", True)),
        ((-0.30, -0.04), (-0.01, 0.01), (0.45, 0.55), ("safe", False)),
        ((-0.01, 0.01), (-0.20, -0.10), (0.45, 0.55), ("corrupts", True)),
        ((-0.01, 0.01), (-0.01, 0.01), (0.61, 0.80), ("shifts", True)),
        ((-0.30, 0.01), (-0.01, 0.01), (0.61, 0.80), ("shifts", False)),
        ((-0.01, 0.01), (-0.01, 0.01), (0.55, 0.80), ("safe", False)),
        ((-0.30, -0.20), (-0.01, 0.01), (0.90, 0.99), ("corrupts", True)),
        ((0.02, 0.30), (0.02, 0.30), (0.45, 0.55), ("safe", True)),
    ],
)
def test_the_rule(recall, iou, auc, expected):
    assert verdict_of(recall, iou, auc, LIMITS, REAL) == expected


def test_where_it_turns():
    assert turns([0.1, 0.5, 1.0], ["safe", "shifts", "corrupts"]) == {"shifts": 0.5, "corrupts": 1.0}
    assert turns([0.1, 0.5], ["safe", "safe"]) == {"shifts": None, "corrupts": None}
