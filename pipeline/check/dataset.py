"""One data set on disk: its COCO files, one a split, and the folders of their images."""

from dataclasses import dataclass, field
from pathlib import Path

from pipeline.check.coco_file import CocoContent, check_coco
from pipeline.check.image_files import check_images, list_images
from pipeline.check.json_text import read_json
from pipeline.check.leakage import Picture
from pipeline.check.problem import Problem, Sheet
from pipeline.data.coco_files import find_coco
from pipeline.data.formats import format_of
from pipeline.errors import UserError

ANNOTATIONS = "annotations.json"


@dataclass(frozen=True)
class Part:
    """A split to check."""

    name: str  # of the split
    annotations: Path | None  # None: images without annotations
    images: Path | None  # None: image files are not looked for


@dataclass
class Checked:
    problems: list[Problem] = field(default_factory=list)
    counts: dict[str, dict[str, int]] = field(default_factory=dict)  # {split: {what: how many}}
    pictures: list[Picture] = field(default_factory=list)
    folders: dict[str, Path] = field(default_factory=dict)  # {split: its folder of images}


def has_coco(target: Path) -> bool:
    """Whether `parts_of` has something to read, or nothing else has: a path that leads nowhere."""
    return bool(_coco_files(target)) and target.suffix.lower() not in (".yaml", ".yml")


def parts_of(target: Path, images: Path | None) -> list[Part]:
    """The splits of a folder (annotations.json in it, or in folders in it) or of one COCO file.

    images: the folder of images; default: `images` beside the file, or else the file's own folder. Raises UserError if
    there is no COCO file.
    """
    files = _coco_files(target)
    if not files or not all(file.exists() for file in files):
        raise UserError(f"{target}: expected a COCO file, or a folder with {ANNOTATIONS} in it or in its folders, "
                        "found none; name the file")  # fmt: skip
    if images is not None and (len(files) > 1 or not images.is_dir()):
        found = f"{len(files)} COCO files" if len(files) > 1 else f"no folder {images}"
        raise UserError(f"--images: expected one COCO file and the folder of its images, found {found}; name one file")
    parts = []
    for file in files:
        beside = file.parent / "images"
        name = file.parent.name if target.is_dir() and file.parent != target else target.stem
        parts.append(Part(name, file, images or (beside if beside.is_dir() else file.parent)))
    return parts


def _coco_files(target: Path) -> list[Path]:
    if not target.is_dir():
        return [target]
    return [target / ANNOTATIONS] if (target / ANNOTATIONS).exists() else sorted(target.glob(f"*/{ANNOTATIONS}"))


def label_parts(source: Path) -> list[Part]:
    """The COCO files of real.annotations, as they came. Of YOLO and VOC none: the stage `real` reads them and stops at
    any problem; what it wrote is checked as the splits.
    """
    if format_of(source) != "coco":
        return []
    named = find_coco(source).items()
    return [Part(f"annotations:{split}" if split else "annotations", file, None) for split, file in named]


def check_parts(parts: list[Part], root: Path) -> Checked:
    """Check every split by itself, and that all mean the same by their categories. File names are relative to root."""
    result = Checked()
    names: dict[str, dict[int, str]] = {}
    for part in parts:
        sheet = Sheet(_relative(part.annotations or part.images, root))
        if part.annotations is None:
            listed, counts = list_images(part.images), {}
            counts["images"] = len(listed)
            if not listed:
                sheet.error("no_images", "", "at least one image", "none", "add images")
        else:
            content = read_json(part.annotations, sheet)
            coco = CocoContent() if content is None else check_coco(content, sheet)
            listed, counts = coco.images, coco.counts
            names[part.name] = coco.categories
        if part.images is not None and listed:
            result.folders[part.name] = part.images
            seen = check_images(listed, part.images, sheet)
            counts["readable_images"] = len(seen)
            result.pictures += [Picture(part.name, s.name, s.fingerprint, s.boxes) for s in seen]
        result.problems += sheet.problems
        result.counts[part.name] = counts
    result.problems += _compare_categories(names)
    return result


def _compare_categories(names: dict[str, dict[int, str]]) -> list[Problem]:
    """An id that means one thing in one split and another in the next is learned wrong."""
    sheet = Sheet("categories")
    first: dict[int, tuple[str, str]] = {}
    for split, categories in names.items():
        for identity, name in categories.items():
            other_split, other = first.setdefault(identity, (split, name))
            if other != name:
                sheet.error("category_differs", f"category {identity}", f"{other!r} as in {other_split}",
                            f"{name!r} in {split}", "use one list of categories")  # fmt: skip
    return sheet.problems


def _relative(path: Path, root: Path) -> str:
    """The path below root; of others the last part, so that reports do not depend on the machine."""
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name
