import numpy as np

from pipeline.labels.certainty import fit_certainty


def test_neighbours_that_fall_are_pooled():
    scores = np.array([0.4, 0.1, 0.3, 0.2])
    certainty = fit_certainty(scores, np.array([True, False, False, True]))
    np.testing.assert_allclose(certainty(np.array([0.1, 0.2, 0.3, 0.4])), [0, 0.5, 0.5, 1])
    np.testing.assert_allclose(certainty(np.array([0.0, 0.35, 0.9])), [0, 0.75, 1])


def test_it_finds_the_share_that_scores_were_drawn_with():
    rng = np.random.default_rng([1])
    scores = rng.random(20000)
    certainty = fit_certainty(scores, rng.random(20000) < scores**2)
    at = np.linspace(0.1, 0.9, 9)
    np.testing.assert_allclose(certainty(at), at**2, atol=0.05)


def test_no_detection_is_sure_of_nothing():
    assert fit_certainty(np.zeros(0), np.zeros(0, bool))(np.array([0.3])).tolist() == [0.0]
