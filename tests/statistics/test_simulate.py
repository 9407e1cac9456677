import numpy as np
import pytest

from pipeline.measure.recall import recall_at_fppi
from tests.statistics.simulate import World, ar1, experiment


@pytest.mark.parametrize("recall", [0.75, 0.93])
def test_the_true_recall_is_that_of_a_long_video_and_many_training_runs(recall):
    world = World(frames=1500, seeds=40, synth_images=1500)
    found = experiment(np.random.default_rng(0), world, (recall,), (recall - 0.1,))[0]
    for kind, truth in (("real", recall), ("synth", recall - 0.1)):
        recalls = [recall_at_fppi(one["person"], 1.0) for one in found[kind]]
        assert np.mean(recalls) == pytest.approx(truth, abs=0.012)


def test_frames_are_correlated_as_long_as_said():
    x = ar1(np.random.default_rng(1), (400, 300), 0.7)
    for lag in (1, 3):
        assert np.mean(x[:, lag:] * x[:, :-lag]) == pytest.approx(0.7**lag, abs=0.02)
    assert x[:, 0].std() == pytest.approx(1, abs=0.1)


def test_training_runs_have_luck():
    world = World(frames=4000, seeds=30, luck=0.2)
    found = experiment(np.random.default_rng(2), world, (0.93,))[0]["real"]
    lucky = np.std([recall_at_fppi(one["person"], 1.0) for one in found])
    assert lucky == pytest.approx(0.2 * 0.134, rel=0.35)  # slope of Phi at a recall of 0.93
