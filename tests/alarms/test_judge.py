"""The alarms that are read off curves, on curves that are made up."""

import numpy as np
import pytest
from scipy.stats import linregress, t

from pipeline.alarms.curves import Curve, measured_steps
from pipeline.alarms.judge import change, crossing, over_regularization, real_falls, slow_convergence

STEPS = np.array(measured_steps(800))
HELD_OUT = "held-out images"


def curve(values, sigma=0.01, blocks=1000.0, seed=0, samples=4000):
    """The values, with resamples that scatter by sigma, all steps of one alike, as few images make them."""
    scatter = sigma * np.random.default_rng([seed]).standard_normal((samples, 1))
    values = np.broadcast_to(np.asarray(values, float), STEPS.shape)
    return Curve(STEPS, values, values + scatter, blocks)


def learning(pace, top=0.9):
    """Recall that comes near `top`, by 1 - 1/e of the way in `pace` steps."""
    return top * (1 - np.exp(-STEPS / pace))


def test_measured_steps_rise_to_the_last():
    assert STEPS[-1] == 800 and (np.diff(STEPS) > 0).all() and (np.diff(measured_steps(50)) > 0).all()
    assert curve(0.5).late(1 / 3).steps.tolist() == [560, 640, 720, 800]


def test_over_regularization_goes_off():
    finding = over_regularization("site", curve(learning(60, 0.7)), curve(learning(60, 0.85), seed=1), HELD_OUT)
    assert finding.fired and finding.detector == "site" and finding.alarm == "over_regularization"
    assert finding.numbers["below"] == pytest.approx(0.15, abs=1e-3)
    half = 1.96 * 0.01 * np.sqrt(2)  # of the difference of two independent normal variables
    assert finding.numbers["below_ci95"] == pytest.approx([0.15 - half, 0.15 + half], abs=2e-3)
    assert finding.sentence.startswith(
        "site is over-regularized: recall on augmented training images is 0.700 over the last third of the training "
        "(it changes by +0.000 there) and 0.850 on held-out images, a difference of +0.150, 95 % interval +0.12")


@pytest.mark.parametrize(("training", "validation"), [
    (curve(learning(60, 0.9)), curve(learning(60, 0.85), seed=1)),  # the usual: seen images are easier
    (curve(0.5 * STEPS / 800), curve(0.85, seed=1)),  # below, but it has not levelled off
    (curve(0.80, 0.1), curve(0.85, 0.1, seed=1)),  # below, but by chance
])  # fmt: skip
def test_over_regularization_is_quiet(training, validation):
    finding = over_regularization("site", training, validation, HELD_OUT)
    assert not finding.fired and "is not over-regularized" in finding.sentence


def test_slow_convergence_goes_off():
    finding = slow_convergence("site", curve(learning(180)), curve(learning(90), seed=1))
    reached = -np.log(1 - 0.9 * (1 - np.exp(-800 / 90)))  # in units of the pace
    assert finding.fired and finding.numbers["reached"]
    assert finding.numbers["steps"] == pytest.approx(180 * reached, rel=0.05)  # between two measurements
    assert finding.numbers["twin_steps"] == pytest.approx(90 * reached, rel=0.05)
    assert "converges slowly" in finding.sentence
    assert f"{finding.numbers['ratio']:.2f} times as many" in finding.sentence


def test_a_training_that_never_comes_so_far_is_slow():
    finding = slow_convergence("site", curve(learning(90, 0.5)), curve(learning(90), seed=1))
    assert finding.fired and not finding.numbers["reached"] and "more than all 800 steps" in finding.sentence


@pytest.mark.parametrize(("own", "sigma"), [(90, 0.01), (110, 0.01), (40, 0.01), (150, 0.5)])
def test_slow_convergence_is_quiet(own, sigma):
    """As fast, a little slower, faster; and much slower, but of curves that may be anything."""
    finding = slow_convergence("site", curve(learning(own), sigma), curve(learning(90), sigma, seed=1))
    assert not finding.fired and "does not converge slowly" in finding.sentence


def test_crossing_is_the_inverse_of_the_curve():
    values = np.stack([learning(pace) for pace in (30, 100, 300)])
    targets = np.array([0.4, 0.6, 0.7])
    expected = [np.interp(target, [0, *row], [0, *STEPS]) for target, row in zip(targets, values, strict=True)]
    assert crossing(STEPS, values, targets) == pytest.approx(expected)
    dips = np.array([[0.5, 0.2, 0.9]])
    assert crossing(np.array([10, 20, 30]), dips, np.array([0.4])) == pytest.approx(8)  # the first time
    assert crossing(np.array([10, 20, 30]), dips, np.array([0.95])) == pytest.approx(30)  # never


def test_real_falls_goes_off():
    falling, rising = np.interp(STEPS, [0, 400, 800], [0, 0.9, 0.8]), np.interp(STEPS, [0, 400, 800], [0, 0.7, 0.8])
    finding = real_falls("site", curve(falling), curve(rising, seed=1), np.random.default_rng(0))
    assert finding.fired and finding.numbers["real_change"] == pytest.approx(-0.1)
    assert finding.numbers["synth_change"] == pytest.approx(0.1)
    assert "changes by -0.100, 95 % interval" in finding.sentence


@pytest.mark.parametrize(("real", "synth"), [
    (0.9 - 0.1 * STEPS / 800, 0.8 - 0.1 * STEPS / 800),  # both fall
    (0.8 + 0.1 * STEPS / 800, 0.7 + 0.1 * STEPS / 800),  # both rise
    (np.where(np.arange(12) % 2, 0.80, 0.85) - 0.01 * STEPS / 800, 0.7 + 0.1 * STEPS / 800),  # it only scatters
])  # fmt: skip
def test_real_falls_is_quiet(real, synth):
    finding = real_falls("site", curve(real), curve(synth, seed=1), np.random.default_rng(0))
    assert not finding.fired and "does not unlearn" in finding.sentence


def test_change_is_that_of_linear_regression():
    values = 0.8 + 0.05 * np.sin(STEPS)
    late = curve(values, sigma=0.0, samples=100_000).late(0.5)
    rise, (low, high) = change(late, np.random.default_rng(1))
    fitted, span = linregress(late.steps, late.values), late.steps[-1] - late.steps[0]
    assert rise == pytest.approx(fitted.slope * span)
    count = len(late.steps)
    half = t.ppf(0.975, count - 2) * np.sqrt((count - 1) / (count - 2)) * fitted.stderr * span
    assert [low, high] == pytest.approx([rise - half, rise + half], abs=0.03 * half)


def test_change_knows_images_and_seeds():
    """Resamples whose slopes differ give the interval of these slopes."""
    slopes = np.random.default_rng([2]).standard_normal((4000, 1)) * 0.05
    x = (STEPS - 400) / 400
    steep = Curve(STEPS, 0.5 + 0.1 * x, 0.5 + (0.1 + slopes) * x, 1000.0).late(0.5)
    rise, (low, high) = change(steep, np.random.default_rng(1))
    assert rise == pytest.approx(0.1) and low < 0.1 - 1.9 * 0.05 and high > 0.1 + 1.9 * 0.05
