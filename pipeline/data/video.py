"""Frames of a video file."""

from collections.abc import Iterator
from pathlib import Path

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


def read_frames(path: str | Path) -> Iterator[np.ndarray]:
    """Yield the frames of a video from the first to the last: RGB uint8 (H, W, 3), display values.

    Raises `DataError` if the file is missing, cannot be opened as a video, or has no frame.
    """
    path = Path(path)
    if not path.is_file():
        raise DataError(f"{path}: expected a video, found no file; correct real.video_path in params.yaml")
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
