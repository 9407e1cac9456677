"""Where the pictures and labels of a YOLO data set lie.

With data.yaml, where it says; else where the lists train.txt, val.txt, test.txt say; else in images/train and so
on, train/images and so on, or images. The labels lie in labels instead of images, or beside the pictures.
"""

import os
from pathlib import Path

from pipeline.data.coco_set import SPLIT_NAMES
from pipeline.data.images import SUFFIXES
from pipeline.data.problems import Problems
from pipeline.data.yolo_names import read_yaml, yaml_of
from pipeline.errors import DataError

NO_LABELS = {"classes.txt", "readme.txt", *(f"{name}.txt" for name in SPLIT_NAMES)}


def find_places(source: Path) -> dict[str, list[Path]]:
    """The folders and .txt lists that hold or name the pictures of each split; "" where there are no splits.

    Raises `DataError` if data.yaml names what is not there.
    """
    description = yaml_of(source)
    if description is not None:
        return _places_of_yaml(description)
    for pattern in ("{}.txt", "images/{}", "{}/images", "{}"):
        found = {split: source / pattern.format(name) for name, split in SPLIT_NAMES.items()
                 if (source / pattern.format(name)).exists()}
        if found:
            return {split: [place] for split, place in found.items()}
    images = source / "images"
    return {"": [images if images.is_dir() else source]}


def pictures_of(places: list[Path], base: Path, problems: Problems) -> list[Path]:
    """The pictures in folders and lists, sorted by path; lists may only name what lies in `base`."""
    found: set[Path] = set()
    for place in places:
        if place.is_dir():
            found.update(path for path in place.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file())
        else:
            found.update(_listed(place, base, problems))
    if not found:
        problems.add(places[0], f"pictures ({', '.join(SUFFIXES)})", "none", "correct the layout")
    return sorted(found)


def base_of(source: Path) -> Path:
    """The folder that holds the whole data set."""
    description = yaml_of(source)
    if description is None:
        return source
    stated = read_yaml(description).get("path")
    base = description.parent / stated if isinstance(stated, str) else description.parent
    return base if base.is_dir() else description.parent  # the path may be that of somebody else's disk


def label_path(picture: Path) -> Path:
    """Where the labels of a picture are read from: the mirrored path if its folder is there, else beside it."""
    mirrored = mirrored_path(picture)
    return mirrored if mirrored.parent.is_dir() else picture.with_suffix(".txt")


def mirrored_path(picture: Path) -> Path:
    """The label file of a picture: the last folder images of its path replaced by labels, if there is one."""
    parts = list(picture.parts[:-1])
    if "images" in parts:
        parts[len(parts) - 1 - parts[::-1].index("images")] = "labels"
    return Path(*parts, f"{picture.stem}.txt")


def labels_below(folder: Path) -> list[Path]:
    """All label files of a folder, sorted by path."""
    return sorted(path for path in folder.rglob("*.txt") if path.name.lower() not in NO_LABELS)


def _places_of_yaml(path: Path) -> dict[str, list[Path]]:
    content, base = read_yaml(path), base_of(path)
    problems = Problems()
    found: dict[str, list[Path]] = {}
    for split in dict.fromkeys(SPLIT_NAMES.values()):
        stated = content.get(split)
        for name in stated if isinstance(stated, list) else [stated]:
            if name is None or name == "":
                continue
            place = _place(base, name) if isinstance(name, str) else None
            if place is None or not (place.is_dir() or place.suffix == ".txt" and place.is_file()):
                problems.add(f"{path}: {split}", "a folder or a .txt list of pictures", name, "correct it")
            else:
                found.setdefault(split, []).append(place)
    if not found and not problems.lines:
        problems.add(path, "train, val or test", "none of them", "name the folders of pictures")
    problems.stop(path)
    return found


def _place(base: Path, name: str) -> Path:
    """A place below `base`; some exporters write ../train/images for what lies beside the YAML file."""
    place = base / name
    return place if place.exists() else base / name.removeprefix("../")


def _listed(path: Path, base: Path, problems: Problems) -> list[Path]:
    """The pictures that a list names; darknet writes data/ before names that lead from `base`."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: expected a list of pictures, found no text ({error}); correct it") from None
    found = []
    for number, line in enumerate(lines, 1):
        name = line.strip()
        if not name:
            continue
        places = [base / name, path.parent / name, base / name.removeprefix("data/")]
        place = Path(os.path.normpath(next((place for place in places if place.is_file()), places[0])))
        if place.is_relative_to(os.path.normpath(base)):
            found.append(place)
        else:
            problems.add(f"{path}:{number}", f"a picture in {base}", name, "move it there")
    return found
