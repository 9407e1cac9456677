"""What is done to a frame, and how much of it: kinds of stress, each at growing severity."""

from dataclasses import dataclass

from pipeline.params import StressParams


@dataclass(frozen=True)
class Kind:
    """values: of StressParams, from mild to hard. effect: of params.yaml, that shows the same to a detector."""

    values: str
    unit: str
    effect: str


KINDS = {
    "motion_blur": Kind("motion_blur_px", "px of motion during the exposure", "motion_blur"),
    "rolling_shutter": Kind("rolling_shutter_skew_px", "px of motion while the frame is read", "rolling_shutter"),
    "low_light": Kind("electrons_at_white", "electrons at white", "noise"),
    "compression": Kind("jpeg_quality", "JPEG quality", "codec"),
}


@dataclass(frozen=True)
class Level:
    """One test set. severity: 1 for the mildest; 0 for the two that are no stress at all."""

    kind: str
    severity: int
    value: float

    @property
    def name(self) -> str:
        return f"{self.kind}_{self.severity}" if self.severity else self.kind


AS_IT_IS = Level("as_it_is", 0, 0.0)  # the frame's own pixels
STILL = Level("still", 0, 0.0)  # exposed again with nothing added: what exposing again costs by itself


def levels_of(kind: str, params: StressParams) -> list[Level]:
    """The severities of one kind, from mild to hard."""
    return [Level(kind, i, value) for i, value in enumerate(getattr(params, KINDS[kind].values), 1)]


def all_levels(params: StressParams) -> list[Level]:
    return [AS_IT_IS, STILL, *(level for kind in KINDS for level in levels_of(kind, params))]
