"""Pascal VOC: an XML file a picture, in Annotations; pictures in JPEGImages; splits in ImageSets/Main.

VOC counts pixels from 1 and names the first and the last one inside: xmin 1, xmax 10 are the edges 0 and 10.
Exporters lay out pictures in other ways, too: beside the XML files, or in images; splits as folders train, valid
and test. Difficult objects become ignore regions; truncated, occluded and pose are kept.
"""

import math
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree.ElementTree import Element

from pipeline.data.coco_set import SPLIT_NAMES, Annotation, Category, CocoSet, Image, Split
from pipeline.data.images import SUFFIXES, shown_size
from pipeline.data.inside import Box, Overhang
from pipeline.data.problems import Problems, is_inside_name
from pipeline.data.safe_xml import read_xml
from pipeline.errors import DataError

PICTURE_FOLDERS = ("JPEGImages", "images", "Images")
CORNERS = ("xmin", "ymin", "xmax", "ymax")
FLAGS = ("truncated", "occluded")


def read_voc(source: str | Path, frame_size_px: tuple[int, int] | None = None) -> list[Split]:
    """Read a VOC data set from its folder; the categories are the names found, sorted, counted from 1.

    frame_size_px: width and height of the frames of the video that the labels belong to. None: there are pictures.

    Raises `DataError` with every problem found: file and object, what was expected, found, and what to do.
    """
    source = Path(source)
    problems = Problems()
    parts = {name: [_Document.read(path, problems) for path in paths] for name, paths in _xml_files(source).items()}
    documents = [document for part in parts.values() for document in part if document is not None]
    names = sorted({item.name for document in documents for item in document.objects})
    if not names and not problems.lines:
        problems.add(source, "objects in the XML files", "none", "use another folder")
    categories = tuple(Category(number, name) for number, name in enumerate(names, 1))
    splits = []
    for name, part in parts.items():
        folder = None if frame_size_px else _picture_folder(source, part)
        splits.append(_split(name, part, folder, frame_size_px, categories, problems))
    problems.stop(source)
    return splits


@dataclass(frozen=True)
class _Object:
    name: str
    box: Box
    difficult: bool
    extra: dict


@dataclass(frozen=True)
class _Document:
    """What an XML file says."""

    path: Path
    file_name: str
    size_px: tuple[int, int] | None
    objects: list[_Object] = field(default_factory=list)

    @classmethod
    def read(cls, path: Path, problems: Problems) -> "_Document | None":
        """None, and a problem, if the file cannot be used at all."""
        try:
            root = read_xml(path)
        except DataError as error:
            problems.add_error(error)
            return None
        if root.tag != "annotation":
            problems.add(path, "an element annotation", root.tag, "remove the file")
            return None
        file_name = _text(root, "filename") or path.with_suffix(".jpg").name
        if not is_inside_name(file_name):
            problems.add(f"{path}: filename", "a name inside the folder of pictures", file_name, "correct it")
            return None
        size = [_number(root, f"size/{key}") or 0 for key in ("width", "height")]
        size_px = (round(size[0]), round(size[1])) if min(size) > 0 else None
        found = [_object(f"{path}: object {i}", e, problems) for i, e in enumerate(root.findall("object"), 1)]
        return cls(path, file_name, size_px, [item for item in found if item is not None])


def _object(where: str, element: Element, problems: Problems) -> _Object | None:
    name = _text(element, "name")
    corners = [_number(element, f"bndbox/{key}") for key in CORNERS]
    if not name:
        problems.add(where, "a name", "none", "name it")
    if None in corners:
        problems.add(f"{where} ({name})", f"numbers {', '.join(CORNERS)} in bndbox", corners, "correct it")
    flags = {key: _flag(where, element, key, problems) for key in ("difficult", *FLAGS)}
    if not name or None in corners:
        return None
    extra = {key: flags[key] for key in FLAGS if flags[key] is not None}
    pose = _text(element, "pose")
    if pose and pose != "Unspecified":
        extra["pose"] = pose
    first_x, first_y, last_x, last_y = corners
    return _Object(name, (first_x - 1, first_y - 1, last_x, last_y), bool(flags["difficult"]), extra)


def _flag(where: str, element: Element, key: str, problems: Problems) -> int | None:
    value = _text(element, key)
    if value not in (None, "0", "1"):
        problems.add(f"{where}: {key}", "0 or 1", value, "correct it")
        return None
    return None if value is None else int(value)


def _text(element: Element, path: str) -> str | None:
    text = element.findtext(path)
    return text.strip() if text and text.strip() else None


def _number(element: Element, path: str) -> float | None:
    try:
        number = float(element.findtext(path, ""))
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _split(
    name: str,
    documents: list[_Document | None],
    folder: Path | None,
    frame_size_px: tuple[int, int] | None,
    categories: tuple[Category, ...],
    problems: Problems,
) -> Split:
    ids = {category.name: category.id for category in categories}
    overhang = Overhang()
    images, annotations = [], []
    for document in documents:
        image = document and _image(len(images) + 1, document, folder, frame_size_px, problems)
        if image is None:
            continue
        images.append(image)
        for number, item in enumerate(document.objects, 1):
            box = overhang.cut(item.box, image, f"{document.path}: object {number} ({item.name})", problems)
            if box is not None:
                id = len(annotations) + 1
                annotations.append(Annotation(id, image.id, box, item.difficult, item.extra, ids[item.name]))
    return Split(name, CocoSet(images, annotations, categories), folder, tuple(overhang.notes()))


def _image(
    id: int, document: _Document, folder: Path | None, frame_size_px: tuple[int, int] | None, problems: Problems
) -> Image | None:
    """The image with its size as shown, which must be the size that the XML file states, if it states one."""
    file_name = document.file_name
    if folder is None:
        size_px = frame_size_px
    else:
        picture = _picture(folder, document)
        file_name = picture.relative_to(folder).as_posix()
        try:
            size_px = shown_size(picture)
        except DataError as error:
            problems.add_error(error)
            return None
    if document.size_px not in (None, size_px):
        expected, found = ("{} x {} px".format(*size) for size in (size_px, document.size_px))
        problems.add(f"{document.path}: size", f"{expected} as shown", found, "correct the size or the file")
        return None
    return Image(id, file_name, *size_px)


def _picture(folder: Path, document: _Document) -> Path:
    """The picture that the XML file names, or else the one that is called like the XML file."""
    stem = Path(document.path.name).stem
    names = [document.file_name, *(stem + suffix for s in SUFFIXES for suffix in (s, s.upper()))]
    return next((folder / name for name in names if (folder / name).is_file()), folder / document.file_name)


def _picture_folder(source: Path, documents: list[_Document | None]) -> Path:
    """The folder in which the first XML file's picture lies; the folder of that file if it lies nowhere."""
    document = next((document for document in documents if document is not None), None)
    if document is None:
        return source
    beside = document.path.parent
    places = [place / name for place in (source, beside, beside.parent) for name in PICTURE_FOLDERS]
    places = [place for place in (*places, beside, source) if _picture(place, document).is_file()]
    return places[0] if places else beside


def _xml_files(source: Path) -> dict[str, list[Path]]:
    """The XML files of each split; "" where there are no splits. Raises `DataError` if there are none."""
    folder = next((source / name for name in ("Annotations", "annotations") if (source / name).is_dir()), source)
    lists = {path.stem: path for path in sorted((source / "ImageSets" / "Main").glob("*.txt"))}
    listed = {split: lists[name] for name, split in SPLIT_NAMES.items() if name in lists} or (
        {"": lists["trainval"]} if "trainval" in lists else {})
    folders = {split: folder / name for name, split in SPLIT_NAMES.items() if any((folder / name).glob("*.xml"))}
    if listed:
        found = {split: [folder / f"{stem}.xml" for stem in _stems(path)] for split, path in listed.items()}
    elif folders:
        found = {split: sorted(place.rglob("*.xml")) for split, place in folders.items()}
    else:
        found = {"": sorted(folder.rglob("*.xml"))}
    if not any(found.values()):
        raise DataError(f"{folder}: expected XML files, found none; use another folder")
    return found


def _stems(path: Path) -> list[str]:
    """The names in a list of ImageSets/Main, which stand first in their lines."""
    lines = path.read_text(encoding="utf-8-sig", errors="replace").splitlines()
    stems = [line.split()[0] for line in lines if line.strip()]
    for stem in stems:
        if not is_inside_name(stem):
            raise DataError(f"{path}: expected names of XML files in Annotations, found {stem[:80]}; correct it")
    return stems
