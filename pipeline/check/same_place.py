"""Do two thumbnails show the same place, and how does one look through the eyes of the other?

A camera on a mast takes every picture of the same place: shift, crop and brightness are undone first, so that what
remains of the difference is what happened there.
"""

import cv2
import numpy as np

from pipeline.check.fingerprint import CROPS, INVERSE, THUMB_PX

MARGIN_PX = 6  # what a crop of 5 % may lack
INNER = np.s_[MARGIN_PX:-MARGIN_PX, MARGIN_PX:-MARGIN_PX]
SATURATED = 250
BLOCK_PX = 3  # of the thumbnail: 1/32 of the picture
COPY_DIFFERENCE = 0.6  # of the leader's contrast, in the block that differs most: copies differ by less
ALIGNED, ALIGNED_SHARE, ALIGNED_EDGES = 0.1, 0.7, 0.5  # these shares differ by less than 0.1 of the contrast: in place
AGREES, SAME_PLACE_SHARE = 0.25, 0.6  # likewise: one place
LEAST_CONTRAST = 0.5  # of the leader's: less agrees with anything that is mostly flat
FLATTEST = 4.0  # contrast (standard deviation, display values) below which there is nothing to recognize
SMOOTH_PX = 1.5  # before moving: slopes reach further
LEAST_CORRELATION = 0.5  # of smooth pictures that are worth moving
STEPS, LONGEST_STEP = 12, 3.0  # px
Y, X = (axis[INNER].ravel() for axis in np.mgrid[:THUMB_PX, :THUMB_PX].astype(np.float32))


def seen_from(leader: np.ndarray, thumb: np.ndarray) -> np.ndarray | None:
    """What `thumb` shows at each block of `leader`, moved there, in its light; None: another place.

    leader, thumb: float32 (96, 96) grey, display values. Returns float32 (784,): means over blocks of 3 x 3 px of the
    inner 84 x 84, in units of the leader's contrast.
    """
    contrast = leader.std()
    if min(contrast, thumb.std()) < FLATTEST:
        return None
    fitted = _fit(leader, thumb, contrast)
    if not _is_aligned(fitted, leader, contrast):
        moved = _move(leader, thumb)
        if moved is None:
            return None
        moved = _fit(leader, moved, contrast)
        fitted = min(fitted, moved, key=lambda picture: np.abs(picture - leader)[INNER].mean())
    blocks = _block_means(fitted) / contrast
    agrees = np.mean(np.abs(fitted - leader)[INNER] < AGREES * contrast)
    copy = np.abs(blocks - _block_means(leader) / contrast).max() < COPY_DIFFERENCE
    same = (agrees >= SAME_PLACE_SHARE or copy) and fitted[INNER].std() >= LEAST_CONTRAST * leader[INNER].std()
    return blocks if same else None


def difference(a: np.ndarray, b: np.ndarray) -> float:
    """Of the block of `a` that differs most from `b` moved there, in units of contrast; inf: another place."""
    seen = seen_from(a, b)
    return np.inf if seen is None else float(np.abs(seen - _block_means(a) / a.std()).max())


def _is_aligned(fitted: np.ndarray, leader: np.ndarray, contrast: float) -> bool:
    """Most px agree, also where a shift would show: at the edges of things."""
    slope = np.hypot(*np.gradient(leader))[INNER]
    edges = slope >= np.percentile(slope, 80)
    agrees = np.abs(fitted - leader)[INNER] < ALIGNED * contrast
    return agrees.mean() >= ALIGNED_SHARE and agrees[edges].mean() >= ALIGNED_EDGES


def _block_means(picture: np.ndarray) -> np.ndarray:
    side = (THUMB_PX - 2 * MARGIN_PX) // BLOCK_PX
    return cv2.resize(picture[INNER], (side, side), interpolation=cv2.INTER_AREA).ravel()


def _fit(leader: np.ndarray, thumb: np.ndarray, contrast: float) -> np.ndarray:
    """`thumb` in the light of `leader`: gain and offset by least squares over what agrees.

    Where one of the two is saturated, it is only known to be at least as bright: it is taken for equal where it may be.
    """
    x, y = thumb[INNER].ravel(), leader[INNER].ravel()
    usable = kept = (x < SATURATED) & (y < SATURATED)
    gain, offset = 1.0, 0.0
    for _ in range(3):
        if kept.sum() < 100:
            break
        gain, offset = _line(x[kept], y[kept])
        residual = np.abs(gain * x + offset - y)
        kept = usable & (residual <= 2.5 * np.median(residual[kept]) + 0.02 * contrast)
    fitted = gain * thumb + offset
    fitted = np.where(thumb >= SATURATED, np.maximum(fitted, leader), fitted)
    return np.where(leader >= SATURATED, np.minimum(fitted, leader), fitted)


def _line(x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    x_mean, y_mean = x.mean(), y.mean()
    gain = np.dot(x - x_mean, y - y_mean) / max(np.dot(x - x_mean, x - x_mean), 1e-6)
    return gain, y_mean - gain * x_mean


def _move(leader: np.ndarray, thumb: np.ndarray) -> np.ndarray | None:
    """`thumb` moved and scaled onto `leader`: the likeliest crop of one or the other, refined by least squares.

    Gauss-Newton on the difference, with shift and scale along both sides, gain and offset. Each step trusts only the px
    that the step before explained: people who came or went would pull. None: no crop is like it. (B. D. Lucas and
    T. Kanade, IJCAI 1981; iteratively reweighted)
    """
    warps = [*CROPS, *(cv2.invertAffineTransform(warp).astype(np.float32) for warp in CROPS[1:])]
    target, smooth = (cv2.GaussianBlur(picture, (0, 0), SMOOTH_PX) for picture in (leader, thumb))
    correlations = [_correlation(_warped(smooth, warp)[INNER], target[INNER]) for warp in warps]
    if max(correlations) < LEAST_CORRELATION:
        return None
    warp = warps[int(np.argmax(correlations))]
    kept = np.ones(leader[INNER].size, bool)
    for _ in range(STEPS):
        moved = _warped(smooth, warp)
        slope_y, slope_x = (slope[INNER].ravel() for slope in np.gradient(moved))
        columns = [slope_x * X, slope_x, slope_y * Y, slope_y, moved[INNER].ravel(), np.ones_like(X)]
        matrix, miss = np.stack(columns, axis=1), (target - moved)[INNER].ravel()
        weighted = matrix[kept].T
        step = np.linalg.lstsq(weighted @ weighted.T, weighted @ miss[kept], rcond=None)[0]
        residual = np.abs(miss - matrix @ step)
        kept = residual <= 2.5 * np.median(residual)
        scale_x, shift_x, scale_y, shift_y = np.clip(step[:4], -LONGEST_STEP, LONGEST_STEP)
        change = np.float32([[1 + scale_x, 0, shift_x], [0, 1 + scale_y, shift_y], [0, 0, 1]])
        warp = warp @ change
    return _warped(thumb, warp)


def _warped(thumb: np.ndarray, warp: np.ndarray) -> np.ndarray:
    return cv2.warpAffine(thumb, warp, (THUMB_PX, THUMB_PX), flags=INVERSE, borderMode=cv2.BORDER_REPLICATE)


def _correlation(a: np.ndarray, b: np.ndarray) -> float:
    a, b = a - a.mean(), b - b.mean()
    return float((a * b).sum() / max(np.sqrt((a * a).sum() * (b * b).sum()), 1e-6))
