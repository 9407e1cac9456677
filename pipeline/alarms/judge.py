"""Three alarms that are read off curves of recall over training. Every interval is one of 95 %."""

import numpy as np

from pipeline.alarms.curves import Curve
from pipeline.alarms.finding import Finding, between, rounded
from pipeline.compare.bootstrap import interval95
from pipeline.compare.verdict import signed

PLATEAU = 1 / 3
"""Share of the training, its end, that has to be level."""

LEVEL = 0.03
"""A metric that rises by no more than this over it has levelled off."""

REACHED = 0.9
"""Of the twin's last training recall: how soon a training is so far tells how fast it converges."""

SLOWER = 1.5
"""Times the twin's steps, from which convergence is slow."""

SECOND_HALF = 0.5


def over_regularization(name: str, training: Curve, validation: Curve, where: str) -> Finding:
    """Does recall on training images, augmented as they are learned, level off below that on `where`, which is not?

    Levels off: the line through the last third of the measurements rises by at most LEVEL over them. Below: the
    interval of the mean difference over that third excludes 0.
    """
    learned, unseen = training.late(PLATEAU), validation.late(PLATEAU)
    rise = float(learned.values @ _rise_weights(learned.steps))
    below = float(unseen.values.mean() - learned.values.mean())
    resampled = unseen.resampled.mean(1) - learned.resampled.mean(1)
    ends = interval95(resampled, min(training.blocks, validation.blocks))
    fired = rise <= LEVEL and ends[0] > 0
    numbers = (
        f"recall on augmented training images is {learned.values.mean():.3f} over the last third of the training "
        f"(it changes by {signed(rise)} there) and {unseen.values.mean():.3f} on {where}, a difference of "
        f"{signed(below)}, {between(ends)}"
    )
    said = "is over-regularized" if fired else "is not over-regularized"
    mend = "; weaken the augmentation" if fired else ""
    return Finding("over_regularization", name, fired, f"{name} {said}: {numbers}{mend}.", {
        "training": rounded(learned.values.mean())[0], "validation": rounded(unseen.values.mean())[0],
        "rise": rounded(rise)[0], "below": rounded(below)[0], "below_ci95": rounded(*ends)})  # fmt: skip


def slow_convergence(name: str, training: Curve, twin: Curve) -> Finding:
    """Does it take more than SLOWER times the steps of the twin that learns without augmentation?

    Counted are the steps to REACHED of the twin's last training recall, on the same training images as they are. It
    goes off if the ratio is above SLOWER and its interval excludes 1.
    """
    target = REACHED * twin.values[-1]
    own, others = (float(crossing(c.steps, c.values[None], np.array([target]))[0]) for c in (training, twin))
    targets = REACHED * twin.resampled[:, -1]
    ratios = crossing(training.steps, training.resampled, targets) / crossing(twin.steps, twin.resampled, targets)
    low, high = interval95(ratios, min(training.blocks, twin.blocks))
    ratio = own / others
    fired = ratio > SLOWER and low > 1
    reached = training.values.max() >= target
    count = f"{own:.0f} steps" if reached else f"more than all {own:.0f} steps"
    said = "converges slowly" if fired else "does not converge slowly"
    sentence = (
        f"{name} {said}: it needs {count} to a training recall of {target:.3f}, its twin without augmentation "
        f"{others:.0f}: {'' if reached else 'more than '}{ratio:.2f} times as many, 95 % interval {low:.2f} to "
        f"{high:.2f} (allowed {SLOWER:g})."
    )
    return Finding("slow_convergence", name, fired, sentence, {
        "target": rounded(target)[0], "steps": round(own), "twin_steps": round(others), "reached": bool(reached),
        "ratio": rounded(ratio)[0], "ratio_ci95": rounded(low, high)})  # fmt: skip


def crossing(steps: np.ndarray, values: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """The steps (N,) at which the lines through (0, 0) and the values (N, K) at `steps` (K,) first reach targets (N,).

    Where they never do: the last step.
    """
    x = np.concatenate([[0], steps]).astype(float)
    y = np.concatenate([np.zeros((len(values), 1)), values], axis=1)
    above = y[:, 1:] >= targets[:, None]
    k = above.argmax(1)
    rows = np.arange(len(y))
    before, after = y[rows, k], y[rows, k + 1]
    share = np.divide(targets - before, after - before, out=np.ones(len(y)), where=after > before)
    return np.where(above.any(1), x[k] + np.clip(share, 0, 1) * (x[k + 1] - x[k]), x[-1])


def real_falls(name: str, real: Curve, synth: Curve, rng: np.random.Generator) -> Finding:
    """Does recall on real frames fall while that on synthetic ones rises, over the second half of the training?

    It goes off if the interval of the one change lies below 0 and that of the other above.
    """
    (on_real, real_ends), (on_synth, synth_ends) = (change(c.late(SECOND_HALF), rng) for c in (real, synth))
    fired = real_ends[1] < 0 < synth_ends[0]
    numbers = (
        f"over the second half of the training recall on real validation frames changes by {signed(on_real)}, "
        f"{between(real_ends)}, and on held-out synthetic images by {signed(on_synth)}, {between(synth_ends)}"
    )
    said = "unlearns the real frames" if fired else "does not unlearn the real frames"
    mend = "; stop earlier, or make the synthetic images more alike to the real ones" if fired else ""
    return Finding("real_falls", name, fired, f"{name} {said}: {numbers}{mend}.", {
        "real_change": rounded(on_real)[0], "real_change_ci95": rounded(*real_ends),
        "synth_change": rounded(on_synth)[0], "synth_change_ci95": rounded(*synth_ends)})  # fmt: skip


def change(curve: Curve, rng: np.random.Generator) -> tuple[float, tuple[float, float]]:
    """How much the least-squares line through a curve of at least 3 measurements rises over it, and its interval.

    The interval knows images and seeds, which are resampled, and that measurements scatter about the line: the standard
    error of the slope, from the residuals, is added to every resample.
    """
    weights = _rise_weights(curve.steps)
    x = curve.steps - curve.steps.mean()
    rise = float(curve.values @ weights)
    residual = curve.values - curve.values.mean() - rise * x / (curve.steps[-1] - curve.steps[0])
    count = len(x)
    error = np.sqrt(residual @ residual / (count - 2) * (weights @ weights))
    resampled = curve.resampled @ weights + error * rng.standard_normal(len(curve.resampled))
    return rise, interval95(resampled, min(curve.blocks, count - 1))


def _rise_weights(steps: np.ndarray) -> np.ndarray:
    """(K,): values @ weights is the rise of their least-squares line from the first step to the last."""
    x = steps - steps.mean()
    return x / (x @ x) * (steps[-1] - steps[0])
