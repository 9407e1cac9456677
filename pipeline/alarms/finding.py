"""What an alarm says: one sentence with its numbers, whether it goes off or not."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pipeline.compare.verdict import signed


@dataclass(frozen=True)
class Finding:
    alarm: str  # over_regularization, slow_convergence, calibration, overlap, real_falls
    detector: str  # the rung, real_only, or "all" of the splits
    fired: bool
    sentence: str
    numbers: Mapping[str, object] = field(default_factory=dict)

    def line(self) -> str:
        """For the log."""
        return f"{'ALARM' if self.fired else 'quiet'}: {self.sentence}"


def between(ends: tuple[float, float]) -> str:
    """An interval in words."""
    return f"95 % interval {signed(ends[0])} to {signed(ends[1])}"


def rounded(*values: float) -> list[float]:
    """For JSON: 4 decimals, never -0."""
    return [round(float(value), 4) + 0.0 for value in values]
