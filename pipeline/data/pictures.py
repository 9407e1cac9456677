"""The pictures of a data set, brought into a folder: copied, linked, or taken out of a video."""

import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath

from tqdm import tqdm

from pipeline.data.coco_set import Image, Split
from pipeline.data.files import write_image
from pipeline.data.problems import Problems
from pipeline.data.video import frame_number, read_frames
from pipeline.errors import DataError


def check_pictures(splits: Sequence[Split]) -> None:
    """Raise `DataError` if pictures are links that lead out of their folder, or frames without a number."""
    problems = Problems()
    for split in splits:
        folder = split.image_folder and split.image_folder.resolve()
        for image in split.coco.images:
            if folder is None:
                if frame_number(image.file_name) is None:
                    problems.add(image.file_name, "a frame's number at the end of the name", "none", "rename it")
            elif not (folder / image.file_name).resolve().is_relative_to(folder):
                where, expected = split.image_folder / image.file_name, f"a file in {split.image_folder}"
                problems.add(where, expected, "a link that leads out of it", "copy the file there")
    problems.stop("pictures")


def copied_name(split: Split, image: Image) -> str:
    """The name of a picture in the folder it is brought to: its own; frames of a video are PNG."""
    name = PurePosixPath(image.file_name)
    return (name if split.image_folder else name.with_suffix(".png")).as_posix()


def copy_pictures(pairs: Sequence[tuple[Path, Path]], link: bool) -> None:
    """Copy files, byte for byte, from the first to the second of each pair; link: hard links instead of copies.

    Raises `DataError` if a file cannot be linked or copied.
    """
    for source, target in tqdm(pairs, "pictures", unit="file", disable=None):
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            if link:
                os.link(source.resolve(), target)
            else:
                shutil.copyfile(source, target)
        except OSError as error:
            fix = "leave --link away" if link else "check the disk"
            raise DataError(f"{source}: expected a file to copy, found {error.strerror}; {fix}") from None


def write_frames(video: str | Path, targets: Mapping[int, Sequence[Path]]) -> None:
    """Write frames of a video, by their numbers from 0, as PNG files.

    Raises `DataError` if the video has fewer frames.
    """
    left = dict(targets)
    count = 0
    for number, frame in enumerate(tqdm(read_frames(video), "frames", total=max(left) + 1, disable=None)):
        count += 1
        for target in left.pop(number, ()):
            write_image(target, frame)
        if not left:
            return
    raise DataError(
        f"{video}: expected at least {max(left) + 1} frames, as annotated, found {count}; use the annotated video"
    )
