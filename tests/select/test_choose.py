from itertools import combinations

import numpy as np
import pytest

from pipeline.select.choose import choose, likeness_of

NOTHING = np.zeros((0, 3))


def stood_for(chosen, doubt, features):
    """What is maximized, from its definition."""
    likeness = likeness_of(features, features)
    return sum(d * max((likeness[i, j] for j in chosen), default=0) for i, d in enumerate(doubt))


@pytest.mark.parametrize("seed", range(5))
def test_greedy_is_near_the_best_of_all_choices(seed):
    rng = np.random.default_rng([seed])
    doubt, features = rng.random(9), rng.normal(size=(9, 3))
    chosen = choose(doubt, features, 3, NOTHING)
    best = max(stood_for(three, doubt, features) for three in combinations(range(9), 3))
    reached = stood_for([i for i, _ in chosen], doubt, features)
    assert (1 - 1 / np.e) * best <= reached <= best + 1e-9
    assert sum(gain for _, gain in chosen) == pytest.approx(reached)


def test_of_copies_one_is_enough():
    features = np.array([[0.0, 0, 0]] * 4 + [[9.0, 0, 0]] * 2 + [[0.0, 9, 0]])
    chosen = [i for i, _ in choose(np.array([5.0, 5, 5, 5, 1, 1, 1]), features, 3, NOTHING)]
    assert chosen == [0, 4, 6]


def test_what_is_like_a_labelled_frame_is_known():
    features = np.array([[0.0, 0, 0], [9.0, 0, 0]])
    chosen = choose(np.array([5.0, 1.0]), features, 2, known=features[:1])
    assert [i for i, _ in chosen] == [1, 0] and chosen[1][1] == pytest.approx(0)


def test_a_frame_without_doubt_comes_last_and_no_frame_twice():
    features = np.eye(3) * 20
    chosen = [i for i, _ in choose(np.array([0.0, 2.0, 1.0]), features, 10, NOTHING)]
    assert chosen == [1, 2, 0]


def test_equal_frames_without_spread_are_fine():
    assert len(choose(np.ones(4), np.ones((4, 3)), 2, NOTHING)) == 2
