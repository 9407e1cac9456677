"""The names of the augmentations, as params.yaml and the reports write them; what they do: transforms.py."""

from collections.abc import Iterable

NAMES = (
    "flip", "vertical_flip", "scale_crop", "rotate", "colour_jitter", "blur", "noise", "jpeg", "erasing",
    "mixup_naive", "mixup_box_aware", "cutmix", "mosaic", "copy_paste",
)  # fmt: skip

MIRRORING = ("flip", "vertical_flip")
"""They show a mirror image: for text and other chiral things that is another thing."""

RAND_AUGMENT = ("scale_crop", "rotate", "colour_jitter", "blur", "noise", "jpeg", "erasing")
"""RandAugment draws from these: all that need no second image and mirror nothing."""


def mirroring_problems(policy: Iterable, chiral: Iterable[str]) -> list[str]:
    """A line for every step of train.policy (lists of StepParams) that mirrors what must not be mirrored.

    chiral: names of the categories whose mirror image is another thing.
    """
    chiral = ", ".join(chiral)
    named = enumerate(policy)
    steps = [(f"train.policy[{i}][{j}].name", step.name) for i, steps in named for j, step in enumerate(steps)]
    return [f"{key}: {name} mirrors the image, but the mirror image of {chiral} is another thing (chiral); remove it"
            for key, name in steps if chiral and name in MIRRORING]  # fmt: skip
