"""Image files: there, whole, readable, as large as stated, and inside their folder."""

import errno
import io
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image as PillowImage

from pipeline.check.coco_file import ListedImage
from pipeline.check.fingerprint import Fingerprint, fingerprint_of
from pipeline.check.image_names import alike, check_names
from pipeline.check.problem import Sheet

SUFFIXES = (".bmp", ".jpeg", ".jpg", ".npy", ".png", ".ppm", ".tif", ".tiff", ".webp")
LARGEST_PX = 2**28  # decoded, one image takes three bytes a px
LARGEST_BYTES = 2**30
EXIF_ORIENTATION = 0x0112
TURNED = (5, 6, 7, 8)  # orientations that exchange width and height


@dataclass(frozen=True)
class Seen:
    """An image file that could be read."""

    name: str  # relative to the folder
    boxes: int | None  # annotations that belong to it; None: not annotated
    fingerprint: Fingerprint


def check_images(images: list[ListedImage], folder: Path, sheet: Sheet) -> list[Seen]:
    """Check the files of the listed images in `folder`. Annotated images must be all that it holds."""
    if not folder.is_dir():
        sheet.error("folder_missing", "images", "a folder of images", folder.name, "add it, or name another folder")
        return []
    unlisted = _files_in(folder, sheet)
    usable = check_names(images, sheet)
    spellings = {alike(name): name for name in sorted(unlisted)}

    def look(image: ListedImage) -> tuple[Sheet, Seen | None]:
        own = Sheet(sheet.file)
        content = _read(folder, image, spellings, own)
        print_ = None if content is None else _decode(content, image, own)
        return own, None if print_ is None else Seen(image.file_name, image.boxes, print_)

    with ThreadPoolExecutor(os.cpu_count()) as pool:  # decoding leaves the interpreter free
        looked = list(pool.map(look, usable))
    for own, _ in looked:
        sheet.problems += own.problems
    annotated = any(image.boxes is not None for image in images)
    for name in sorted(unlisted - {image.file_name for image in images}) if annotated else ():
        sheet.warning("unlisted", name, "every image of the folder in the list", "one that is not listed",
                      "list it (an image without annotations is valid), or remove it")  # fmt: skip
    return [seen for _, seen in looked if seen is not None]


def list_images(folder: Path) -> list[ListedImage]:
    """The images in a folder without a list, in the order of their names; boxes and sizes are not known.

    The depth maps that stand beside composed places are no pictures.
    """
    names = sorted(name for name in _files_in(folder, Sheet("")) if not name.endswith(("_depth.png", "_depth.npy")))
    return [ListedImage(name, name, None, None, boxes=None) for name in names]


def _files_in(folder: Path, sheet: Sheet) -> set[str]:
    """Image files below the folder, relative to it; links between folders are not followed, loops are reported."""
    names = set()
    top = folder.resolve()
    for parent, folders, files in os.walk(folder):
        here = Path(parent)
        folders.sort()
        for name in folders:
            link = here / name
            if link.is_symlink() and _goes_up(link, top):
                where = link.relative_to(folder).as_posix()
                sheet.warning("link_loop", where, "folders that end", "a link to a folder above it", "remove the link")
        names |= {(here / f).relative_to(folder).as_posix() for f in files if f.lower().endswith(SUFFIXES)}
    return names


def _goes_up(link: Path, top: Path) -> bool:
    try:
        target = link.resolve(strict=True)
    except (OSError, RuntimeError):  # Python 3.12 and before raise RuntimeError for a loop
        return True
    return target in (link.parent.resolve(), *link.parent.resolve().parents) and top in (target, *target.parents)


def _read(folder: Path, image: ListedImage, spellings: dict[str, str], sheet: Sheet) -> bytes | None:
    where, path = f"image {image.id}", folder / image.file_name
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode) or status.st_size > LARGEST_BYTES:
            found = f"{image.file_name}, {status.st_size} bytes, mode {stat.filemode(status.st_mode)}"
            expected = f"a plain file of at most {LARGEST_BYTES >> 20} MB"
            sheet.error("not_a_file", where, expected, found, "replace it")
            return None
        if not path.resolve().is_relative_to(folder.resolve()):
            sheet.warning("link_outside", where, "a file inside the folder of images", f"{image.file_name}, a link",
                          "copy the file into the folder")  # fmt: skip
        return path.read_bytes()
    except FileNotFoundError:
        spelling = spellings.get(alike(image.file_name))
        fix = f"name it {spelling}, as in the folder" if spelling else "add the file, or remove the image"
        sheet.error("image_missing", where, "an image file", f"no {image.file_name}", fix)
    except OSError as error:
        loop = error.errno == errno.ELOOP
        found = "a loop of links" if loop else str(error.strerror)
        sheet.error("link_loop" if loop else "image_unreadable", where, "a readable image file",
                    f"{image.file_name}: {found}", "replace it with the file itself")  # fmt: skip
    return None


def _decode(content: bytes, image: ListedImage, sheet: Sheet) -> Fingerprint | None:
    """Decode as training does (EXIF orientation applied) and compare with what is stated."""
    where, name = f"image {image.id}", image.file_name
    if name.endswith(".npy"):
        return _decode_array(content, image, sheet)
    try:
        header = PillowImage.open(io.BytesIO(content))
        start = content[: 2**16]
        has_exif = b"Exif" in start or b"eXIf" in start  # to look for it, Pillow decodes a whole PNG
        orientation = header.getexif().get(EXIF_ORIENTATION, 1) if has_exif else 1
        if header.size[0] * header.size[1] > LARGEST_PX:
            sheet.error("image_too_large", where, f"at most {LARGEST_PX} px", f"{name}: {header.size}", "tile it")
            return None
        pixels = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
    except Exception as error:  # decoders raise whatever they like on damaged files
        pixels, orientation = None, 1
        reason = type(error).__name__
    else:
        reason = "its pixels cannot be decoded"
    if _is_cut_off(content):
        sheet.error("image_truncated", where, "a whole image file", f"{name}, {len(content)} bytes, its end is missing",
                    "copy it again")  # fmt: skip
        return None
    if pixels is None:
        found = f"{name}: {'an empty file' if not content else reason}"
        sheet.error("image_damaged", where, "an image that decodes", found, "replace the file")
        return None
    _check_size(pixels, orientation, image, sheet)
    return fingerprint_of(pixels)


def _decode_array(content: bytes, image: ListedImage, sheet: Sheet) -> Fingerprint | None:
    try:
        pixels = np.load(io.BytesIO(content), allow_pickle=False)
        if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3:
            raise ValueError(f"{pixels.dtype} {pixels.shape}")
    except (ValueError, EOFError, OSError) as error:
        sheet.error("image_damaged", f"image {image.id}", "a uint8 array (H, W, 3)", str(error), "make it again")
        return None
    return fingerprint_of(cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))


def _is_cut_off(content: bytes) -> bool:
    """A JPEG whose last scan has no end mark, or a PNG without its last chunk; anything may follow them."""
    if content.startswith(b"\xff\xd8"):
        return content.rfind(b"\xff\xd9") < max(content.rfind(b"\xff\xda"), 2)
    if content.startswith(b"\x89PNG"):
        return content.rfind(b"IEND\xaeB`\x82") < 0
    return False


def _check_size(pixels: np.ndarray, orientation: int, image: ListedImage, sheet: Sheet) -> None:
    found = (pixels.shape[1], pixels.shape[0])
    where = f"image {image.id}"
    if image.size is not None and found != image.size:
        turned = orientation in TURNED and found == image.size[::-1]
        reason = f", turned by its EXIF orientation {orientation}" if turned else ""
        fix = "turn the pixels and remove the EXIF orientation" if turned else "correct the size, or use the right file"
        sheet.error("image_size", where, f"{image.size[0]} x {image.size[1]} px as stated",
                    f"{found[0]} x {found[1]} px{reason} in {image.file_name}", fix)  # fmt: skip
    elif orientation != 1:
        found = f"EXIF orientation {orientation} in {image.file_name}"
        sheet.warning("exif_orientation", where, "pixels that stand upright", found,
                      "turn the pixels and remove it: not every tool applies it")  # fmt: skip
