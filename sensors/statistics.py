"""What can be measured in display images without knowing the scene: noise, edges, blocks, colour.

All functions take uint8 or float32 display RGB in 0-255 units; results are in those units unless said
otherwise.
"""

from functools import lru_cache

import cv2
import numpy as np

FLATTEST = 30  # percentile of local activity, within an intensity, up to which a pixel counts as flat
LEVELS = np.arange(4, 256, 8, dtype=np.float32)  # centres of the intensity bins of a noise curve


def luma(image: np.ndarray) -> np.ndarray:
    """BT.601 luma, float32 (H, W)."""
    return cv2.cvtColor(np.ascontiguousarray(image, np.float32), cv2.COLOR_RGB2GRAY)


def chroma(image: np.ndarray) -> np.ndarray:
    """Cb and Cr, centred on 0, float32 (H, W, 2)."""
    ycrcb = cv2.cvtColor(np.ascontiguousarray(image, np.float32) / 255, cv2.COLOR_RGB2YCrCb)
    return (ycrcb[..., :0:-1] - 0.5) * 255


def median_plate(frames: np.ndarray) -> np.ndarray:
    """Temporal median of (N, H, W, 3) uint8 frames of a static camera: float32 (H, W, 3)."""
    frames = np.asarray(frames)
    plate = np.empty(frames.shape[1:], np.float32)
    for top in range(0, len(plate), 64):  # in bands, to keep the sorted copy small
        plate[top : top + 64] = np.median(frames[:, top : top + 64], axis=0)
    return plate


def blockiness(image: np.ndarray) -> float:
    """Mean luma step across the borders of 8x8 blocks over that inside blocks, minus 1; 0 where there are
    none.
    """
    y = luma(image)
    ratios = []
    for d in (np.abs(np.diff(y, axis=1)).mean(axis=0), np.abs(np.diff(y, axis=0)).mean(axis=1)):
        at = np.arange(len(d)) % 8
        ratios.append(d[at == 7].mean() / max(d[(at >= 1) & (at <= 5)].mean(), 1e-6) - 1)
    return float(np.mean(ratios))


def block_coefficients(y: np.ndarray) -> np.ndarray:
    """(blocks, 8, 8) float32 orthonormal DCT of the 8x8 blocks of one channel (H, W), in JPEG's order of pixels."""
    rows, cols = y.shape[0] // 8, y.shape[1] // 8
    blocks = y[: rows * 8, : cols * 8].reshape(rows, 8, cols, 8).transpose(0, 2, 1, 3).reshape(-1, 8, 8)
    basis = dct_basis()
    return basis @ blocks @ basis.T


def dct_basis() -> np.ndarray:
    """(8, 8) float32: JPEG's orthonormal waves along one axis, one a row."""
    n = np.arange(8)
    waves = np.cos(np.pi * n[:, None] * (2 * n + 1) / 16)
    return (waves * np.sqrt(np.where(n == 0, 1, 2) / 8)[:, None]).astype(np.float32)


def power_spectrum(image: np.ndarray, size: int = 64) -> np.ndarray:
    """(size // 2,) mean luma power at radial frequency (k + 1) / size cycles/px, over windowed tiles."""
    y = luma(image)
    window = np.outer(np.hanning(size), np.hanning(size)).astype(np.float32)
    step = size // 2
    tiles = [y[r : r + size, c : c + size] for r in range(0, y.shape[0] - size + 1, step)
             for c in range(0, y.shape[1] - size + 1, step)]
    tiles = np.stack(tiles)
    tiles = (tiles - tiles.mean(axis=(1, 2), keepdims=True)) * window
    power = (np.abs(np.fft.fft2(tiles)) ** 2).mean(axis=0) / (window**2).sum()
    f = np.hypot(*np.meshgrid(np.fft.fftfreq(size), np.fft.fftfreq(size))) * size
    ring = np.rint(f).astype(int)
    return np.array([power[ring == k].mean() for k in range(1, size // 2 + 1)])


def chroma_excess(image: np.ndarray, axis: int) -> float:
    """90th percentile of what chroma holds along an axis (0 vertical, 1 horizontal) beyond half resolution
    [DN].

    Chroma that was subsampled lies in the space that an upsampler spans (repeated pixels, or libjpeg's
    triangle filter) and only rounding sticks out of it: about 0.4 DN.
    """
    c = np.moveaxis(chroma(image), axis, 0)
    c = c[: len(c) // 2 * 2].reshape(len(c) // 2 * 2, -1)
    outside = (np.abs(c - _projector(len(c), smooth) @ c) for smooth in (False, True))
    return min(float(np.percentile(part, 90)) for part in outside)


@lru_cache(maxsize=8)
def _projector(size: int, smooth: bool) -> np.ndarray:
    """(size, size) projection onto signals upsampled from size / 2 samples."""
    up = np.repeat(np.eye(size // 2), 2, axis=0)
    if smooth:  # 3/4 of the sample, 1/4 of the nearer neighbour; the ends repeat
        coarse = np.arange(size) // 2
        neighbour = np.clip(coarse + np.where(np.arange(size) % 2, 1, -1), 0, size // 2 - 1)
        up *= 0.75
        up[np.arange(size), neighbour] += 0.25
    basis = np.linalg.qr(up)[0]
    return (basis @ basis.T).astype(np.float32)
