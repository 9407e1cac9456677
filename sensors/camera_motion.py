"""How a camera moved, from its frames alone: shifts between frames, whole or band by band."""

from collections.abc import Sequence

import cv2
import numpy as np

from sensors.statistics import luma

STATIC_PX = 0.3  # median shift between neighbouring frames up to which a camera stands still
FEWEST_TRACKS, RETURN_PX = 5, 0.3  # RETURN_PX: how far off a corner tracked there and back may come to lie
SHAKE_FRAMES = 15  # shake is what departs from a straight motion over so many frames


def shift_between(first: np.ndarray, second: np.ndarray) -> tuple[float, float]:
    """(dx, dy) px by which the picture of `first` moved in `second`; float32 (H, W), phase correlation."""
    window = cv2.createHanningWindow(first.shape[::-1], cv2.CV_32F)
    # the window goes in here, because phaseCorrelate would multiply it into the arrays that it was given
    return cv2.phaseCorrelate(first * window, second * window)[0]


def moves(frames: Sequence[np.ndarray]) -> bool:
    """Whether the camera moved, seen in up to 12 neighbouring pairs of frames spread over all."""
    starts = np.unique(np.linspace(0, len(frames) - 2, 12).astype(int))
    shifts = [shift_between(luma(frames[i]), luma(frames[i + 1])) for i in starts]
    return bool(np.median(np.hypot(*np.array(shifts).T)) > STATIC_PX)


def band_shifts(frames: Sequence[np.ndarray], bands: int = 16) -> tuple[np.ndarray, np.ndarray]:
    """Shifts of horizontal bands from each frame to the next: the median of tracked corners (Lucas, Kanade 1981).

    Returns shifts (N - 1, bands, 2), dx and dy [px], NaN where a band has fewer than FEWEST_TRACKS; and the mean rows
    of the tracked corners in the first frame (N - 1, bands).
    """
    planes = [cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) for frame in frames]
    shape = len(planes) - 1, bands
    shifts, rows = np.full((*shape, 2), np.nan), np.full(shape, np.nan)
    for n, (a, b) in enumerate(zip(planes, planes[1:], strict=False)):
        corners = cv2.goodFeaturesToTrack(a, 1200, 0.005, 6)
        if corners is None:
            continue
        guess = corners + np.float32(shift_between(a.astype(np.float32), b.astype(np.float32)))
        corners, found = _tracked(a, b, corners, guess)
        band = np.minimum((corners[:, 1] * bands / a.shape[0]).astype(int), bands - 1)
        for i in range(bands):
            inside = band == i
            if np.count_nonzero(inside) >= FEWEST_TRACKS:
                shifts[n, i] = np.median((found - corners)[inside], axis=0)
                rows[n, i] = corners[inside, 1].mean()
    return shifts, rows


def _tracked(a: np.ndarray, b: np.ndarray, corners: np.ndarray, guess: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(n, 2) corners of `a` and where they are in `b`: those that lead back to where they came from.

    The rest follow noise, the codec's blocks or a shadow (forward-backward error; Kalal, Mikolajczyk, Matas 2010).
    """
    options = {"winSize": (17, 17), "maxLevel": 2, "flags": cv2.OPTFLOW_USE_INITIAL_FLOW}
    found, there, _ = cv2.calcOpticalFlowPyrLK(a, b, corners, guess.copy(), **options)
    back, here, _ = cv2.calcOpticalFlowPyrLK(b, a, found, corners.copy(), **options)
    good = (there.ravel() == 1) & (here.ravel() == 1) & (np.linalg.norm(back - corners, axis=2).ravel() < RETURN_PX)
    return corners.reshape(-1, 2)[good], found.reshape(-1, 2)[good]


def path_shifts(shifts: np.ndarray) -> np.ndarray:
    """(N - 1, 2) px: the whole picture's shift from frame to frame, from the shifts of its bands; 0 where untold."""
    told = np.isfinite(shifts[..., 0])
    return np.array([np.median(s[t], axis=0) if t.any() else (0.0, 0.0) for s, t in zip(shifts, told, strict=True)])


def shake_px(shifts: np.ndarray) -> float:
    """Root mean square departure [px] of the path from straight motion over SHAKE_FRAMES. shifts: (N - 1, 2)."""
    path = np.concatenate([np.zeros((1, 2)), np.cumsum(shifts, axis=0)])
    length = min(SHAKE_FRAMES, len(path))
    t = np.arange(length) - (length - 1) / 2
    design = np.stack([np.ones(length), t], axis=1)
    away = np.eye(length) - design @ np.linalg.pinv(design)
    windows = np.stack([path[i : i + length] for i in range(len(path) - length + 1)])
    return float(np.sqrt(((away @ windows) ** 2).sum(axis=2).mean()))
