"""What can be measured in display images without knowing the scene: noise, edges, blocks, colour.

All functions take uint8 or float32 display RGB in 0-255 units; results are in those units unless said
otherwise.
"""

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

MOVING_DN = 12.0  # smoothed distance to the plate above which a pixel belongs to something that moves
FLATTEST = 30  # percentile of local activity, within an intensity, up to which a pixel counts as flat
LEVELS = np.arange(4, 256, 8, dtype=np.float32)  # centres of the intensity bins of a noise curve
PROFILE_PX = np.arange(-6, 6.01, 0.25, dtype=np.float32)  # positions across an edge


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


@dataclass(frozen=True)
class NoiseCurve:
    """Temporal noise against intensity.

    level: bin centres. std: luma standard deviation there, NaN where too few pixels; count: pixels per bin.
    correlation: of the luma noise of horizontal neighbours.
    """

    level: np.ndarray
    std: np.ndarray
    count: np.ndarray
    correlation: float


def noise_curve(frames: np.ndarray, plate: np.ndarray, min_count: int = 200) -> NoiseCurve:
    """Noise of static pixels: frame minus plate, without what moves and without slow changes of light.

    Taken where the plate is flattest: texture flickers in compressed video, and that is not the sensor's
    noise. plate: median or mean of these frames, (H, W, 3).
    """
    base = luma(plate)
    bins = np.clip(base / 8, 0, len(LEVELS) - 1).astype(np.intp)
    total, product, count = np.zeros((3, *base.shape), np.float32)
    for frame in frames:
        residual = luma(frame) - base
        moving = (np.abs(cv2.blur(residual, (5, 5))) > MOVING_DN).astype(np.float32)
        still = (cv2.dilate(moving, np.ones((15, 15))) == 0).astype(np.float32)
        residual = _without_drift(residual, still)
        total += residual * residual
        product[:, 1:] += residual[:, 1:] * residual[:, :-1]
        count += still
    # a pixel that something crossed in many frames has no trustworthy median
    good = count > max(1, 0.7 * len(frames))
    variance = total / np.maximum(count - 1, 1)  # one degree of freedom went into the plate
    activity = cv2.blur((base - cv2.blur(base, (7, 7))) ** 2, (7, 7))
    std, counts = np.full(len(LEVELS), np.nan), np.zeros(len(LEVELS), int)
    shared = alone = 0.0
    for i in range(len(LEVELS)):
        here = good & (bins == i)
        counts[i] = np.count_nonzero(here)
        if counts[i] >= min_count:
            flat = here & (activity <= np.percentile(activity[here], FLATTEST))
            std[i] = np.sqrt(np.median(variance[flat]) / _median_of_chi2(len(frames) - 1))
            shared, alone = shared + float(product[flat].sum()), alone + float(total[flat].sum())
    return NoiseCurve(LEVELS, std, counts, shared / max(alone, 1e-9))


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


def _median_of_chi2(degrees: int) -> float:
    """Median over mean of a chi-square distribution (Wilson, Hilferty 1931)."""
    return (1 - 2 / (9 * degrees)) ** 3


def _without_drift(residual: np.ndarray, still: np.ndarray) -> np.ndarray:
    """Residual of the still pixels minus its local mean over 31 px; 0 elsewhere."""
    residual = residual * still
    local = cv2.blur(residual, (31, 31)) / np.maximum(cv2.blur(still, (31, 31)), 1e-3)
    return (residual - local) * still


def edge_profile(image: np.ndarray, share: float = 0.3, max_edges: int = 4000) -> tuple[np.ndarray, int]:
    """Mean brightness across the sharpest straight edges, 0 on the dark side and 1 on the bright side.

    Sampled at PROFILE_PX around the middle. share: the sharpest part of the usable edges. Returns (profile,
    edges used); the profile is NaN if there are fewer than 20 edges. Overshoot beyond 0 and 1 is sharpening,
    the slope is blur.
    """
    y = luma(image)
    smooth = cv2.GaussianBlur(y, (0, 0), 1.0)
    gx, gy = cv2.Scharr(smooth, cv2.CV_32F, 1, 0) / 32, cv2.Scharr(smooth, cv2.CV_32F, 0, 1) / 32
    strength = np.hypot(gx, gy)
    border = int(PROFILE_PX[-1]) + 4
    peak = (strength > 6) & (strength >= cv2.dilate(strength, np.ones((3, 3))))
    peak[:border], peak[-border:], peak[:, :border], peak[:, -border:] = False, False, False, False
    rows, cols = np.nonzero(peak)
    strongest = np.argsort(-strength[rows, cols], kind="stable")[:max_edges]
    rows, cols = rows[strongest], cols[strongest]
    nx, ny = gx[rows, cols] / strength[rows, cols], gy[rows, cols] / strength[rows, cols]
    profiles = _sample_across(y, rows, cols, nx, ny)
    profiles = _usable(profiles)
    if len(profiles) < 20:
        return np.full(len(PROFILE_PX), np.nan, np.float32), len(profiles)
    slope = np.max(np.diff(profiles, axis=1), axis=1)
    sharpest = profiles[np.argsort(-slope, kind="stable")[: max(20, int(share * len(profiles)))]]
    return np.median(sharpest, axis=0), len(sharpest)


def _sample_across(y, rows, cols, nx, ny) -> np.ndarray:
    """(edges, positions): brightness along each normal, averaged over 3 px of the edge."""
    positions = np.arange(-8, 8.01, 0.25, dtype=np.float32)
    total = 0
    for along in (-1, 0, 1):
        x = cols[:, None] + positions * nx[:, None] - along * ny[:, None]
        v = rows[:, None] + positions * ny[:, None] + along * nx[:, None]
        total = total + cv2.remap(y, x.astype(np.float32), v.astype(np.float32), cv2.INTER_CUBIC)
    return total / 3


def _usable(profiles: np.ndarray) -> np.ndarray:
    """Normalized, centred profiles of isolated edges between two flat, unclipped sides."""
    dark, bright = profiles[:, :12], profiles[:, -12:]  # 5 px and more from the edge
    low, high = dark.mean(axis=1), bright.mean(axis=1)
    step = high - low
    flat = np.maximum(dark.std(axis=1), bright.std(axis=1)) < 0.06 * step
    inside = (profiles.min(axis=1) > 3) & (profiles.max(axis=1) < 252)
    profiles = ((profiles - low[:, None]) / np.maximum(step, 1)[:, None])[flat & inside & (step > 20)]
    if not len(profiles):
        return profiles
    middle = profiles.shape[1] // 2
    window = profiles[:, middle - 8 : middle + 9]
    crossing = np.argmax(window >= 0.5, axis=1)
    ok = crossing > 0
    profiles, window, crossing = profiles[ok], window[ok], crossing[ok]
    n = np.arange(len(profiles))
    below, above = window[n, crossing - 1], window[n, crossing]
    shift = (crossing - 9 + (0.5 - below) / np.maximum(above - below, 1e-6)) * 0.25
    centres = (PROFILE_PX[None] + shift[:, None] + 8) * 4
    return cv2.remap(profiles.astype(np.float32), centres.astype(np.float32),
                     np.repeat(n[:, None], len(PROFILE_PX), 1).astype(np.float32), cv2.INTER_LINEAR)


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


def block_coefficients(image: np.ndarray) -> np.ndarray:
    """(blocks, 8, 8) float32 orthonormal DCT of the luma's 8x8 blocks, as a JPEG encoder sees them."""
    y = luma(image) - 128
    rows, cols = y.shape[0] // 8, y.shape[1] // 8
    blocks = y[: rows * 8, : cols * 8].reshape(rows, 8, cols, 8).transpose(0, 2, 1, 3).reshape(-1, 8, 8)
    basis = np.sqrt(np.where(np.arange(8) == 0, 1, 2) / 8)[:, None]
    basis = (basis * np.cos(np.pi * np.arange(8)[:, None] * (2 * np.arange(8) + 1) / 16)).astype(np.float32)
    return basis @ blocks @ basis.T


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
