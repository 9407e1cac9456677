"""What this camera does, by name: functions of no arguments, ready to be timed."""

from functools import partial

import cv2
import numpy as np
import torch

from bench.subjects import CODEC, LENS, POINT_SPREAD_PX, camera, crowd, light
from sensors import Camera, expose
from sensors.cfa import demosaic, mosaic
from sensors.codec import decode, encode
from sensors.isp import process
from sensors.noise import expose_sensor
from sensors.optics import margin_px, warp
from sensors.smoothing import smooth
from sensors.torch_chain import CameraModule


def effects(width, height):
    """One effect each; inputs are what the chain hands to it."""
    rng, profile = np.random.default_rng([1]), camera()
    shown, margin = light(width, height), margin_px(LENS, width, height)
    wide = light(width + 2 * margin, height + 2 * margin)
    signal = Camera(profile)._signal(shown, slice(0, height))
    code = Camera(profile)._code(shown, rng)
    colour = demosaic(code, profile.cfa)
    image = process(colour, profile.isp)
    return {
        "point spread": lambda: smooth(shown, POINT_SPREAD_PX),
        "distortion": lambda: warp(wide, LENS, width, height, margin),
        "mosaic": lambda: mosaic(shown, profile.cfa),
        "noise and ADC": lambda: expose_sensor(signal, profile.sensor, 0.0, rng),
        "demosaic": lambda: demosaic(code, profile.cfa),
        "colour, tone, sharpening": lambda: process(colour, profile.isp),
        "JPEG": lambda: decode(encode(image, CODEC)),
    }


def chains(width, height):
    """Mosaic to 8 bits, in numpy and as the torch module; scene to light."""
    shown, rng = light(width, height), np.random.default_rng([1])
    batch = torch.from_numpy(np.moveaxis(shown, 2, 0).copy())[None]
    still, moving = crowd(width, height, False), crowd(width, height, True)
    return {
        "mosaic to 8 bits": partial(Camera(camera()).develop, shown, rng),
        "the same, bilinear demosaicing": partial(Camera(camera(demosaic="bilinear")).develop, shown, rng),
        "the same, read noise 1 e- (exact Poisson in the dark)": partial(Camera(camera(1.0)).develop, shown, rng),
        "mosaic to 8 bits, torch module on the CPU": partial(CameraModule(camera()), batch),
        "rolling shutter and motion blur, 6 actors": partial(expose, *still),
        "the same, moving camera": partial(expose, *moving),
    }


def floors(width, height):
    """What nothing that makes such a picture can be faster than."""
    shown, rng = light(width, height), np.random.default_rng([1])
    image = (255 * np.clip(shown, 0, 1)).astype(np.uint8)
    copy, normal = np.empty_like(shown), np.empty((height, width), np.float32)
    options = [cv2.IMWRITE_JPEG_QUALITY, CODEC.jpeg_quality]
    return {
        "memcpy of the light (float32 RGB)": lambda: np.copyto(copy, shown),
        "memcpy of the picture (uint8 RGB)": lambda: image.copy(),
        "JPEG encoder and decoder alone": lambda: cv2.imdecode(cv2.imencode(".jpg", image, options)[1], 1),
        "numpy's normal numbers, one a pixel": lambda: rng.standard_normal(out=normal, dtype=np.float32),
    }
