"""Picture files with an EXIF orientation, put together by hand."""

import struct
import zlib

import cv2
import numpy as np

# EXIF 2.32, tag 0x0112: which side of the shown picture the first stored row and the first stored column are.
SIDES = {
    1: ("top", "left"), 2: ("top", "right"), 3: ("bottom", "right"), 4: ("bottom", "left"),
    5: ("left", "top"), 6: ("right", "top"), 7: ("right", "bottom"), 8: ("left", "bottom"),
}  # fmt: skip


def exif(orientation: int, order: str = ">") -> bytes:
    """A TIFF header and one directory with the maker's name (which lies behind it) and the orientation."""
    mark = b"MM" if order == ">" else b"II"
    header = mark + struct.pack(order + "HI", 42, 8)
    maker = struct.pack(order + "HHII", 0x010F, 2, 8, 38)
    turn = struct.pack(order + "HHIHH", 0x0112, 3, 1, orientation, 0)
    return header + struct.pack(order + "H", 2) + maker + turn + struct.pack(order + "I", 0) + b"Company\0"


def stored(shown: np.ndarray, orientation: int) -> np.ndarray:
    """What must be stored for `shown` (H, W, ...) to be seen: pixel by pixel, as the standard says."""
    height, width = shown.shape[:2]
    row_side, column_side = SIDES[orientation]
    sideways = row_side in ("left", "right")
    out = np.zeros((width, height, *shown.shape[2:]) if sideways else shown.shape, shown.dtype)
    for r in range(out.shape[0]):
        for c in range(out.shape[1]):
            place = {row_side: r, column_side: c}
            y = place["top"] if "top" in place else height - 1 - place["bottom"]
            x = place["left"] if "left" in place else width - 1 - place["right"]
            out[r, c] = shown[y, x]
    return out


def encode(suffix: str, rgb: np.ndarray, options: tuple = ()) -> bytes:
    return cv2.imencode(suffix, np.ascontiguousarray(rgb[..., ::-1]) if rgb.ndim == 3 else rgb, options)[1].tobytes()


def jpeg(rgb: np.ndarray, block: bytes) -> bytes:
    plain = encode(".jpg", rgb)
    segment = b"Exif\0\0" + block
    return plain[:2] + b"\xff\xe1" + struct.pack(">H", len(segment) + 2) + segment + plain[2:]


def png(rgb: np.ndarray, block: bytes) -> bytes:
    plain = encode(".png", rgb)
    chunk = struct.pack(">I", len(block)) + b"eXIf" + block + struct.pack(">I", zlib.crc32(b"eXIf" + block))
    return plain[:33] + chunk + plain[33:]  # after the signature and IHDR


def webp(rgb: np.ndarray, block: bytes) -> bytes:
    plain = encode(".webp", rgb, (cv2.IMWRITE_WEBP_QUALITY, 101))  # above 100: lossless
    height, width = rgb.shape[:2]
    sizes = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    extended = b"VP8X" + struct.pack("<I", 10) + b"\x08\0\0\0" + sizes
    block += b"\0" * (len(block) % 2)
    body = b"WEBP" + extended + plain[12:] + b"EXIF" + struct.pack("<I", len(block)) + block
    return b"RIFF" + struct.pack("<I", len(body)) + body
