import numpy as np
import pytest
from scipy.stats import norm

from pipeline.compare.frames_needed import (
    Source,
    blocks_needed,
    gap_margin,
    page,
    recall_margin,
    runs_needed,
    sources,
    table,
)
from pipeline.compare.recalls import Recalls, measure_recalls
from pipeline.measure.recall import recall_at_fppi
from tests.statistics.simulate import World, experiment
from tests.statistics.study import repeat, settings, tripped

RECALL, POINTS, FRAMES, LUCK = 0.93, 0.05, 210, 0.05


@pytest.fixture(scope="module")
def frame_variance():
    """What one frame tells, by brute force: the scatter of the recalls of 300 videos, without luck of training."""
    values = []
    for k in range(300):
        runs = experiment(np.random.default_rng([9, k]), World(frames=FRAMES, luck=0.0), (RECALL,))[0]["real"]
        values.append(np.mean([recall_at_fppi(one["person"], 1.0) for one in runs]))
    return FRAMES * np.var(values)


def test_with_the_frames_it_names_a_gate_of_five_points_does_what_is_promised(frame_variance):
    """Passes a good detector in 80 % of experiments (here 80 of them), and fails one that lost five points."""
    slope = norm.pdf(norm.ppf(RECALL))  # of recall over luck
    real = Source(RECALL, frame_variance / 7, 7, (slope * LUCK) ** 2)
    frames = round(7 * blocks_needed(lambda b, n: recall_margin(real, b, n), POINTS, 2))
    world = World(frames=frames, luck=LUCK)
    good, worse = (repeat(world, (recall,), (), 80, 150, block=10) for recall in (RECALL, RECALL - POINTS))
    assert 0.7 <= 1 - tripped(good, RECALL - POINTS) <= 0.9
    assert tripped(worse, RECALL - POINTS) >= 0.9


def test_what_one_frame_tells_is_measured_to_the_factor_of_two_that_is_stated(frame_variance):
    """Mean of 40 experiments of the default size; too low, as blocks of 5 do not see all of the correlation."""
    measured = []
    for k in range(40):
        found = experiment(np.random.default_rng([10, k]), World(luck=0.0), (RECALL,))
        real = sources(measure_recalls(found, settings(k, samples=200)), 0)["real"]
        measured.append(real.block_variance * real.block_images)
    assert 0.5 < np.mean(measured) / frame_variance < 1.1


def test_many_frames_and_runs_are_the_formula_of_the_textbook():
    """n = ((z_0.975 + z_0.8) sigma / points)^2 of a normal mean."""
    source = Source(recall=0.5, block_variance=0.04, block_images=7, run_variance=0.0)
    expected = ((norm.ppf(0.975) + norm.ppf(0.8)) * 0.2 / 0.01) ** 2
    found = blocks_needed(lambda b, n: recall_margin(source, b, n), 0.01, 10**6)
    assert found == pytest.approx(expected, rel=0.02)
    both = blocks_needed(lambda b, n: gap_margin(source, source, b, n), 0.01, 10**6)
    assert both == pytest.approx(2 * expected, rel=0.02)


def test_luck_that_frames_cannot_tame():
    lucky = Source(recall=0.9, block_variance=0.01, block_images=7, run_variance=0.01**2)
    assert blocks_needed(lambda b, n: recall_margin(lucky, b, n), 0.01, 2) == np.inf
    runs = runs_needed(lambda b, n: recall_margin(lucky, b, n), 0.01, 2)
    assert runs > 8 and np.isfinite(blocks_needed(lambda b, n: recall_margin(lucky, b, n), 0.01, runs))
    lines = table(lucky, lucky, 2)
    assert len(lines) == 7 and "no number is enough" in lines[1] and lines[1].endswith("training runs")


@pytest.mark.parametrize("recall", [0.0, 1.0])
def test_everybody_or_nobody_found_is_not_certainty(recall):
    """Nothing varies then; people found independently of each other still would."""
    sure = Recalls(np.full(2, recall), np.full((50, 2), recall), np.full((50, 2), recall), 5, 48, 100)
    found = sources({"a": {"real": sure, "synth": sure}}, "a")["real"]
    independent = (0.5 / 100) * (1 - 0.5 / 100) / 100
    assert found.spread(48 / 7, 2).variance == pytest.approx(independent)
    text = page({"a": {"real": sure, "synth": sure}}, ["a"], "a")
    assert f"real recall {recall:.3f}" in text and f"\na                {recall:.3f} [" in text
