"""Which augmentations a sample gets: sub-policies that are data, or a few at random.

Cubuk et al., "AutoAugment" (2019) and "RandAugment" (2020).
"""

from collections.abc import Sequence

import numpy as np

from pipeline.augment.names import RAND_AUGMENT
from pipeline.augment.sample import Sample
from pipeline.augment.transforms import TRANSFORMS
from pipeline.params import RandAugmentParams, StepParams


def apply_policy(
    sample: Sample, policy: Sequence[Sequence[StepParams]], rng: np.random.Generator, mates: Sequence[Sample]
) -> Sample:
    """One of the policy's sub-policies, all equally likely: its steps in order, each with its probability."""
    for step in policy[rng.integers(len(policy))] if policy else ():
        if rng.random() < step.probability:
            sample = TRANSFORMS[step.name](sample, step.strength, rng, mates)
    return sample


def rand_augment(
    sample: Sample, params: RandAugmentParams, rng: np.random.Generator, mates: Sequence[Sample]
) -> Sample:
    """`n` augmentations of RAND_AUGMENT, drawn uniformly and with repetition, one after the other."""
    for number in rng.integers(len(RAND_AUGMENT), size=params.n):
        sample = TRANSFORMS[RAND_AUGMENT[number]](sample, params.strength, rng, mates)
    return sample
