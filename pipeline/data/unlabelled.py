"""The unlabelled real frames that camera, view and plate are fitted to."""

from collections import Counter
from pathlib import Path

from tqdm import tqdm

from pipeline.data.files import write_image
from pipeline.data.images import SUFFIXES, read_picture, shown_size
from pipeline.errors import DataError


def frames_of_video(first_and_last: tuple[int, int], folder: Path) -> dict[int, list[Path]]:
    """{number: files} of the frames from first to last, as they are named in `folder`."""
    first, last = first_and_last
    return {number: [folder / f"frame_{number:04d}.png"] for number in range(first, last + 1)}


def write_pictures(source: Path, folder: Path) -> str:
    """Write the pictures of a folder, in the order of their names, as frames of one size; returns a sentence.

    A camera is fitted to pictures of one size, the commonest; others are left out. Raises `DataError` where none are.
    """
    paths = sorted(path for path in source.rglob("*") if path.suffix.lower() in SUFFIXES)
    if not paths:
        raise DataError(f"{source}: expected unlabelled pictures, found none; correct real.unlabelled")
    sizes = [shown_size(path) for path in paths]
    size = Counter(sizes).most_common(1)[0][0]
    chosen = [path for path, found in zip(paths, sizes, strict=True) if found == size]
    for number, path in enumerate(tqdm(chosen, "unlabelled", unit="picture", disable=None)):
        write_image(folder / f"frame_{number:04d}.png", read_picture(path))
    left_out = f", {len(paths) - len(chosen)} of other sizes left out" if len(chosen) < len(paths) else ""
    return f"{len(chosen)} unlabelled pictures of {size[0]} x {size[1]} px{left_out}"
