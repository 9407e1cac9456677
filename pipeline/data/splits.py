"""Which real frames belong to which split: by time, with a guard between what may be learned from and the test."""

from pipeline.errors import UserError
from pipeline.params import RealParams

GUARD_FRAMES = 10  # at least so many frames between what may be learned from and the test split


def check_splits(real: RealParams) -> None:
    """Raise `UserError` unless train and calibration end `GUARD_FRAMES` before test begins."""
    problems = []
    for key in ("calibration_frames", "train_frames", "test_frames"):
        first, last = getattr(real, key)
        if first > last:
            problems.append(f"real.{key}: expected [first, last], found [{first}, {last}]; swap them")
    test_first = real.test_frames[0]
    for key in ("calibration_frames", "train_frames"):
        last = getattr(real, key)[1]
        if last > test_first - GUARD_FRAMES:
            problems.append(
                f"real.{key}: expected its end at least {GUARD_FRAMES} frames before real.test_frames begins "
                f"at {test_first}, found {last}; end it earlier: nothing may be learned from the test split"
            )
    if problems:
        raise UserError("\n".join(f"params.yaml: {problem}" for problem in problems))
