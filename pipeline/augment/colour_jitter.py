"""Vary exposure, contrast, white balance and saturation of a finished picture (display values)."""

from dataclasses import dataclass

import cv2
import numpy as np

LUMA = np.array([0.299, 0.587, 0.114])
"""ITU-R BT.601 weights of R, G, B."""

MID_GREY = 127.5


@dataclass(frozen=True)
class ColourJitter:
    """Saturation (0 = grey, 1 = unchanged), then gain per channel, then contrast about mid grey, then offset
    [DN]."""

    gain: tuple[float, float, float]
    contrast: float
    saturation: float
    offset: float


def sample_colour_jitter(rng: np.random.Generator, strength: float, grey_share: float) -> ColourJitter:
    """Draw a jitter; strength 0 = none, 1 = everything up to twice or half.

    Gain and contrast are log-uniform in [1 / (1 + strength), 1 + strength], times a white balance of a
    quarter of that (in logarithm) per channel; offset is in +-64 strength, saturation in 1 +- strength, or 0
    for `grey_share` of the draws.
    """
    log = np.log1p(strength)
    common, contrast, *balance = rng.uniform(-log, log, 5)
    gain = tuple(float(np.exp(common + 0.25 * channel)) for channel in balance)
    saturation = 0.0 if rng.random() < grey_share else rng.uniform(1 - strength, 1 + strength)
    offset = rng.uniform(-64, 64) * strength
    return ColourJitter(gain, float(np.exp(contrast)), float(saturation), float(offset))


def sample_strongest_jitter(rng: np.random.Generator, strength: float) -> ColourJitter:
    """Draw a jitter at the end of the ranges of `sample_colour_jitter`: only its signs are left to chance."""
    log = np.log1p(strength)
    common, contrast, saturation, offset, *balance = rng.choice([-1.0, 1.0], 7)
    gain = tuple(float(np.exp(log * (common + 0.25 * channel))) for channel in balance)
    return ColourJitter(gain, float(np.exp(log * contrast)), float(1 + strength * saturation), 64 * strength * offset)


def colour_jitter(image: np.ndarray, jitter: ColourJitter) -> np.ndarray:
    """image (H, W, 3) uint8 RGB -> the same size, rounded and clipped to 0..255."""
    saturate = jitter.saturation * np.eye(3) + (1 - jitter.saturation) * LUMA
    matrix = jitter.contrast * np.array(jitter.gain)[:, None] * saturate
    offset = MID_GREY * (1 - jitter.contrast) + jitter.offset
    return cv2.transform(np.ascontiguousarray(image), np.column_stack([matrix, np.full(3, offset)]))
