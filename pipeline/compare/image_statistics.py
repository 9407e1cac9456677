"""What a patch of a picture looks like apart from what it shows: noise, sharpness, blocks, colour.

Numbers that a camera, its processing and its codec leave in every patch, for telling real pictures from synthetic ones.
"""

import cv2
import numpy as np

from sensors.statistics import blockiness, chroma, luma

PATCH_PX = 96
RINGS = ((4, 8), (8, 16), (16, 24), (24, 32), (32, 45))  # radial bands of the power spectrum [1/64 cycles per px]
GRADIENTS_DN = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0)
NAMES = (
    "noise_dark", "noise_middle", "noise_bright", "noise_correlation", "chroma_to_luma_noise", "blockiness",
    "saturation", *(f"power_{low}_{high}" for low, high in RINGS), *(f"gradient_below_{g:g}" for g in GRADIENTS_DN),
)  # fmt: skip
SMALLEST = 0.05


def patch_statistics(image: np.ndarray) -> np.ndarray:
    """(patches, len(NAMES)) of a uint8 RGB image (H, W, 3): every second square of PATCH_PX, like a chessboard's."""
    rows, cols = image.shape[0] // PATCH_PX, image.shape[1] // PATCH_PX
    patches = [image[r * PATCH_PX : (r + 1) * PATCH_PX, c * PATCH_PX : (c + 1) * PATCH_PX] for r in range(rows)
               for c in range(r % 2, cols, 2)]
    return np.array([_statistics(np.ascontiguousarray(patch)) for patch in patches]).reshape(-1, len(NAMES))


def _statistics(patch: np.ndarray) -> list[float]:
    y, colours = luma(patch), chroma(patch)
    detail, colour_detail = _high_pass(y), _high_pass(colours)
    noise = _block_rms(detail)
    level = cv2.resize(y, noise.shape[::-1], interpolation=cv2.INTER_AREA)
    quiet = noise <= np.percentile(noise, 30)
    overall = np.log(np.median(noise[quiet]) + SMALLEST)
    by_level = []
    for low, high in ((0, 85), (85, 170), (170, 256)):
        here = (level >= low) & (level < high)
        by_level.append(np.log(np.percentile(noise[here], 20) + SMALLEST) if here.sum() >= 8 else overall)
    shared = (detail[:, 1:] * detail[:, :-1]).mean() / max((detail**2).mean(), SMALLEST**2)
    in_colour = np.sqrt((_block_rms(colour_detail[..., 0]) ** 2 + _block_rms(colour_detail[..., 1]) ** 2) / 2)
    ratio = np.log((np.median(in_colour[quiet]) + SMALLEST) / (np.median(noise[quiet]) + SMALLEST))
    gradient = np.hypot(np.diff(y, axis=0)[:, :-1], np.diff(y, axis=1)[:-1])
    below = [float((gradient < g).mean()) for g in GRADIENTS_DN]
    saturation = np.log(np.linalg.norm(colours, axis=2).mean() + 1)
    return [*by_level, shared, ratio, blockiness(patch), saturation, *_ring_powers(y), *below]


def _high_pass(plane: np.ndarray) -> np.ndarray:
    return plane - cv2.GaussianBlur(plane, (0, 0), 1.2)


def _block_rms(detail: np.ndarray) -> np.ndarray:
    """Root mean square of every 8x8 block."""
    size = detail.shape[1] // 8, detail.shape[0] // 8
    return np.sqrt(cv2.resize(detail * detail, size, interpolation=cv2.INTER_AREA))


def _ring_powers(y: np.ndarray) -> list[float]:
    """Log power in RINGS, of the middle 64x64 px."""
    start = (PATCH_PX - 64) // 2
    tile = y[start : start + 64, start : start + 64]
    power = np.abs(np.fft.fft2((tile - tile.mean()) * np.outer(np.hanning(64), np.hanning(64)))) ** 2
    frequency = np.hypot(*np.meshgrid(np.fft.fftfreq(64), np.fft.fftfreq(64))) * 64
    return [float(np.log(power[(frequency >= low) & (frequency < high)].mean() + 1)) for low, high in RINGS]
