"""File names of a list of images: inside the folder, on every system, and each once."""

import unicodedata
from collections.abc import Sequence
from pathlib import PurePosixPath, PureWindowsPath

from pipeline.check.coco_file import ListedImage
from pipeline.check.problem import Sheet


def check_names(images: Sequence[ListedImage], sheet: Sheet) -> list[ListedImage]:
    """The images whose files may be opened: names that stay inside the folder, each once."""
    usable = []
    first: dict[str, ListedImage] = {}
    spellings: dict[str, str] = {}
    for image in images:
        name, where = image.file_name, f"image {image.id}"
        if not name or not _stays_inside(name, sheet, where):
            continue
        same = str(PurePosixPath(name))
        if same in first:
            sheet.error("image_twice", where, "a file of its own", f"{name}, also of image {first[same].id}",
                        "merge the two images")  # fmt: skip
            continue
        first[same] = image
        other = spellings.setdefault(alike(same), same)
        if other != same:
            sheet.warning("name_case", where, f"a name that differs from {other} in more than letter case", name,
                          "rename one: some disks take both for one file")  # fmt: skip
        usable.append(image)
    return usable


def alike(name: str) -> str:
    """The name as a disk sees it that ignores letter case and how accents are composed."""
    return unicodedata.normalize("NFC", name).casefold()


def _stays_inside(name: str, sheet: Sheet, where: str) -> bool:
    expected = "a name inside the folder of images"
    if "\0" in name or any("\ud800" <= c <= "\udfff" for c in name):
        sheet.error("file_name", where, expected, name, "use letters that a file system can write")
    elif name.startswith(("/", "\\")) or PureWindowsPath(name).drive:
        sheet.error("path_absolute", where, expected, name, "name the file relative to the folder")
    elif ".." in name.replace("\\", "/").split("/"):
        sheet.error("path_traversal", where, expected, name, "move the file into the folder, name it without ..")
    elif "\\" in name:
        sheet.error("backslash", where, "/ between folders", name, "write / for \\")
    else:
        return True
    return False
