"""Frames and cameras for the tests of re-exposed frames."""

import dataclasses
from pathlib import Path

import cv2
import numpy as np

from pipeline.config import load_params
from pipeline.stress.shake import Shake
from sensors import CameraProfile, Cfa, Codec, Isp, Sensor

PARAMS = load_params(Path(__file__).parents[2] / "params.yaml")
STRESS = dataclasses.replace(
    PARAMS.stress, images=2, motion_blur_px=(2.0, 6.0, 14.0), rolling_shutter_skew_px=(4.0, 12.0, 28.0),
    electrons_at_white=(800.0, 80.0, 8.0), jpeg_quality=(60, 20, 3),
)  # fmt: skip
PAN = Shake(pan_px_s=(600.0, 300.0))
CAMERA = CameraProfile(
    sensor=Sensor(electrons_at_white=8000.0, full_well_e=8000.0),
    cfa=Cfa(),
    isp=Isp(sharpening=1.5, sharpening_sigma_px=1.2, saturation=0.8, denoise_sigma_px=0.6, black=-0.05, white=1.05),
    codec=Codec(94, "420"),
)


def textured(width=224, height=192, seed=0):
    """uint8 RGB frame with detail as fine as a lens lets through, no darker than 40 and no brighter than 210."""
    rng = np.random.default_rng([seed])
    layers = [cv2.GaussianBlur(rng.normal(0, 1, (height, width, 3)), (0, 0), s) * s for s in (1.5, 3, 6, 12)]
    grey = np.mean(layers, axis=(0, 3))[..., None] + 0.15 * np.mean(layers, axis=0)
    return np.clip(125 + 45 * grey / grey.std(), 40, 210).astype(np.uint8)


def ellipse_light(box, width=224, height=192, fine=8):
    """Linear light of a white ellipse that fills `box` (whole px), on black; area-averaged from a finer grid."""
    x0, y0, x1, y1 = (fine * v for v in box)
    y, x = np.mgrid[0 : height * fine, 0 : width * fine] + 0.5
    inside = ((x - (x0 + x1) / 2) / ((x1 - x0) / 2)) ** 2 + ((y - (y0 + y1) / 2) / ((y1 - y0) / 2)) ** 2 <= 1
    grey = inside.reshape(height, fine, width, fine).mean(axis=(1, 3)).astype(np.float32)
    return np.repeat(grey[..., None], 3, axis=2)


def half_box(grey):
    """Whole-pixel box around what is brighter than one half, by looking at every pixel: xyxy px edges."""
    ys, xs = np.nonzero(grey > 0.5)
    return np.array([xs.min(), ys.min(), xs.max() + 1, ys.max() + 1], float)
