import numpy as np
import pytest

from pipeline.measure.matching import Detections
from pipeline.select.doubt import join

A, NEAR_A, B = (0, 0, 10, 20), (1, 0, 11, 20), (50, 0, 60, 20)


def says(*boxes_and_chances):
    table = np.array([[*box, chance] for box, chance in boxes_and_chances], float).reshape(-1, 5)
    return Detections(table[:, :4], table[:, 4])


def test_agreement_leaves_little_doubt():
    assert join([says((A, 0.9)), says((NEAR_A, 0.9))]).doubt == pytest.approx(0.1)
    assert join([says((A, 0.1)), says((NEAR_A, 0.1))]).doubt == pytest.approx(0.1)


def test_contradiction_is_as_much_doubt_as_being_unsure():
    contradiction = join([says((A, 1.0)), says()])
    unsure = join([says((A, 0.5)), says((NEAR_A, 0.5))])
    assert contradiction.doubt == unsure.doubt == pytest.approx(0.5)


def test_boxes_apart_are_two():
    both = join([says((A, 0.8), (B, 0.6)), says((NEAR_A, 0.4))])
    assert both.chance.tolist() == pytest.approx([0.6, 0.3])
    assert both.boxes.tolist() == [list(A), list(B)]
    assert both.doubt == pytest.approx(0.4 + 0.3)


def test_one_detector_that_sees_something_twice_does_not_agree_with_itself():
    assert join([says((A, 1.0), (NEAR_A, 1.0)), says()]).chance.tolist() == [0.5, 0.5]


def test_nothing_seen_nothing_doubted():
    nothing = join([says(), says()])
    assert nothing.doubt == 0 and nothing.boxes.shape == (0, 4)


def test_two_categories_at_one_place_are_two_opinions():
    one = says((A, 0.8))
    person, rider = (Detections(one.boxes, one.scores, np.array([name])) for name in ("person", "rider"))
    assert join([person, rider]).chance.tolist() == [0.4, 0.4]
    assert join([person, person]).chance.tolist() == [0.8]
