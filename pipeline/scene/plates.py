"""Backgrounds that are plates of the real site: the temporal median of unlabelled frames, in changing light."""

import cv2
import numpy as np


def sharpen_plate(plate, psf_sigma_px):
    """Undo, to first order, the lens that already blurred the plate, because the camera will blur it again.

    One Van Cittert step: plate + (plate - G * plate), float32 (H, W, 3) linear.
    """
    if psf_sigma_px <= 0:
        return plate
    return np.maximum(2 * plate - cv2.GaussianBlur(plate, (0, 0), psf_sigma_px), 0)


def draw_plate_light(rng, effect, shape):
    """Factor on the plate's light: gain, tint, and a slow change across the picture: float32 (H, W, 3)."""
    gain = np.exp(rng.uniform(*np.log(effect.light_gain_range)))
    tint = np.exp(rng.normal(0, effect.white_balance_log_sigma, 3))
    corners = 1 + effect.light_gradient * rng.uniform(-1, 1, (3, 3)).astype(np.float32)
    field = cv2.resize(corners, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC)
    return cv2.merge([(field * factor).astype(np.float32) for factor in gain * tint])
