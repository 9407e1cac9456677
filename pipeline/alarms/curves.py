"""Recall over training, with the resamples that intervals come from."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.compare.bootstrap import block_count, block_resamples, resampled_mean_recall
from pipeline.measure.categories import match_categories, mean_recall
from pipeline.measure.matching import Detections, Truth
from pipeline.params import EvaluateParams

SHARES = (0.06, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
"""Of the steps, where recall is measured: dense where it rises, and often enough later for a slope."""

FEWEST_STEPS = 50


@dataclass(frozen=True)
class Curve:
    """A metric at K measured steps, the mean over the training seeds.

    steps: (K,), rising. values: (K,). resampled: (N, K), over images and seeds; a row is one draw of both, and row n of
    two curves has the same seeds. blocks: how many independent blocks of images stand behind it, at least 2.
    """

    steps: np.ndarray
    values: np.ndarray
    resampled: np.ndarray
    blocks: float

    def late(self, share: float) -> "Curve":
        """The measurements of the last `share` of the training."""
        kept = self.steps >= (1 - share) * self.steps[-1] - 1e-9
        return Curve(self.steps[kept], self.values[kept], self.resampled[:, kept], self.blocks)


def measured_steps(steps: int) -> list[int]:
    return [round(share * steps) for share in SHARES]


def recall_curve(
    steps: Sequence[int],
    truths: Sequence[Truth],
    found: Sequence[Sequence[Sequence[Detections]]],
    names: Sequence[str],
    settings: EvaluateParams,
    block: int,
    seeds: np.ndarray,
    rng: np.random.Generator,
) -> Curve:
    """Recall at the operating point. found: [seed][step][image]. names: the categories, of which it is the mean.

    block: so many neighbouring images are drawn together. seeds: (N, seeds), of `bootstrap.seed_draws`.
    """
    counts = block_resamples(len(truths), block, len(seeds), rng)
    values = np.zeros((len(found), len(steps)))
    resampled = np.zeros((len(seeds), len(steps)))
    for seed, of_seed in enumerate(found):
        for k, answers in enumerate(of_seed):
            matches = match_categories(truths, answers, names, settings.iou)
            values[seed, k] = mean_recall(matches, settings.fppi)
            resampled[:, k] += seeds[:, seed] * resampled_mean_recall(matches, counts, settings.fppi)
    return Curve(np.array(steps), values.mean(0), resampled, block_count(len(truths), block))
