"""Noise of a static camera: what changes from frame to frame where nothing moves."""

from dataclasses import dataclass

import cv2
import numpy as np

from sensors.statistics import FLATTEST, LEVELS, block_coefficients, chroma, luma

MOVING_DN = 12.0  # smoothed distance to the plate above which a pixel belongs to something that moves
OUTLIER = 9.0  # times the median variance of an intensity: a pixel that something crossed
TOLD_DN = (16.0, 236.0)  # intensities away from black and white, where clipping hides noise


@dataclass(frozen=True)
class NoiseCurve:
    """Temporal noise against intensity.

    level: bin centres. std: luma standard deviation there, NaN where too few pixels; count: pixels per bin.
    correlation: of the luma noise of horizontal neighbours. spectrum: (8, 8) variance of the noise in every DCT
    coefficient of the 8x8 blocks of JPEG [DN^2], NaN without still blocks.
    """

    level: np.ndarray
    std: np.ndarray
    count: np.ndarray
    correlation: float
    spectrum: np.ndarray


def noise_curve(frames: np.ndarray, plate: np.ndarray, min_count: int = 200) -> NoiseCurve:
    """Noise of static pixels: frame minus plate, without what moves and without slow changes of light.

    Taken where the plate is flattest: texture flickers in compressed video, and that is not the sensor's
    noise. plate: median or mean of these frames, (H, W, 3) display RGB, 0-255.
    """
    base = luma(plate)
    sums = _Sums(base)
    for frame in frames:
        sums.add(luma(frame))
    # a pixel that something crossed in many frames has no trustworthy plate
    good = sums.count > max(1, 0.7 * len(frames))
    variance = sums.variance()
    activity = cv2.blur((base - cv2.blur(base, (7, 7))) ** 2, (7, 7))
    bins = np.clip(base / 8, 0, len(LEVELS) - 1).astype(np.intp)
    std, counts, flat = np.full(len(LEVELS), np.nan), np.zeros(len(LEVELS), int), np.zeros(base.shape, bool)
    for i in range(len(LEVELS)):
        here = good & (bins == i)
        counts[i] = np.count_nonzero(here)
        if counts[i] >= min_count:
            here &= activity <= np.percentile(activity[here], FLATTEST)
            here &= variance <= OUTLIER * np.median(variance[here]) + 1
            std[i] = np.sqrt(variance[here].mean())
            flat |= here
    shared, alone = sums.product[flat].sum(), sums.total[flat].sum()
    return NoiseCurve(LEVELS, std, counts, float(shared / max(alone, 1e-9)), sums.spectrum(flat))


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
        self.base = base
        self.total, self.linear, self.product, self.count = np.zeros((4, *base.shape), np.float32)
        blocks = (base.shape[0] // 8) * (base.shape[1] // 8)
        self.energy, self.mean = np.zeros((2, blocks, 8, 8), np.float32)

    def add(self, y: np.ndarray) -> None:
        residual = y - self.base
        moving = (np.abs(cv2.blur(residual, (5, 5))) > MOVING_DN).astype(np.float32)
        still = (cv2.dilate(moving, np.ones((15, 15))) == 0).astype(np.float32)
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

    def spectrum(self, flat: np.ndarray) -> np.ndarray:
        """(8, 8) mean over the blocks that are at least half flat and of told intensity."""
        usable = flat & (self.base > TOLD_DN[0]) & (self.base < TOLD_DN[1])
        shares = block_coefficients(usable.astype(np.float32))[:, 0, 0] / 8
        count = block_coefficients(self.count)[:, 0, 0] / 8
        full = count >= self.count.max() - 1e-3  # no frame in which anything moved there
        chosen = (shares >= 0.5) & full
        if np.count_nonzero(chosen) < 20:
            return np.full((8, 8), np.nan)
        n = float(self.count.max())
        return ((self.energy[chosen] - self.mean[chosen] ** 2 / n) / (n - 1)).mean(axis=0)


def _without_drift(residual: np.ndarray, still: np.ndarray) -> np.ndarray:
    """Residual of the still pixels minus its local mean over 31 px; 0 elsewhere."""
    residual = residual * still
    local = cv2.blur(residual, (31, 31)) / np.maximum(cv2.blur(still, (31, 31)), 1e-3)
    return (residual - local) * still
