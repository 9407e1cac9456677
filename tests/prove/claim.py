"""A claim about the camera, measured: what was found, and what it may be."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Claim:
    """what: one line, with the unit. measured: the worst case found. low, high: where it must lie. cases: how many
    were tried."""

    what: str
    measured: float
    low: float
    high: float
    cases: int

    @property
    def holds(self):
        return self.low <= self.measured <= self.high  # False for NaN


def at_most(what, measured, limit, cases):
    """An error, none of the cases worse than `measured`."""
    return Claim(what, float(measured), 0.0, float(limit), cases)


def at_least(what, measured, limit, cases):
    """A quality, none of the cases below `measured`."""
    return Claim(what, float(measured), float(limit), float("inf"), cases)
