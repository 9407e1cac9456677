"""The frames to choose from; never one of the test."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipeline.data.files import read_image, sha256_of
from pipeline.data.images import SUFFIXES
from pipeline.data.video import read_frames
from pipeline.errors import UserError
from pipeline.measure import folders
from pipeline.params import Params

MOST = 2000  # of a longer video or folder, so many evenly spread


@dataclass(frozen=True)
class Frames:
    """Pictures of a folder, or of a video (then they are numbered): their names in order."""

    source: Path
    names: list[str]

    def images(self, wanted: list[int] | None = None) -> Iterator[np.ndarray]:
        """RGB uint8 (H, W, 3) of all, or of those with these indices, in ascending order."""
        names = self.names if wanted is None else [self.names[i] for i in sorted(wanted)]
        if self.source.is_dir():
            yield from (read_image(self.source / name) for name in names)
            return
        left = set(names)
        for number, image in enumerate(read_frames(self.source)):
            if frame_name(number) in left:
                yield image


def frame_name(number: int) -> str:
    """Of a video, from 0; as the stage `real` calls it."""
    return f"frame_{number:04d}.png"


def default_frames() -> Frames:
    """The unlabelled frames of the calibration split. Raises UserError as `given_frames` does."""
    folder = folders.real_set("calibration") / "images"
    if not folder.is_dir():
        raise UserError(f"{folder}: expected unlabelled frames, found none; run `dvc repro` or give --frames")
    return of_folder(folder)


def given_frames(source: Path, params: Params) -> Frames:
    """The pictures of a folder that have no labels yet, or all frames of a video.

    Raises UserError if there are none, or if they are of the test: whoever learns from them measures nothing any more.
    """
    if source.is_dir():
        return of_folder(source)
    if not source.is_file():
        raise UserError(f"--frames: expected a folder of pictures or a video, found none at {source}; correct the path")
    if sha256_of(source) == params.real.video_sha256:
        raise UserError(
            f"--frames: expected frames that are not measured on, found {source}, the video that the test "
            "frames are of; leave --frames away for its unlabelled calibration frames"
        )
    return spread(source, [frame_name(number) for number, _ in enumerate(read_frames(source))])


def of_folder(folder: Path) -> Frames:
    """The pictures of a folder without those that have labels for training, whatever they are called there."""
    labelled, measured_on = (pixels_of_split(split) for split in ("train", "test"))
    names = []
    for name in picture_names(folder):
        pixels = pixels_of(folder / name)
        if pixels in measured_on:
            raise UserError(
                f"--frames: expected frames that are not measured on, found {folder / name}, which is a test "
                "frame; take it out"
            )
        if pixels not in labelled:
            names.append(name)
    if not names:
        raise UserError(f"--frames: expected pictures without labels ({', '.join(SUFFIXES)}) in {folder}, found none")
    return spread(folder, names)


def pixels_of_split(split: str) -> set[tuple[tuple[int, ...], str]]:
    folder = folders.real_set(split) / "images"
    return {pixels_of(folder / name) for name in picture_names(folder)} if folder.is_dir() else set()


def pixels_of(path: Path) -> tuple[tuple[int, ...], str]:
    """Size and SHA-256 of the pixels: the same for the same picture in another file or lossless format."""
    image = read_image(path)
    return image.shape, hashlib.sha256(image.tobytes()).hexdigest()


def picture_names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)


def spread(source: Path, names: list[str]) -> Frames:
    if len(names) > MOST:
        names = [names[i * len(names) // MOST] for i in range(MOST)]
    return Frames(source, names)
