"""YOLO labels: a .txt file a picture, a line an object: class, then centre and size as shares of the picture.

Outlines (class, then x and y of every corner) are read as the boxes around them. Categories are classes counted
from 1: class 0 is category 1. YOLO knows no ignore regions.
"""

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.data.coco_set import Annotation, Category, CocoSet, Image, Split
from pipeline.data.images import shown_size
from pipeline.data.inside import Overhang
from pipeline.data.problems import Problems
from pipeline.data.yolo_files import base_of, find_places, label_path, labels_below, pictures_of
from pipeline.data.yolo_names import read_names
from pipeline.errors import DataError

DECIMALS = 12  # a millionth of a pixel in pictures of up to a million pixels across
BOX_NUMBERS = 5


def read_yolo(source: str | Path, frame_size_px: tuple[int, int] | None = None) -> list[Split]:
    """Read a YOLO data set from its folder or its data.yaml: one `Split` for each of train, val and test.

    frame_size_px: width and height of the frames of the video that the labels belong to; each label file is one
    frame, and there is one split. None: there are pictures; one without a label file shows nothing to be found.

    Raises `DataError` with every problem found: file and line, what was expected, found, and what to do.
    """
    source = Path(source)
    names = read_names(source)
    problems = Problems()
    if frame_size_px is not None:
        splits = [_read_frames(source, frame_size_px, names, problems)]
    else:
        base = base_of(source)
        splits = [_read_split(name, places, base, names, problems) for name, places in find_places(source).items()]
    problems.stop(source)
    return splits


def label_lines(image: Image, annotations: Sequence[Annotation], categories: Sequence[Category]) -> str:
    """The label file of one image; the class of a category is its place in `categories`."""
    classes = {category.id: number for number, category in enumerate(categories)}
    lines = []
    for annotation in annotations:
        x0, x1 = (min(max(x / image.width, 0), 1) for x in annotation.box[0::2])
        y0, y1 = (min(max(y / image.height, 0), 1) for y in annotation.box[1::2])
        shares = ((x0 + x1) / 2, (y0 + y1) / 2, x1 - x0, y1 - y0)
        lines.append(" ".join([str(classes[annotation.category_id]), *map(_decimal, shares)]))
    return "".join(f"{line}\n" for line in lines)


def _decimal(value: float) -> str:
    return f"{value:.{DECIMALS}f}".rstrip("0").rstrip(".")


@dataclass
class _Reading:
    """One split in the making."""

    names: dict[int, str]
    problems: Problems
    images: list[Image] = field(default_factory=list)
    annotations: list[Annotation] = field(default_factory=list)
    overhang: Overhang = field(default_factory=Overhang)
    outlines: int = 0
    unlabelled: int = 0

    def add(self, file_name: str, size_px: tuple[int, int], label: Path) -> None:
        """Take up a picture and the lines of its label file, which may be missing."""
        image = Image(len(self.images) + 1, file_name, *size_px)
        self.images.append(image)
        try:
            lines = label.read_text(encoding="utf-8-sig").splitlines()
        except FileNotFoundError:
            self.unlabelled += 1
            return
        except (OSError, UnicodeDecodeError) as error:
            self.problems.add(label, "a text file", str(error), "replace it")
            return
        for number, line in enumerate(lines, 1):
            if line.strip():
                self._add_line(f"{label}:{number}", line, image)

    def _add_line(self, where: str, line: str, image: Image) -> None:
        numbers = _numbers(line)
        if len(numbers) != BOX_NUMBERS and not (len(numbers) > BOX_NUMBERS + 1 and len(numbers) % 2):
            expected = "class, x, y, width, height, or class and three or more corners"
            self.problems.add(where, expected, line, "correct or remove the line")
            return
        if numbers[0] not in self.names:
            expected = f"a class of {', '.join(map(str, list(self.names)[:10]))}"
            self.problems.add(where, expected, line.split()[0], "correct the line or add a name")
            return
        self.outlines += len(numbers) > BOX_NUMBERS
        shares = _edges(numbers[1:])
        box = tuple(share * side for share, side in zip(shares, (image.width, image.height) * 2, strict=True))
        inside = self.overhang.cut(box, image, where, self.problems)
        if inside is not None:
            id = len(self.annotations) + 1
            self.annotations.append(Annotation(id, image.id, inside, category_id=int(numbers[0]) + 1))

    def split(self, name: str, image_folder: Path | None) -> Split:
        notes = self.overhang.notes()
        if self.outlines:
            notes.append(f"{self.outlines} outlines were read as the boxes around them")
        if self.unlabelled:
            notes.append(f"{self.unlabelled} pictures have no label file: nothing is to be found in them")
        categories = tuple(Category(number + 1, name) for number, name in self.names.items())
        return Split(name, CocoSet(self.images, self.annotations, categories), image_folder, tuple(notes))


def _read_split(name: str, places: list[Path], base: Path, names: dict[int, str], problems: Problems) -> Split:
    reading = _Reading(names, problems)
    pictures = pictures_of(places, base, problems)
    folder = places[0] if len(places) == 1 and places[0].is_dir() else _common_folder(pictures, base)
    labels = [label_path(picture) for picture in pictures]
    for picture, label in zip(pictures, labels, strict=True):
        try:
            reading.add(picture.relative_to(folder).as_posix(), shown_size(picture), label)
        except DataError as error:
            problems.add_error(error)
    if reading.images and reading.unlabelled == len(reading.images):
        problems.add(folder, f"label files such as {labels[0]}", "none", "correct the layout")
    _check_orphans(places, set(labels), problems)
    return reading.split(name, folder)


def _check_orphans(places: list[Path], labels: set[Path], problems: Problems) -> None:
    """Labels of pictures that are not there; lists may leave out what they like."""
    if all(place.is_dir() for place in places):
        for folder in {label_path(place / "any").parent for place in places}:
            for label in labels_below(folder):
                if label not in labels:
                    problems.add(label, "a picture for these labels", "none", "add the picture or remove the file")


def _common_folder(pictures: list[Path], base: Path) -> Path:
    return Path(os.path.commonpath([picture.parent for picture in pictures])) if pictures else base


def _read_frames(source: Path, size_px: tuple[int, int], names: dict[int, str], problems: Problems) -> Split:
    """Frames need no pictures: whatever label file there is belongs to the frame that its name tells."""
    base = base_of(source)
    folder = next((base / name for name in ("labels", "obj_train_data") if (base / name).is_dir()), base)
    reading = _Reading(names, problems)
    for label in labels_below(folder):
        reading.add(label.relative_to(folder).with_suffix(".png").as_posix(), size_px, label)
    if not reading.images:
        problems.add(folder, "label files such as frame_000123.txt", "none", "correct the layout")
    return reading.split("", None)


def _numbers(line: str) -> list[float]:
    """The finite numbers of a line; none if there is anything else."""
    try:
        numbers = [float(word) for word in line.split()]
    except ValueError:
        return []
    return numbers if all(map(math.isfinite, numbers)) else []


def _edges(shares: list[float]) -> tuple[float, float, float, float]:
    """x0, y0, x1, y1, as shares of the picture, of centre and size or of corners."""
    if len(shares) > BOX_NUMBERS - 1:
        return min(shares[0::2]), min(shares[1::2]), max(shares[0::2]), max(shares[1::2])
    x, y, width, height = shares
    return x - width / 2, y - height / 2, x + width / 2, y + height / 2
