"""What an image is recognized by: its pixels, a thumbnail, and hashes of the thumbnail.

The hash keeps which of the 8 x 8 lowest frequencies of a discrete cosine transform are above their median. (C. Zauner,
Implementation and Benchmarking of Perceptual Image Hash Functions, 2010)
"""

import hashlib
from dataclasses import dataclass

import cv2
import numpy as np

THUMB_PX = 96  # both sides, whatever the shape of the image
HASH_PX, FREQUENCIES = 32, 8
CROPPED = 0.05  # share of each side that a crop may lack


@dataclass(frozen=True, eq=False)
class Fingerprint:
    sha256: str  # of size and decoded pixels, in hexadecimal
    thumb: np.ndarray  # uint8 (96, 96), grey, display values
    hashes: np.ndarray  # uint64 (12,): of the whole image, of crops of it, and of their mirror images


def fingerprint_of(pixels: np.ndarray) -> Fingerprint:
    """pixels: uint8 (H, W, 3) BGR, contiguous, display values."""
    digest = hashlib.sha256(repr(pixels.shape).encode())
    digest.update(pixels)
    grey = cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY)
    thumb = cv2.resize(grey, (THUMB_PX, THUMB_PX), interpolation=cv2.INTER_AREA)
    crops = [cv2.warpAffine(thumb, warp, thumb.shape, flags=INVERSE, borderMode=cv2.BORDER_REPLICATE) for warp in CROPS]
    low = np.stack([low_frequencies(crop) for crop in crops])
    mirrored = low * (1 - 2 * (np.arange(FREQUENCIES) % 2))  # odd waves across turn over
    return Fingerprint(digest.hexdigest(), thumb, hashes_of(np.concatenate([low, mirrored])))


def low_frequencies(thumb: np.ndarray) -> np.ndarray:
    """The lowest frequencies, float32 (8, 8), of a grey picture, uint8."""
    small = cv2.resize(thumb, (HASH_PX, HASH_PX), interpolation=cv2.INTER_AREA)
    return cv2.dct(small.astype(np.float32))[:FREQUENCIES, :FREQUENCIES]


def hashes_of(low: np.ndarray) -> np.ndarray:
    """uint64 (N,) of the frequencies of N pictures, (N, 8, 8); near pictures differ in few bits."""
    flat = low.reshape(len(low), -1)
    above = flat > np.median(flat[:, 1:], axis=1, keepdims=True)  # without the mean brightness
    return np.packbits(above, axis=1).view(np.uint64).ravel()


def crop_warps(share: float) -> list[np.ndarray]:
    """Affine maps (2, 3) from a picture's px to those of the whole it was cut from: whole, middle, four corners."""
    kept, lost = 1 - share, share * THUMB_PX
    corners = [(0, 0), (0, lost), (lost, 0), (lost, lost)]
    starts = [(lost / 2, lost / 2), *corners]
    whole = np.eye(2, 3, dtype=np.float32)
    return [whole, *(np.float32([[kept, 0, x], [0, kept, y]]) for x, y in starts)]


CROPS = crop_warps(CROPPED)
INVERSE = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP  # the map goes from the result to the source
