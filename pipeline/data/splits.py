"""Which real frames belong to which split: by time, with a guard between what may be learned from and the test."""

import re
from collections.abc import Iterator

from pipeline.data.coco import CocoSet, Image
from pipeline.errors import DataError, UserError
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


def frame_numbers(annotated: CocoSet, path: str) -> dict[int, Image]:
    """The annotated images by the frame number, from 0, in their names: frame_0009.png is frame 9."""
    by_frame: dict[int, Image] = {}
    problems = []
    for image in annotated.images:
        match = re.fullmatch(r"frame_(\d+)\.png", image.file_name)
        if match is None:
            problems.append(
                f"{path}: image {image.id}: expected a file_name like frame_0009.png, "
                f"found {image.file_name}; rename it"
            )
        else:
            by_frame[int(match[1])] = image
    if problems:
        raise DataError("\n".join(problems))
    return by_frame


def splits_of(index: int, real: RealParams, by_frame: dict[int, Image]) -> Iterator[str]:
    """The splits that frame `index` is written to."""
    if real.calibration_frames[0] <= index <= real.calibration_frames[1]:
        yield "calibration"
    for split, (first, last) in (("train", real.train_frames), ("test", real.test_frames)):
        if first <= index <= last and index in by_frame:
            yield split
