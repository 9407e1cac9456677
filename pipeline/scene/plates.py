"""Backgrounds that are plates of the real site: the temporal median of unlabelled frames, in changing light."""

import cv2
import numpy as np

from sensors import CameraProfile
from sensors.inverse import light_of, unsmooth


def plate_light(plate, profile):
    """The light of the site: float32 (H, W, 3) linear, from its plate (H, W, 3) uint8 and the camera that took it.

    The camera will develop and blur it again: without this, contrast, colours, sharpening and blur would count twice.
    profile: plain values, as calibration writes them.
    """
    camera = CameraProfile.from_dict(profile)
    return np.maximum(unsmooth(light_of(plate, camera.isp), camera.optics.psf_sigma_px), 0)


def draw_plate_light(rng, effect, shape):
    """Factor on the plate's light: gain, tint, and a slow change across the picture: float32 (H, W, 3)."""
    gain = np.exp(rng.uniform(*np.log(effect.light_gain_range)))
    tint = np.exp(rng.normal(0, effect.white_balance_log_sigma, 3))
    corners = 1 + effect.light_gradient * rng.uniform(-1, 1, (3, 3)).astype(np.float32)
    # rows @ corners @ columns is a bicubic resize, here of three channels at once
    rows, columns = (cv2.resize(np.eye(3, dtype=np.float32), (3, n), interpolation=cv2.INTER_CUBIC) for n in shape[:2])
    tinted = (corners @ columns.T)[..., None] * (gain * tint).astype(np.float32)  # (3, W, 3)
    return (rows @ tinted.reshape(3, -1)).reshape(shape)
