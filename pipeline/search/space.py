"""What is searched: RandAugment, or policies of a few sub-policies."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

from pipeline.augment.names import MIRRORING, NAMES
from pipeline.params import RandAugmentParams, StepParams, TrainParams

SUB_POLICIES, STEPS = 3, 2
NO_RAND_AUGMENT = RandAugmentParams(0, 0.0)

SEARCHED = tuple(name for name in NAMES if name not in (*MIRRORING, "mixup_naive"))
"""What policies are made of. `train.flip` mirrors already, where it may; naive mixup has wrong boxes."""


@dataclass(frozen=True)
class Policy:
    """The two keys of `train` that the search turns."""

    policy: tuple[tuple[StepParams, ...], ...] = ()
    rand_augment: RandAugmentParams = NO_RAND_AUGMENT

    def applied_to(self, train: TrainParams) -> TrainParams:
        """The same training with this policy instead of its own; crops, flip and colour jitter stay."""
        return replace(train, policy=self.policy, rand_augment=self.rand_augment)

    def as_params(self) -> dict:
        """As it would stand in params.yaml below `train`."""
        policy = [[asdict(step) for step in steps] for steps in self.policy]
        return {"policy": policy, "rand_augment": asdict(self.rand_augment)}


def draw_policy(trial) -> Policy:
    """trial: of Optuna, or whatever has its methods `suggest_...`."""
    if trial.suggest_categorical("kind", ["rand_augment", "policy"]) == "rand_augment":
        n, strength = trial.suggest_int("n", 1, 3), trial.suggest_float("strength", 0.05, 1.0)
        return Policy(rand_augment=RandAugmentParams(n, round(strength, 2)))
    return Policy(tuple(
        tuple(_draw_step(trial, f"{sub}.{step}") for step in range(STEPS)) for sub in range(SUB_POLICIES)
    ))  # fmt: skip


def _draw_step(trial, key: str) -> StepParams:
    return StepParams(
        trial.suggest_categorical(f"{key}.name", SEARCHED),
        round(trial.suggest_float(f"{key}.probability", 0.1, 1.0), 2),
        round(trial.suggest_float(f"{key}.strength", 0.05, 1.0), 2),
    )


def in_words(policy: Policy) -> str:
    """blur 0.2 (50 %), noise 0.1 (90 %); or jpeg 0.4 (50 %)."""
    if policy.rand_augment.n:
        return f"RandAugment: {policy.rand_augment.n} of strength {policy.rand_augment.strength:g}"
    return "; or ".join(", ".join(map(_step_in_words, steps)) for steps in policy.policy) or "none"


def _step_in_words(step: StepParams) -> str:
    return f"{step.name} {step.strength:g} ({step.probability:.0%})".replace("%", " %")


def mirrors(policy: Sequence[Sequence[StepParams]]) -> list[str]:
    """The names of its steps that show a mirror image."""
    return sorted({step.name for steps in policy for step in steps if step.name in MIRRORING})
