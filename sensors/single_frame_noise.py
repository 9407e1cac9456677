"""Noise from single frames, where nothing stands still: the quietest patches of every intensity are flat, and what
varies in them is noise."""

from collections.abc import Sequence

import cv2
import numpy as np

from sensors.statistics import LEVELS, dct_basis, luma
from sensors.temporal_noise import NoiseCurve

PATCH_PX = 8
QUIETEST = 10  # percentile of the patches of an intensity; what that picks too low, a trial measured alike does too
KERNEL = np.float32([[1, -2, 1], [-2, 4, -2], [1, -2, 1]]) / 6  # blind to planes, keeps white noise (Immerkaer 1996)


def single_frame_noise(frames: Sequence[np.ndarray], min_patches: int = 40) -> NoiseCurve:
    """Lower envelope of the high-pass noise of patches against their intensity; no spectrum, no correlation.

    frames: uint8 RGB (H, W, 3). The standard deviation is that of the quietest patches and of high frequencies: compare
    it only with one measured alike.
    """
    levels, stds = [], []
    for frame in frames:
        y = luma(frame)
        size = y.shape[1] // PATCH_PX, y.shape[0] // PATCH_PX
        y = y[: size[1] * PATCH_PX, : size[0] * PATCH_PX]
        detail = cv2.filter2D(y, cv2.CV_32F, KERNEL)
        levels.append(cv2.resize(y, size, interpolation=cv2.INTER_AREA).ravel())
        stds.append(np.sqrt(cv2.resize(detail * detail, size, interpolation=cv2.INTER_AREA)).ravel())
    level, std = np.concatenate(levels), np.concatenate(stds)
    bins = np.clip(level / 8, 0, len(LEVELS) - 1).astype(int)
    envelope, count = np.full(len(LEVELS), np.nan), np.bincount(bins, minlength=len(LEVELS))
    for i in np.flatnonzero(count >= min_patches):
        envelope[i] = np.percentile(std[bins == i], QUIETEST)
    return NoiseCurve(LEVELS, envelope, count, 0.0, np.full((8, 8), np.nan))


def coefficient_gain() -> np.ndarray:
    """(8, 8): how much of the variance of every DCT coefficient `single_frame_noise` counts."""
    waves = dct_basis()
    made = [[cv2.filter2D(np.outer(row, column), cv2.CV_32F, KERNEL) for column in waves] for row in waves]
    return np.square(made).sum(axis=(2, 3))


def quiet_scene(frame: np.ndarray) -> np.ndarray:
    """The frame (H, W, 3) without its noise, float32: what a trial camera photographs in its stead."""
    soft = cv2.bilateralFilter(cv2.medianBlur(frame, 5), 9, 25, 4)
    return cv2.GaussianBlur(soft.astype(np.float32), (0, 0), 1.0)
