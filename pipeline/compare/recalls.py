"""Recall of every detector, training run by training run, on its images and in every bootstrap resample of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.compare.bootstrap import block_resamples, resampled_mean_recall
from pipeline.compare.resample import REAL_STREAM, SYNTH_STREAM
from pipeline.measure.categories import ByCategory, mean_recall
from pipeline.params import Params

HALF_STREAM = 111  # of resamples in half blocks


@dataclass(frozen=True)
class Recalls:
    """Of one detector on one set of images. Resamples of the same set are the same for all detectors: paired.

    runs: (seeds,) recall of each training run. blocks, halves: (samples, seeds) the same in resamples of blocks of
    `block` images and of blocks half as long (None where a block is one image). people: how many there are to find.
    """

    runs: np.ndarray
    blocks: np.ndarray
    halves: np.ndarray | None
    block: int
    images: int
    people: int

    @property
    def value(self) -> float:
        """The mean over training runs."""
        return float(self.runs.mean())


def measure_recalls(
    matches: Mapping[str, Mapping[str, Sequence[ByCategory]]], params: Params
) -> dict[str, dict[str, Recalls]]:
    """Recall at the operating point, {detector: {"real" or "synth": Recalls}}.

    matches: {detector: {"real" or "synth": [one a seed]}}. Real frames are drawn in blocks, synthetic images one by
    one. Several categories: their mean. The score threshold is derived anew in every resample.
    """
    settings = params.evaluate
    plans: dict[tuple[int, int, int], np.ndarray] = {}

    def plan(stream: int, images: int, block: int) -> np.ndarray:
        if (stream, images, block) not in plans:
            rng = np.random.default_rng([params.seed, stream, images])
            plans[stream, images, block] = block_resamples(images, block, settings.bootstrap_samples, rng)
        return plans[stream, images, block]

    def measure(kind: str, per_seed: Sequence[ByCategory]) -> Recalls:
        def resampled(stream: int, block: int) -> np.ndarray:
            counts = plan(stream, images, block)
            return np.stack([resampled_mean_recall(one, counts, settings.fppi) for one in per_seed], axis=1)

        first = next(iter(per_seed[0].values()))
        images = first.image_count
        block = min(settings.block_frames, images) if kind == "real" else 1
        return Recalls(
            runs=np.array([mean_recall(one, settings.fppi) for one in per_seed]),
            blocks=resampled(REAL_STREAM if kind == "real" else SYNTH_STREAM, block),
            halves=resampled(HALF_STREAM, block // 2) if block > 1 else None,
            block=block,
            images=images,
            people=sum(len(one.person_box) for one in per_seed[0].values()),
        )

    return {
        name: {kind: measure(kind, per_seed) for kind, per_seed in kinds.items()} for name, kinds in matches.items()
    }
