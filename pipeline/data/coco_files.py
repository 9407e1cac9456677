"""Where a COCO data set keeps its files.

annotations.json beside images, as this project writes it; instances_*.json in annotations, with the pictures of each
split in a folder of their own; or _annotations.coco.json among the pictures of each split.
"""

import re
from pathlib import Path

from pipeline.data.coco import read_coco
from pipeline.data.coco_checks import check_image_files
from pipeline.data.coco_set import SPLIT_NAMES, CocoSet, Split
from pipeline.data.problems import Problems
from pipeline.errors import DataError

PATTERNS = ("*.json", "annotations/*.json", "*/annotations.json", "*/_annotations.coco.json")
KEYS = (b'"images"', b'"annotations"', b'"categories"')
NAMED_BY_FOLDER = ("annotations", "_annotations.coco")


def read_coco_folder(source: str | Path, frame_size_px: tuple[int, int] | None = None) -> list[Split]:
    """Read a COCO file, or every split of a folder of them, with all categories.

    frame_size_px: width and height of the frames of the video that the annotations belong to. None: there are
    pictures, which are checked.

    Raises `DataError` with every problem found.
    """
    source = Path(source)
    problems = Problems()
    splits = []
    for name, path in find_coco(source).items():
        try:
            coco = read_coco(path, None, categories=None)
        except DataError as error:
            problems.add_error(error)
            continue
        folder = None if frame_size_px else picture_folder(path, coco)
        if folder is not None:
            check_image_files(path, coco.images, folder, problems)
        else:
            _check_frame_size(path, coco, frame_size_px, problems)
        splits.append(Split(name, coco, folder))
    problems.stop(source)
    return splits


def find_coco(source: Path) -> dict[str, Path]:
    """The COCO files of a folder by split; "" if there is one file, of no split.

    Raises `DataError` if there are none, or two of one split.
    """
    found = coco_files_in(source) if source.is_dir() else [source]
    if not found:
        raise DataError(f"{source}: expected COCO files ({', '.join(PATTERNS)}), found none; name the file itself")
    splits: dict[str, Path] = {}
    for path in found:
        name = split_name(path) or (path.stem if len(found) > 1 else "")
        if name in splits:
            raise DataError(f"{source}: expected one COCO file of {name}, found {splits[name]} and {path}; name one")
        splits[name] = path
    return splits


def coco_files_in(folder: Path) -> list[Path]:
    """The COCO files of a folder; of several kinds of annotations only those of instances."""
    found = [path for pattern in PATTERNS for path in sorted(folder.glob(pattern))
             if not path.name.startswith(".") and _is_coco(path)]
    return [path for path in found if path.name.startswith("instances_")] or found


def split_name(path: Path) -> str:
    """train, val or test, told by the name of the file or, where that says nothing, of its folder; "" otherwise."""
    name = path.parent.name if path.stem in NAMED_BY_FOLDER else path.stem
    words = re.split(r"[^a-z]+", name.lower())
    return next((SPLIT_NAMES[word] for word in words if word in SPLIT_NAMES), "")


def picture_folder(path: Path, coco: CocoSet) -> Path:
    """Where the first picture of a COCO file lies; images beside the file if it is nowhere."""
    beside, above = path.parent, path.parent.parent
    raw = path.stem.removeprefix("instances_")  # of train2017 the pictures are in a folder of that name
    names = dict.fromkeys((raw, split_name(path) or raw))
    places = [beside / "images", beside]
    places += [place for name in names for place in (above / name, above / "images" / name, beside / "images" / name)]
    places += [above / "images", above]
    return next((place for place in places if (place / coco.images[0].file_name).is_file()), places[0])


def _is_coco(path: Path) -> bool:
    try:
        content = path.read_bytes()
    except OSError:
        return False
    return all(key in content for key in KEYS)


def _check_frame_size(path: Path, coco: CocoSet, frame_size_px: tuple[int, int], problems: Problems) -> None:
    for image in coco.images:
        if (image.width, image.height) != frame_size_px:
            expected = "{} x {} px as in the video".format(*frame_size_px)
            problems.add(f"{path}: image {image.id}", expected, f"{image.width} x {image.height} px", "correct it")
