"""Cutouts: the user's RGBA pictures of flat things, as sprites in linear light that face the camera."""

import io
from pathlib import Path

import cv2
import numpy as np
from PIL import Image as PillowImage

from pipeline.data.images import DAMAGED, orientation, turned
from pipeline.errors import DataError
from pipeline.scene.atlas import Sprite
from sensors.isp import linear_from_srgb

SUFFIXES = (".png", ".webp", ".tif", ".tiff")
FORMATS = ("PNG", "WEBP", "TIFF")
BITS_TAG = 258  # of a TIFF: bits per channel
TOWARD_CAMERA = (0, 0, 127)  # the normal of a sprite that faces the camera


def read_cutout(path: str | Path) -> tuple[np.ndarray, np.ndarray]:
    """Read an RGBA picture of 8 or 16 bits, sRGB: linear reflectance float32 (H, W, 3), alpha float32 (H, W) in [0, 1].

    Raises DataError if it cannot be read, has no alpha, or its alpha shows everything or nothing.
    """
    try:
        encoded = Path(path).read_bytes()
        with PillowImage.open(io.BytesIO(encoded), formats=FORMATS) as header:
            turn = orientation(header)
            pixels = _decode(header, encoded)
    except (*DAMAGED, cv2.error) as error:
        raise DataError(f"{path}: expected a PNG, WebP or TIFF picture, found {error}; replace it") from None
    if pixels is None or pixels.dtype not in (np.uint8, np.uint16):
        raise DataError(f"{path}: expected a picture of 8 or 16 bits, found one that cannot be decoded; convert it")
    if pixels.ndim < 3 or pixels.shape[2] != 4:
        raise DataError(f"{path}: expected a picture with alpha (RGBA), found none; cut out the thing")
    pixels = turned(pixels, turn).astype(np.float32) / np.iinfo(pixels.dtype).max
    alpha = pixels[..., 3]
    if not alpha.any():
        raise DataError(f"{path}: expected a thing, found alpha 0 everywhere; replace the picture")
    if alpha.min() == 1:
        raise DataError(
            f"{path}: expected a thing cut out of its background, found alpha 1 everywhere; "
            "make the background transparent, or leave a transparent border if it fills the picture"
        )
    return linear_from_srgb(pixels[..., :3]).astype(np.float32), alpha


def cutout_sprite(path: str | Path, number: int, most_px: int) -> Sprite:
    """The sprite of a picture, trimmed to where alpha is not 0, shrunk to be at most `most_px` high."""
    colour, alpha = read_cutout(path)
    rows, cols = np.flatnonzero(alpha.any(axis=1)), np.flatnonzero(alpha.any(axis=0))
    crop = np.s_[rows[0] : rows[-1] + 1, cols[0] : cols[-1] + 1]
    paint = np.dstack([colour[crop] * alpha[crop][..., None], alpha[crop]])  # mixes in linear light, by alpha
    if len(paint) > most_px:
        size = max(round(paint.shape[1] * most_px / len(paint)), 1), most_px
        paint = cv2.resize(paint, size, interpolation=cv2.INTER_AREA)
    h, w = paint.shape[:2]
    albedo = paint[..., :3] / np.maximum(paint[..., 3:], 1e-6)
    return Sprite(
        person=number,
        pose=Path(path).name,
        yaw_deg=0.0,
        pitch_deg=0.0,
        stature_m=1.0,
        px_per_m=float(h),
        foot_xy=(w / 2, float(h)),
        regions=(),
        alpha=np.round(255 * paint[..., 3]).astype(np.uint8),
        normal=np.broadcast_to(np.int8(TOWARD_CAMERA), (h, w, 3)),
        albedo=np.round(65535 * np.clip(albedo, 0, 1)).astype(np.uint16),
    )


def _decode(header: PillowImage.Image, encoded: bytes) -> np.ndarray | None:
    """Pixels as stored, RGBA where there is alpha. Of an 8-bit TIFF, OpenCV would multiply colours by alpha."""
    if header.format == "TIFF" and header.mode in ("RGBA", "LA", "PA") and max(header.tag_v2[BITS_TAG]) == 8:
        return np.asarray(header.convert("RGBA"))
    pixels = cv2.imdecode(np.frombuffer(encoded, np.uint8), cv2.IMREAD_UNCHANGED)
    has_alpha = pixels is not None and pixels.ndim == 3 and pixels.shape[2] == 4
    return cv2.cvtColor(pixels, cv2.COLOR_BGRA2RGBA) if has_alpha else pixels
