"""95 % intervals of recall, gap and gain, over frames and training runs that were not seen.

What varies. Two independent things, whose variances are estimated apart and added:

- Images. A block bootstrap (see bootstrap.py) of the mean over training runs. Blocks of b frames see correlation at
  lag k only with weight 1 - k / b, so the variance is too small where frames resemble each other. Extrapolated from
  blocks of b and h = b // 2 frames, (b V_b - h V_h) / (b - h), lags up to h count fully: the flat-top lag window of
  Politis and Romano (Bias-corrected nonparametric spectral estimation, 1995). Its weights add up to b + h frames, so
  `images` frames are worth m = images / (b + h) independent ones: V m / (m - 1), with m - 1 degrees of freedom. V is
  never taken smaller than V_b. Longer recordings afford longer blocks: b of about 0.7 sqrt(images).
- Training runs. The variance between the runs' recalls, over their number n, less what the images explain of it (the
  runs differ on these frames by chance, too, and that is in the first part already); n - 1 degrees of freedom. One run
  tells nothing about another: its interval covers the images alone.

The degrees of freedom of the sum are those of Satterthwaite (1946); two runs that differ much make a wide interval.

From variance to interval. Recall is bounded and its distribution skewed: the t interval is taken of its logit. The
gap's two recalls saw different images: their intervals are combined side by side by the method of variance estimates
recovery (Zou and Donner, Statistics in Medicine 2008), with what they share through the training runs as correlation.
A gain compares detectors on the same frames, where most of the skew cancels: the t interval of the difference.

How often each interval covers the truth is simulated in tests/statistics and tests/prove/intervals.py.
"""

from typing import NamedTuple

import numpy as np
from scipy.special import expit, logit, stdtrit

from pipeline.compare.recalls import Recalls


class Spread(NamedTuple):
    """The variance of an estimate, and its degrees of freedom."""

    variance: float
    degrees: float


def recall_interval(recalls: Recalls) -> tuple[float, float]:
    """(low, high) within 0 and 1."""
    low, high = share_interval(share_of(recalls), recall_spread(recalls))
    return min(low, recalls.value), max(high, recalls.value)


def share_interval(share: float, spread: Spread) -> tuple[float, float]:
    """The t interval of the logit of `share`, which lies strictly between 0 and 1."""
    half = _half_width(spread) / (share * (1 - share))
    return float(expit(logit(share) - half)), float(expit(logit(share) + half))


def gap_interval(synth: Recalls, real: Recalls) -> tuple[float, float]:
    """Of synth - real; both of the same training runs."""
    apart = recall_spread(synth).variance, recall_spread(real).variance
    runs = run_spread((synth.runs - real.runs, synth.blocks - real.blocks))
    together = image_spread(synth).variance + image_spread(real).variance + runs.variance
    shared = np.clip((sum(apart) - together) / (2 * np.sqrt(apart[0] * apart[1])), -1, 1)
    synth_low, synth_high = recall_interval(synth)
    real_low, real_high = recall_interval(real)
    below = side_by_side(synth.value - synth_low, real_high - real.value, shared)
    above = side_by_side(synth_high - synth.value, real.value - real_low, shared)
    gap = synth.value - real.value
    return gap - below, gap + above


def gain_interval(mine: Recalls, before: Recalls) -> tuple[float, float]:
    """Of mine - before: two detectors on the same images, each with training runs of its own."""
    spread = gain_spread(mine, before)
    gain, half = mine.value - before.value, _half_width(spread)
    return gain - half, gain + half


def gain_spread(mine: Recalls, before: Recalls) -> Spread:
    return total(
        _image_spread(_difference(mine, before), mine.images, mine.block),
        run_spread((mine.runs, mine.blocks), (before.runs, before.blocks)),
    )


def image_spread(recalls: Recalls) -> Spread:
    """What other images would change in the mean over training runs."""
    halves = None if recalls.halves is None else recalls.halves.mean(axis=1)
    return _image_spread((recalls.blocks.mean(axis=1), halves), recalls.images, recalls.block)


def run_spread(*detectors: tuple[np.ndarray, np.ndarray]) -> Spread:
    """What other training runs would change in the difference of the detectors' means, beyond chance on these images.

    detectors: each (runs (n,), the same in resamples of the images (samples, n)), with training runs of its own.
    """
    variance, degrees = 0.0, 0
    for runs, resampled in detectors:
        n = len(runs)
        if n > 1:  # one run tells nothing about another
            apart = resampled - resampled.mean(axis=1, keepdims=True)
            variance += (runs.var(ddof=1) - apart.var(axis=0).sum() / (n - 1)) / n
            degrees += n - 1
    return Spread(max(variance, 0.0), max(degrees, 1))


def share_of(recalls: Recalls) -> float:
    """Recall; half a person is in doubt where everybody or nobody was found."""
    doubt = 0.5 / max(recalls.people, 1)
    return min(max(recalls.value, doubt), 1 - doubt)


def recall_spread(recalls: Recalls) -> Spread:
    """At least that of people found independently of each other: resamples show none where nobody was missed."""
    variance, degrees = total(image_spread(recalls), run_spread((recalls.runs, recalls.blocks)))
    return Spread(max(variance, least_variance(recalls)), degrees)


def least_variance(recalls: Recalls) -> float:
    """Of people found independently of each other."""
    return share_of(recalls) * (1 - share_of(recalls)) / max(recalls.people, 1)


def _difference(mine: Recalls, before: Recalls) -> tuple[np.ndarray, np.ndarray | None]:
    blocks = mine.blocks.mean(axis=1) - before.blocks.mean(axis=1)
    if mine.halves is None or before.halves is None:
        return blocks, None
    return blocks, mine.halves.mean(axis=1) - before.halves.mean(axis=1)


def _image_spread(resampled: tuple[np.ndarray, np.ndarray | None], images: int, block: int) -> Spread:
    """resampled: (samples,) in whole and in half blocks."""
    blocks, halves = resampled
    variance, length = float(blocks.var()), block
    if halves is not None:
        half = block // 2
        variance = max((block * variance - half * float(halves.var())) / (block - half), variance)
        length = block + half
    independent = max(images / length, 2.0)
    return Spread(variance * independent / (independent - 1), independent - 1)


def total(*parts: Spread) -> Spread:
    """Of a sum of independent parts."""
    variance = sum(part.variance for part in parts)
    if variance == 0:
        return Spread(0.0, parts[0].degrees)
    return Spread(variance, variance**2 / sum(part.variance**2 / part.degrees for part in parts))


def _half_width(spread: Spread) -> float:
    return float(stdtrit(spread.degrees, 0.975) * np.sqrt(spread.variance))


def side_by_side(a: float, b: float, shared: float = 0.0) -> float:
    """How far the interval of a difference reaches to the side where its parts reach `a` and `b`."""
    return float(np.sqrt(max(a**2 + b**2 - 2 * shared * a * b, 0.0)))
