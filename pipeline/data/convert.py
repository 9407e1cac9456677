"""Bring a data set of your own: read COCO, YOLO or Pascal VOC, with pictures or a video, and write COCO or YOLO.

    python -m pipeline.data.convert SOURCE DESTINATION --to coco

COCO is written as the pipeline reads it: annotations.json and images, in a folder for each split if there are splits.
YOLO is written as Ultralytics reads it: data.yaml, images/<split> and labels/<split>. Pictures stay as they are, byte
for byte; boxes are those of the pictures as they are shown, after the EXIF rotation.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from pipeline.data.coco_set import Split
from pipeline.data.files import atomic_folder
from pipeline.data.formats import READERS, format_of, read_splits
from pipeline.data.pictures import check_pictures, copy_pictures, write_frames
from pipeline.data.video import frame_number
from pipeline.data.writers import FORMATS, Places, check_collisions, losses_of, places_of, write_splits
from pipeline.errors import UserError, main


def run(*words: str) -> None:
    """Convert as the words of the command line say; raise `UserError` and leave nothing half-written."""
    args = _parse(words)
    if args.link and args.video:
        raise UserError("--link: expected pictures to link to, found a video; leave one of them away")
    destination = _free_folder(args.destination)
    source_format = format_of(args.source) if args.source_format == "auto" else args.source_format
    splits = _chosen(read_splits(args.source, source_format, args.video), args.split)
    check_pictures(splits)
    places = places_of(splits, args.to)
    check_collisions(splits, places, args.to)
    with atomic_folder(destination) as folder:
        if args.video:
            write_frames(args.video, _frames(splits, places, folder))
        else:
            copy_pictures(_files(splits, places, folder), args.link)
        write_splits(splits, places, folder, args.to)
    notes = [f"{split.name}: {note}".removeprefix(": ") for split in splits for note in split.notes]
    for note in notes + losses_of(splits, args.to):
        print(f"note: {note}", file=sys.stderr)
    print(f"convert: {_summary(splits)}; {source_format} -> {args.to} in {args.destination}")


def _parse(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m pipeline.data.convert", description=__doc__.splitlines()[0])
    parser.add_argument("source", metavar="SOURCE", help="a folder, a COCO .json or a YOLO .yaml")
    parser.add_argument("destination", metavar="DESTINATION", help="a folder that is new or empty")
    parser.add_argument("--to", required=True, choices=FORMATS)
    parser.add_argument("--from", dest="source_format", default="auto", choices=("auto", *READERS))
    parser.add_argument("--video", metavar="FILE", help="take pictures out of it: frame_000123 is frame 123, from 0")
    parser.add_argument("--split", nargs="+", metavar="NAME", help="only these splits, such as train; default: all")
    parser.add_argument("--link", action="store_true", help="hard links to the pictures instead of copies")
    return parser.parse_args(words)


def _free_folder(name: str) -> Path:
    path = Path(name).resolve()
    if path.exists() and not (path.is_dir() and not any(path.iterdir())):
        raise UserError(f"{name}: expected a new or an empty folder, found files; choose another or empty it")
    return path


def _chosen(splits: list[Split], names: Sequence[str] | None) -> list[Split]:
    found = [split.name for split in splits]
    for name in names or ():
        if name not in found:
            listed = ", ".join(filter(None, found)) or "none, for there are no splits"
            raise UserError(f"--split: expected one of the splits ({listed}), found {name}; correct it")
    return [split for split in splits if not names or split.name in names]


def _files(splits: list[Split], places: Places, folder: Path) -> list[tuple[Path, Path]]:
    """Every picture's file, and where it goes."""
    return [
        (split.image_folder / image.file_name, folder / places[split.name, image.id])
        for split in splits
        for image in split.coco.images
    ]


def _frames(splits: list[Split], places: Places, folder: Path) -> dict[int, list[Path]]:
    """Where every frame of the video goes, by its number."""
    frames: dict[int, list[Path]] = {}
    for split in splits:
        for image in split.coco.images:
            frames.setdefault(frame_number(image.file_name), []).append(folder / places[split.name, image.id])
    return frames


def _summary(splits: list[Split]) -> str:
    pictures = sum(len(split.coco.images) for split in splits)
    listed = ", ".join(f"{split.name} {len(split.coco.images)}" for split in splits if split.name)
    boxes = sum(not annotation.iscrowd for split in splits for annotation in split.coco.annotations)
    categories = len({category.name for split in splits for category in split.coco.categories})
    return f"{pictures} pictures{f' ({listed})' if listed else ''}, {boxes} boxes, {categories} categories"


if __name__ == "__main__":
    main(run)
