"""Frames of a video file, and the names that annotations give them."""

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import cv2
import numpy as np

from pipeline.errors import DataError


def frames_per_s_of(path: str | Path) -> float | None:
    """The rate that a video file states; None if it states none."""
    capture = cv2.VideoCapture(str(path))
    try:
        rate = capture.get(cv2.CAP_PROP_FPS)
    finally:
        capture.release()
    return float(rate) if np.isfinite(rate) and rate > 0 else None


def frame_number(file_name: str) -> int | None:
    """The number, from 0, at the end of a frame's name: 123 for frame_000123.png and for 123.jpg; else None."""
    match = re.search(r"\d{1,9}$", PurePosixPath(file_name).stem, re.ASCII)
    return int(match[0]) if match else None


def frame_size_px(path: str | Path) -> tuple[int, int]:
    """Width and height of the first frame, as it is shown. Raises `DataError` as `read_frames` does."""
    frames = read_frames(path)
    height, width = next(frames).shape[:2]
    frames.close()
    return width, height


def read_frames(path: str | Path) -> Iterator[np.ndarray]:
    """Yield the frames of a video from the first to the last: RGB uint8 (H, W, 3), display values.

    Raises `DataError` if the file is missing, cannot be opened as a video, or has no frame.
    """
    path = Path(path)
    if not path.is_file():
        raise DataError(f"{path}: expected a video, found no file; correct its path")
    capture = cv2.VideoCapture(str(path))
    try:
        found, frame = capture.read()
        if not found:
            raise DataError(f"{path}: expected a video, found nothing that decodes; use an undamaged copy")
        while found:
            yield cv2.cvtColor(frame, cv2.COLOR_BGR2RGB)
            found, frame = capture.read()
    finally:
        capture.release()
