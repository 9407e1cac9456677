"""The user's own backgrounds: a folder of pictures and videos, as photographs for the scenes."""

from pathlib import Path

import numpy as np

from pipeline.data.files import write_image
from pipeline.data.images import SUFFIXES, read_picture
from pipeline.data.video import read_frames
from pipeline.errors import UserError
from sensors.statistics import median_plate

VIDEO_SUFFIXES = (".mp4", ".avi", ".mov", ".mkv", ".webm", ".m4v", ".mpg", ".mpeg")
PLATE_FRAMES = 41  # of a video, evenly spread: what is gone in more than half of them is gone in the plate


def write_backgrounds(folder: str | Path, target: str | Path) -> None:
    """Write every picture of `folder`, and the median plate of every video, as numbered PNG files.

    Raises UserError if there is none, and DataError if one cannot be read.
    """
    sources = [path for path in sorted(Path(folder).iterdir()) if path.suffix.lower() in (*SUFFIXES, *VIDEO_SUFFIXES)]
    if not sources:
        raise UserError(
            f"params.yaml: real.backgrounds: expected pictures ({' '.join(SUFFIXES)}) or videos "
            f"({' '.join(VIDEO_SUFFIXES)}), found none in {folder}; add some"
        )
    for number, source in enumerate(sources):
        is_video = source.suffix.lower() in VIDEO_SUFFIXES
        picture = plate_of(source) if is_video else read_picture(source)
        write_image(Path(target) / f"{number:05d}.png", picture)


def plate_of(video: str | Path) -> np.ndarray:
    """The median of frames of a video, evenly spread: uint8 (H, W, 3), display values, without what moves."""
    chosen, step = [], 1
    for number, frame in enumerate(read_frames(video)):
        if number % step == 0:
            chosen.append(frame)
        if len(chosen) == 2 * PLATE_FRAMES:  # too many: every other one will do, and from now on too
            chosen, step = chosen[::2], 2 * step
    return np.round(median_plate(chosen[:: max(len(chosen) // PLATE_FRAMES, 1)])).astype(np.uint8)
