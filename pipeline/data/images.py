"""Pictures of any usual kind as they are shown: PNG, JPEG, TIFF, WebP and BMP, 8 or 16 bits, EXIF rotation applied.

Annotations describe a picture as it is shown: width, height and boxes are those after the EXIF rotation, which is
what one sees who draws a box and what a detector gets. OpenCV alone does not do: it turns no WebP, cuts 16 bits
down to 8 without rounding, and multiplies the colours of an 8-bit TIFF by its alpha.
"""

import io
import struct
from pathlib import Path

import cv2
import numpy as np
from PIL import Image as PillowImage
from PIL import UnidentifiedImageError

from pipeline.errors import DataError

SUFFIXES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp", ".bmp")
FORMATS = ("PNG", "JPEG", "TIFF", "WEBP", "BMP")
DAMAGED = (OSError, UnidentifiedImageError, PillowImage.DecompressionBombError, SyntaxError, ValueError, struct.error)
ORIENTATION_TAG = 0x0112
SHORT = 3  # the type of an unsigned 16-bit number in EXIF
JPEG_START, PNG_START = b"\xff\xd8", b"\x89P"
ENDINGS = {JPEG_START: b"\xff\xd9", PNG_START: b"IEND\xaeB`\x82"}  # what a whole picture ends with


def read_picture(path: str | Path) -> np.ndarray:
    """Read a picture as RGB uint8 (H, W, 3), display values, turned as its EXIF says.

    16 bits become 8 by round(v / 257); grey is repeated; CMYK is converted; alpha is dropped, which leaves the
    colours as they are stored. Of several pages or frames the first is read. Colour profiles are not applied.

    Raises `DataError` if the file is missing, damaged, or holds anything but 8 or 16 bits a channel.
    """
    try:
        encoded = Path(path).read_bytes()
    except OSError as error:
        raise DataError(f"{path}: expected an image, found no readable file ({error.strerror})") from None
    try:
        with PillowImage.open(io.BytesIO(encoded), formats=FORMATS) as header:
            turn = orientation(header)
            pixels = _decode(header, encoded)
    except (*DAMAGED, cv2.error):
        pixels = None
    if pixels is None:
        raise DataError(f"{path}: expected an image, found {len(encoded)} undecodable bytes; replace it")
    if pixels.dtype not in (np.uint8, np.uint16):
        raise DataError(f"{path}: expected 8 or 16 bits a channel, found {pixels.dtype}; convert the image")
    return turned(_rgb_of_8_bits(pixels), turn)


def shown_size(path: str | Path) -> tuple[int, int]:
    """Width and height [px] of a picture after its EXIF rotation, from its header alone.

    Raises `DataError` if the file is missing, no picture, or cut off.
    """
    try:
        with PillowImage.open(path, formats=FORMATS) as header:
            width, height = header.size
            sideways = orientation(header) >= 5
    except FileNotFoundError:
        raise DataError(f"{path}: expected an image file, found none; add the file or remove the image") from None
    except DAMAGED:
        raise DataError(f"{path}: expected an image file, found a damaged one; replace the file") from None
    if not _is_whole(path):
        raise DataError(f"{path}: expected an image file, found one that is cut off; replace the file")
    return (height, width) if sideways else (width, height)


def is_turned(path: str | Path) -> bool:
    """Whether a picture is shown otherwise than it is stored; never for TIFF, which every reader turns."""
    with PillowImage.open(path, formats=FORMATS) as header:
        return orientation(header) > 1


def orientation(header: PillowImage.Image) -> int:
    """How the stored picture is to be turned: 1 (not at all) to 8, as EXIF 2.32, tag 0x0112 "Orientation".

    1 where the EXIF block is missing or damaged, and for TIFF, which has no such block, but a tag of its own that
    OpenCV and Pillow obey themselves. Of a PNG the block must stand before the pixels.
    """
    block = header.info.get("exif", b"").removeprefix(b"Exif\0\0")
    if len(block) < 8 or block[:2] not in (b"MM", b"II"):
        return 1
    order = ">" if block[:2] == b"MM" else "<"
    start = struct.unpack_from(order + "I", block, 4)[0]
    entries = range(start + 2, len(block) - 11, 12)
    count = struct.unpack_from(order + "H", block, start)[0] if entries else 0
    for entry in entries[:count]:
        tag, kind, _, value = struct.unpack_from(order + "HHIH", block, entry)
        if tag == ORIENTATION_TAG and kind == SHORT and 1 <= value <= 8:
            return value
    return 1


def turned(pixels: np.ndarray, orientation: int) -> np.ndarray:
    """The stored pixels (H, W, 3) as they are shown; (W, H, 3) for the orientations 5 to 8."""
    if orientation >= 5:
        pixels = pixels.transpose(1, 0, 2)
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    return np.ascontiguousarray(pixels)


def _decode(header: PillowImage.Image, encoded: bytes) -> np.ndarray | None:
    """Stored pixels, BGR (H, W, 3) or grey (H, W), at their depth; a TIFF is turned already. None: damaged."""
    if header.format == "TIFF" and header.mode in ("RGBA", "LA", "PA") and max(header.tag_v2[258]) == 8:
        return np.asarray(header.convert("RGBA"))[..., 2::-1]
    flags = cv2.IMREAD_ANYCOLOR | cv2.IMREAD_ANYDEPTH | cv2.IMREAD_IGNORE_ORIENTATION
    return cv2.imdecode(np.frombuffer(encoded, np.uint8), flags)


def _rgb_of_8_bits(pixels: np.ndarray) -> np.ndarray:
    if pixels.dtype == np.uint16:
        pixels = ((pixels.astype(np.uint32) + 128) // 257).astype(np.uint8)  # exact: 257 is odd, there are no ties
    return cv2.cvtColor(pixels, cv2.COLOR_GRAY2RGB if pixels.ndim == 2 else cv2.COLOR_BGR2RGB)


def _is_whole(path: str | Path) -> bool:
    """False for a JPEG, PNG, WebP or BMP that is cut off. Reads all of a file only where more follows the picture."""
    with open(path, "rb") as stream:
        start = stream.read(12)
        length = stream.seek(0, io.SEEK_END)
        if start[:4] == b"RIFF" and start[8:] == b"WEBP":
            return length >= int.from_bytes(start[4:8], "little") + 8
        if start[:2] == b"BM":
            return length >= int.from_bytes(start[2:6], "little")
        ending = ENDINGS.get(start[:2], b"")
        stream.seek(-min(length, max(len(ending), 1)), io.SEEK_END)
        if stream.read().endswith(ending):
            return True
        stream.seek(0)
        content = stream.read()
    return content.find(ending, _first_scan(content) if start[:2] == JPEG_START else 0) >= 0


def _first_scan(content: bytes) -> int:
    """Where the pixels of a JPEG begin: behind the EXIF block, which may hold a small picture with its own end."""
    at = 2
    while content[at : at + 1] == b"\xff" and content[at + 1 : at + 2] != b"\xda":
        at += 2 + int.from_bytes(content[at + 2 : at + 4], "big")
    return at
