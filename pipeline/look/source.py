"""Pictures to look for objects in: an image, a folder of images, or a video, all as frames with names."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from pipeline.data.files import read_image
from pipeline.data.images import SUFFIXES
from pipeline.data.video import frame_size_px, frames_per_s_of, read_frames
from pipeline.errors import UserError


@dataclass(frozen=True)
class Source:
    """images: the files, in the order of their names; none for a video."""

    path: Path
    images: tuple[Path, ...]

    @property
    def is_video(self) -> bool:
        return not self.images

    @property
    def frames_per_s(self) -> float:
        """Of a video; 25 where it does not say."""
        return frames_per_s_of(self.path) or 25.0

    def count(self) -> int | None:
        """How many frames there are; of a video, as its file says, if it does."""
        if not self.is_video:
            return len(self.images)
        capture = cv2.VideoCapture(str(self.path))
        stated = int(capture.get(cv2.CAP_PROP_FRAME_COUNT))
        capture.release()
        return stated if stated > 0 else None

    def frames(self) -> Iterator[tuple[str, np.ndarray]]:
        """(name, RGB uint8 (H, W, 3)) of every frame; a video's are called frame_000000.png and so on."""
        if self.is_video:
            for number, frame in enumerate(read_frames(self.path)):
                yield f"frame_{number:06d}.png", frame
        for image in self.images:
            yield image.name, read_image(image)


def open_source(path: str | Path) -> Source:
    """Raises UserError if there is nothing at `path` that can be looked at."""
    path = Path(path)
    if path.is_dir():
        images = tuple(sorted(file for file in path.iterdir() if file.suffix.lower() in SUFFIXES and file.is_file()))
        if not images:
            raise UserError(f"{path}: expected a folder of images ({', '.join(SUFFIXES)}), found none in it")
        return Source(path, images)
    if not path.is_file():
        raise UserError(f"{path}: expected an image, a folder of images or a video, found nothing; correct the path")
    if path.suffix.lower() in SUFFIXES:
        return Source(path, (path,))
    frame_size_px(path)  # raises if it is no video
    return Source(path, ())
