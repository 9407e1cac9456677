"""How the real camera stands over the ground, and where people walk there.

Both are fitted to unlabelled frames of a static camera in which people walk.
Moving blobs of a walking person's proportions give pairs (foot row, height). On a ground plane height grows linearly
with the foot row; slope and zero (the horizon) of that line give the camera's height and pitch. The focal length
cannot be told from upright people alone: it is assumed, and said to be.
"""

import cv2
import numpy as np

from pipeline.errors import DataError
from pipeline.scene.view import View

STATURE_M = 1.7
FOCAL_PER_WIDTH = 1.25
ASPECT_RANGE = (1.9, 4.2)  # height / width of one walking person
THRESHOLD_DN = 28
MIN_BLOBS = 100
APART = 0.2  # share of the height within which two people are seen in the same place
WALKED_TOLERANCE = 0.3  # share of the height by which a blob may miss the line and still be a person
NO_PLANE = (
    "calibration frames: expected people who walk near and far from the camera, taller the nearer, "
    "found none whose heights tell the ground plane; give other unlabelled frames (real.calibration_frames)"
)


def walking_blobs(frames, plate):
    """Middle columns, foot rows, heights, float (N, 3) px, of person-shaped moving blobs in uint8 (N, H, W, 3)."""
    found = []
    for frame in frames:
        moving = cv2.absdiff(frame, plate).max(axis=2)
        mask = cv2.morphologyEx(
            (moving > THRESHOLD_DN).astype(np.uint8), cv2.MORPH_CLOSE, np.ones((7, 5), np.uint8)
        )
        mask = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
        _, _, stats, _ = cv2.connectedComponentsWithStats(mask)
        for x, y, w, h, area in stats[1:]:
            inside = x > 2 and y > 2 and x + w < frame.shape[1] - 2 and y + h < frame.shape[0] - 2
            if inside and h >= 24 and ASPECT_RANGE[0] <= h / w <= ASPECT_RANGE[1] and area > 0.35 * w * h:
                found.append((x + w / 2, y + h, h))
    return np.array(found, float).reshape(-1, 3)


def thin(blobs):
    """Foot points (column, row) of blobs, float (N, 2) px, of those close together only the first.

    Who lingers is seen often in one place; paths count for as much.
    """
    kept = []
    for x, foot, height in blobs:
        if all(np.hypot(x - a, foot - b) >= APART * height for a, b in kept):
            kept.append((x, foot))
    return np.array(kept).reshape(-1, 2)


def fit_line(foot, height):
    """Robust line height = slope * foot_row + offset: RANSAC with a fixed seed, then least squares on its inliers.

    Raises DataError when no line has enough inliers.
    """
    rng = np.random.default_rng([31])
    best = np.zeros(len(foot), bool)
    for _ in range(400):
        a, b = rng.choice(len(foot), 2, replace=False)
        if abs(foot[a] - foot[b]) < 40:
            continue
        slope = (height[a] - height[b]) / (foot[a] - foot[b])
        inliers = np.abs(height - height[a] - slope * (foot - foot[a])) < 0.08 * height
        if slope > 0.02 and inliers.sum() > best.sum():
            best = inliers
    if best.sum() < MIN_BLOBS // 2:
        raise DataError(NO_PLANE)
    slope, offset = np.polyfit(foot[best], height[best], 1)
    return float(slope), float(offset), int(best.sum())


def fit_view(frames, plate):
    """The view of a static camera: dict with camera_height_m, pitch_deg, focal_px and how it was found, and
    walked_px: the places (column, row) where people were seen.

    Raises DataError when too few people walk through the frames.
    """
    h, w = plate.shape[:2]
    blobs = walking_blobs(frames, plate)
    if len(blobs) < MIN_BLOBS:
        raise DataError(
            f"calibration frames: expected at least {MIN_BLOBS} walking people to fit the view, found {len(blobs)}; "
            "give more unlabelled frames with people (real.calibration_frames)"
        )
    foot, height = blobs[:, 1], blobs[:, 2]
    slope, offset, inliers = fit_line(foot, height)
    people = np.abs(height / (slope * foot + offset) - 1) < WALKED_TOLERANCE
    focal_px = FOCAL_PER_WIDTH * w
    low, high = np.percentile(foot, (5, 95))
    target = np.array([[row, slope * row + offset] for row in np.linspace(low, high, 8)])
    view = _match(target, w, h, focal_px)
    return {
        "camera_height_m": round(view.camera_height_m, 3),
        "pitch_deg": round(view.pitch_deg, 2),
        "focal_px": focal_px,
        "height_slope": round(slope, 4),
        "height_offset_px": round(offset, 2),
        "stature_m": STATURE_M,
        "blobs": len(blobs),
        "inliers": inliers,
        "foot_row_range": [float(round(low, 1)), float(round(high, 1))],
        "walked_px": thin(blobs[people]).tolist(),
        "unknown": [
            f"focal_px: upright people do not tell it; assumed {FOCAL_PER_WIDTH} times the width (44 deg across)"
        ],
    }


def _match(target, width_px, height_px, focal_px):
    """Camera height and pitch whose persons best have the given heights (foot row, height), by a search on a grid."""
    best, best_error = None, np.inf
    for pitch in np.arange(0.0, 60.0, 0.5):
        unit = np.array(
            [
                View(width_px, height_px, 1.0, pitch, focal_px).person_height_px(row, 0.01) * 100
                for row, _ in target
            ]
        )
        for height in np.arange(1.0, 20.0, 0.1):
            view = View(width_px, height_px, float(height), float(pitch), focal_px)
            error = np.abs(unit / height * STATURE_M / target[:, 1] - 1).mean()
            if error < 0.3:
                heights = np.array([view.person_height_px(row, STATURE_M) for row, _ in target])
                error = np.abs(heights / target[:, 1] - 1).mean()
                if error < best_error:
                    best, best_error = view, error
    if best is None:
        raise DataError(NO_PLANE)
    return best
