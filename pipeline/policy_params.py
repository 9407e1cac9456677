"""Augmentations as data: the steps of a policy, and a few drawn at random."""

from dataclasses import dataclass

from pipeline.augment.names import NAMES
from pipeline.fields import one_of, within


@dataclass(frozen=True)
class StepParams:
    name: str = one_of(NAMES, "the augmentation")
    probability: float = within(0.0, 1.0, "of being applied")
    strength: float = within(0.0, 1.0, "0: nothing, 1: the strongest; of a flip: its probability")


@dataclass(frozen=True)
class RandAugmentParams:
    n: int = within(0, 10, "drawn for every crop, one after the other; 0: none", "augmentations")
    strength: float = within(0.0, 1.0, "of each; 0: nothing, 1: the strongest")
