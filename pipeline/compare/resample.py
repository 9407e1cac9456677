"""Recall of every detector in every bootstrap resample, paired over detectors."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.compare.bootstrap import block_count, block_resamples, interval95, resampled_mean_recall, seed_draws
from pipeline.measure.categories import ByCategory, mean_recall
from pipeline.params import Params

REAL_STREAM, SYNTH_STREAM, SEED_STREAM = 101, 102, 103  # apart from the streams that draw scenes


@dataclass(frozen=True)
class Estimate:
    """A number, its resampled values (samples,) and how many independent blocks of images stand behind it."""

    value: float
    resamples: np.ndarray
    blocks: float

    def __sub__(self, other: "Estimate") -> "Estimate":
        """The difference; paired wherever both were resampled with the same images and seeds."""
        resamples = self.resamples - other.resamples
        return Estimate(self.value - other.value, resamples, min(self.blocks, other.blocks))

    def interval95(self) -> tuple[float, float]:
        return interval95(self.resamples, self.blocks)


def estimate_recalls(
    matches: Mapping[str, Mapping[str, Sequence[ByCategory]]], params: Params
) -> dict[str, dict[str, Estimate]]:
    """Recall at the operating point, {detector: {"real": Estimate, "synth": Estimate}}.

    matches: {detector: {"real" or "synth": [one a seed]}}. Real frames are drawn in blocks and the same for
    all; synthetic images are drawn one by one; a detector's seeds are drawn the same for both kinds. Several
    categories: their mean, over the same resamples.
    """
    samples = params.evaluate.bootstrap_samples
    plans: dict[tuple[str, int], np.ndarray] = {}

    def plan(kind: str, images: int) -> np.ndarray:
        if (kind, images) not in plans:
            stream = REAL_STREAM if kind == "real" else SYNTH_STREAM
            rng = np.random.default_rng([params.seed, stream, images])
            plans[kind, images] = block_resamples(images, block_of(kind), samples, rng)
        return plans[kind, images]

    def block_of(kind: str) -> int:
        return params.evaluate.block_frames if kind == "real" else 1

    estimates: dict[str, dict[str, Estimate]] = {}
    for index, (name, kinds) in enumerate(matches.items()):
        estimates[name] = {}
        for kind, per_seed in kinds.items():
            rng = np.random.default_rng(
                [params.seed, SEED_STREAM, index]
            )  # the same seeds for real and synth
            weights = seed_draws(len(per_seed), samples, rng)
            images = next(iter(per_seed[0].values())).image_count
            counts = plan(kind, images)
            fppi = params.evaluate.fppi
            recalls = np.stack([resampled_mean_recall(one, counts, fppi) for one in per_seed], axis=1)
            value = float(np.mean([mean_recall(one, fppi) for one in per_seed]))
            blocks = block_count(images, block_of(kind))
            estimates[name][kind] = Estimate(value, (weights * recalls).sum(axis=1), blocks)
    return estimates
