"""What is timed: a camera, pictures of any size, and a scene of six actors."""

import cv2
import numpy as np

from pipeline.scene.layer import Layer, Patch
from pipeline.scene.motion import CameraMotion
from pipeline.scene.scene import Scene
from pipeline.scene.view import View
from sensors import CameraProfile, Cfa, Codec, ColourResponse, Isp, Optics, Sensor, Shutter

SIZES = {"768x576": (768, 576), "1920x1080": (1920, 1080)}
LENS = Optics(k1=-0.05, k2=0.01, focal_px=900.0)
POINT_SPREAD_PX = 0.8
CODEC = Codec(90, "420")
ACTORS, SUB_FRAMES = 6, 16


def camera(read_noise_e=4.0, demosaic="edge_aware"):
    """A camera with every part of the chain from mosaic to 8 bits: the middle of what params.yaml draws from."""
    return CameraProfile(
        response=ColourResponse((0.55, 1.0, 0.6)),
        sensor=Sensor(3000.0, 3150.0, read_noise_e, 0.5, 20.0, 0.006, 1.0, 10, 64.0),
        cfa=Cfa("RGGB", demosaic),
        isp=Isp(
            gains=(1.8, 1.0, 1.7),
            colour_matrix=((1.5, -0.3, -0.2), (-0.2, 1.4, -0.2), (0.0, -0.4, 1.4)),
            tone_curve="s_curve",
            s_curve_strength=0.2,
            sharpening=0.5,
        ),
    )


def light(width, height):
    """Linear light (H, W, 3) float32 from dark to nearly white, with structure at several scales."""
    y, x = np.mgrid[:height, :width].astype(np.float32)
    waves = np.sin(x / 19) * np.cos(y / 23)
    return np.stack([0.02 + 0.9 * (x / width) ** 2, 0.3 + 0.25 * waves, 0.05 + 0.6 * y / height], axis=2)


def crowd(width, height, moving_camera):
    """A scene of 6 walking actors and the rolling shutter that takes it apart into 16 sub-frames."""
    rng = np.random.default_rng([1])
    background = cv2.resize(rng.random((height // 16, width // 16, 3), np.float32), (width, height))
    depth_m = np.repeat(np.linspace(60, 8, height, dtype=np.float32)[:, None], width, axis=1)
    motion = CameraMotion(0.05, 0.02, 0.03, (0.2, 0.0, 0.1)) if moving_camera else CameraMotion()
    layers = tuple(_actor(rng, width, height) for _ in range(ACTORS))
    scene = Scene(background, depth_m, layers, View(width, height, 5.0, 15.0, 900.0), motion)
    duration_s = (SUB_FRAMES - 1.01) * 0.5 / scene.max_speed_px_s()  # a sub-frame for every half pixel
    readout_us = 0.5e6 * duration_s / (height - 1)
    return scene, Shutter(exposure_us=0.5e6 * duration_s, line_readout_us=readout_us)


def _actor(rng, width, height):
    h = int(height * rng.uniform(0.12, 0.28))
    w = int(0.4 * h)
    y, x = np.mgrid[:h, :w].astype(np.float32)
    alpha = np.clip((1 - np.hypot((x - w / 2) / (w / 2), (y - h / 2) / (h / 2))) * 6, 0, 1).astype(np.float32)
    rgba = np.dstack([alpha[..., None] * rng.random(3, np.float32), alpha])
    x0, y0 = rng.uniform(0, width - w), rng.uniform(0.2 * height, height - h)
    shadow = Patch(np.float32(0.4) * cv2.GaussianBlur(alpha, (0, 0), 3), x0 + 0.3 * w, y0 + 0.1 * h)
    return Layer(Patch(rgba, x0, y0), (x0 + w / 2, y0 + h), 15.0, (rng.uniform(-90, 90), 5.0), True, (shadow,))
