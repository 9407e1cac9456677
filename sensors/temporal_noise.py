"""Noise of a static camera: what changes from frame to frame where nothing moves."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from sensors.statistics import FLATTEST, LEVELS, block_coefficients, chroma, luma

MOVING_DN = 12.0  # smoothed distance to the plate above which a pixel belongs to something that moves
OUTLIER = 9.0  # times the median variance of an intensity: a pixel that something crossed
FEWEST_PIXELS, FEWEST_BLOCKS = 30, 20  # for a level, for the spectrum
TOLD_DN = (16.0, 236.0)  # intensities away from black and white, where clipping hides noise


@dataclass(frozen=True)
class NoiseCurve:
    """Temporal noise against intensity.

    level: bin centres. std: luma standard deviation there, NaN where too few pixels; count: pixels per bin.
    correlation: of the luma noise of horizontal neighbours. spectrum: (8, 8) variance of the noise in every DCT
    coefficient of the 8x8 blocks of JPEG [DN^2], NaN without still blocks. places: where it was measured.
    """

    level: np.ndarray
    std: np.ndarray
    count: np.ndarray
    correlation: float
    spectrum: np.ndarray
    places: "Places | None" = None


@dataclass(frozen=True)
class Places:
    """Where noise can be measured. bins (H, W) int8: the intensity bin that a pixel counts to, -1 for none.

    blocks (H, W) bool: pixels of the 8x8 blocks whose coefficients count.
    """

    bins: np.ndarray
    blocks: np.ndarray


def noise_curve(frames: np.ndarray, plate: np.ndarray, min_count: int = 200) -> NoiseCurve:
    """Noise of static pixels: frame minus plate, without what moves and without slow changes of light.

    Taken where the plate is flattest: texture flickers in compressed video, and that is not the sensor's
    noise. plate: median or mean of these frames, (H, W, 3) display RGB, 0-255.
    """
    base = luma(plate)
    sums = _Sums(base)
    for frame in frames:
        residual = luma(frame) - base
        sums.add(residual, _still(residual))
    return _curve(sums, _places(sums, base, min_count, len(frames)))


def noise_at(frames: Sequence[np.ndarray], places: Places) -> NoiseCurve:
    """Noise at given places of frames in which nothing moves: what others there are cannot make a difference."""
    planes = [luma(frame) for frame in frames]
    base = np.mean(planes, axis=0)
    sums, still = _Sums(base), np.ones_like(base)
    for plane in planes:
        sums.add(plane - base, still)
    return _curve(sums, places)


def _places(sums: "_Sums", base: np.ndarray, min_count: int, frames: int) -> Places:
    """The flattest pixels of every intensity; the blocks that are at least half of such, of told intensity."""
    # a pixel that something crossed in many frames has no trustworthy plate
    good = sums.count > max(1, 0.7 * frames)
    variance = sums.variance()
    activity = cv2.blur((base - cv2.blur(base, (7, 7))) ** 2, (7, 7))
    level = np.clip(base / 8, 0, len(LEVELS) - 1).astype(np.int8)
    bins = np.full(base.shape, -1, np.int8)
    for i in range(len(LEVELS)):
        here = good & (level == i)
        if np.count_nonzero(here) >= min_count:
            here &= activity <= np.percentile(activity[here], FLATTEST)
            here &= variance <= OUTLIER * np.median(variance[here]) + 1
            bins[here] = i
    usable = (bins >= 0) & (base > TOLD_DN[0]) & (base < TOLD_DN[1])
    unmoved = sums.count >= sums.count.max()  # no frame in which anything moved there
    chosen = (_block_mean(usable) >= 0.5) & (_block_mean(unmoved) == 1)
    blocks = np.zeros(base.shape, bool)
    blocks[: chosen.shape[0] * 8, : chosen.shape[1] * 8] = chosen.repeat(8, axis=0).repeat(8, axis=1)
    return Places(bins, blocks)


def _block_mean(mask: np.ndarray) -> np.ndarray:
    """(rows, cols) share of each whole 8x8 block that is True."""
    rows, cols = mask.shape[0] // 8, mask.shape[1] // 8
    return mask[: rows * 8, : cols * 8].reshape(rows, 8, cols, 8).mean(axis=(1, 3))


def _curve(sums: "_Sums", places: Places) -> NoiseCurve:
    flat = places.bins >= 0
    bins, variance = places.bins[flat], sums.variance()[flat]
    count = np.bincount(bins, minlength=len(LEVELS))
    total = np.bincount(bins, variance, len(LEVELS))
    std = np.sqrt(np.where(count >= FEWEST_PIXELS, total / np.maximum(count, 1), np.nan))
    shared, alone = sums.product[flat].sum(), sums.total[flat].sum()
    spectrum = sums.spectrum(places.blocks)
    return NoiseCurve(LEVELS, std, count, float(shared / max(alone, 1e-9)), spectrum, places)


def chroma_noise_ratio(frames: np.ndarray, plate: np.ndarray) -> float:
    """Temporal noise of Cb and Cr over that of luma, on the still half of the pixels that varies least."""
    centre, base = luma(plate), chroma(plate)
    luma_energy, chroma_energy = np.zeros((2, *centre.shape), np.float32)
    still = np.ones(centre.shape, np.float32)
    for frame in frames:
        residual, colour = luma(frame) - centre, chroma(frame) - base
        luma_energy += (residual - cv2.blur(residual, (31, 31))) ** 2
        chroma_energy += ((colour - cv2.blur(colour, (31, 31))) ** 2).sum(axis=2) / 2
        still *= np.abs(cv2.blur(residual, (5, 5))) <= MOVING_DN
    quiet = (still > 0) & (luma_energy <= np.median(luma_energy))
    return float(np.sqrt(chroma_energy[quiet].mean() / max(luma_energy[quiet].mean(), 1e-9)))


class _Sums:
    """Sums over frames from which variances about the pixel's own mean follow."""

    def __init__(self, base: np.ndarray):
        self.total, self.linear, self.product, self.count = np.zeros((4, *base.shape), np.float32)
        blocks = (base.shape[0] // 8) * (base.shape[1] // 8)
        self.energy, self.mean = np.zeros((2, blocks, 8, 8), np.float32)

    def add(self, residual: np.ndarray, still: np.ndarray) -> None:
        residual = _without_drift(residual, still)
        self.total += residual * residual
        self.linear += residual
        self.product[:, 1:] += residual[:, 1:] * residual[:, :-1]
        self.count += still
        coefficients = block_coefficients(residual)
        self.energy += coefficients * coefficients
        self.mean += coefficients

    def variance(self) -> np.ndarray:
        count = np.maximum(self.count, 2)
        return (self.total - self.linear**2 / count) / (count - 1)

    def spectrum(self, blocks: np.ndarray) -> np.ndarray:
        """(8, 8) mean over the blocks, all of which were still in every frame."""
        rows, cols = blocks.shape[0] // 8, blocks.shape[1] // 8
        chosen = blocks[: rows * 8 : 8, : cols * 8 : 8].ravel()
        if np.count_nonzero(chosen) < FEWEST_BLOCKS:
            return np.full((8, 8), np.nan)
        n = float(self.count.max())
        return ((self.energy[chosen] - self.mean[chosen] ** 2 / n) / (n - 1)).mean(axis=0)


def _still(residual: np.ndarray) -> np.ndarray:
    """float32 1 where nothing moves, 0 on and around what does."""
    moving = (np.abs(cv2.blur(residual, (5, 5))) > MOVING_DN).astype(np.float32)
    return (cv2.dilate(moving, np.ones((15, 15))) == 0).astype(np.float32)


def _without_drift(residual: np.ndarray, still: np.ndarray) -> np.ndarray:
    """Residual of the still pixels minus its local mean over 31 px; 0 elsewhere."""
    residual = residual * still
    local = cv2.blur(residual, (31, 31)) / np.maximum(cv2.blur(still, (31, 31)), 1e-3)
    return (residual - local) * still
