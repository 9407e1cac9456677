"""Shadows on the ground: the cast shadow of an upright thing, and the dark contact under its feet."""

import cv2
import numpy as np

from pipeline.scene.layer import Patch


def cast_shadow(patch, foot_px, light):
    """The silhouette of a patch laid on the ground away from the sun: a Patch of the share of light taken away."""
    alpha = patch.values[..., 3]
    h, w = alpha.shape
    sx, sy = light.shadow_direction()
    # (x, y) relative to the foot, y up by -y -> foot + (x + height * sx, height * sy)
    fx, fy = foot_px[0] - patch.x0, foot_px[1] - patch.y0
    corners_x = [x + (fy - y) * sx for x in (-fx, w - fx) for y in (0, h)]
    corners_y = [(fy - y) * sy for y in (0, h)]
    x0, y0 = np.floor(min(corners_x)) - 2, np.floor(min(corners_y)) - 2
    out_w, out_h = int(max(corners_x) - x0) + 3, int(max(corners_y) - y0) + 3
    out_w, out_h = min(out_w, 4 * (h + w)), min(out_h, 4 * (h + w))
    down = sy if abs(sy) >= 0.05 else np.copysign(0.05, sy)
    matrix = np.array([[1, -sx, -fx + fy * sx - x0], [0, -down, fy * down - y0]], np.float64)
    # Edges of pixels were meant above; warpAffine counts from the middles of pixels.
    matrix[0, 2] -= 0.5 * sx
    matrix[1, 2] -= 0.5 * down + 0.5
    laid = cv2.warpAffine(alpha, matrix, (out_w, out_h), flags=cv2.INTER_LINEAR)
    laid = cv2.GaussianBlur(laid, (0, 0), max(0.8, 0.012 * h))
    return Patch(laid * np.float32(light.shadow_strength), foot_px[0] + x0, foot_px[1] + y0)


def contact_shadow(foot_px, radius_px, strength=0.45):
    """A soft dark ellipse under something that stands: a Patch."""
    rx, ry = max(radius_px, 1.5), max(0.4 * radius_px, 1.0)
    half_w, half_h = int(2.5 * rx) + 1, int(2.5 * ry) + 1
    y, x = np.arange(-half_h, half_h + 1), np.arange(-half_w, half_w + 1)
    share = strength * np.outer(np.exp(-((y / ry) ** 2)), np.exp(-((x / rx) ** 2)))
    return Patch(share.astype(np.float32), foot_px[0] - half_w - 0.5, foot_px[1] - half_h - 0.5)
