"""Colours of people and things, and the way from display values to linear light.

Everything is drawn in display colours (what a person picks) and turned into linear reflectance once.
"""

import colorsys

import numpy as np

from sensors.isp import linear_from_srgb

_LINEAR = linear_from_srgb(np.arange(256) / 255).astype(np.float32)

SKIN = ((241, 205, 178), (224, 172, 140), (198, 134, 98), (141, 85, 54), (96, 60, 44), (62, 42, 34))
HAIR = (
    (22, 18, 17),
    (45, 30, 22),
    (84, 54, 34),
    (140, 96, 54),
    (196, 164, 110),
    (120, 118, 116),
    (205, 203, 200),
)


def to_linear(display):
    """uint8 display values, any shape -> float32 linear in [0, 1]."""
    return np.take(_LINEAR, display)


def rgb(r, g, b):
    """One display colour in 0..255 -> float32 (3,) linear."""
    return to_linear(np.clip(np.round([r, g, b]), 0, 255).astype(np.uint8))


def any_colour(rng):
    """Any display colour, vivid or not: float (3,) in 0..255."""
    return 255 * np.array(colorsys.hsv_to_rgb(rng.random(), rng.random() ** 0.7, rng.uniform(0.1, 1.0)))


def greyish(rng, low, high, tint=8.0):
    """A nearly neutral display colour between two brightnesses: float (3,)."""
    return rng.uniform(low, high) + rng.normal(0.0, tint, 3)


def cloth_colour(rng):
    """Display colour of a garment: half dark or neutral, as people dress, else any hue: float (3,)."""
    kind = rng.random()
    if kind < 0.35:
        return greyish(rng, 15, 60, 5)
    if kind < 0.55:
        return greyish(rng, 60, 235, 6)
    if kind < 0.7:  # blues of denim and workwear
        value = rng.uniform(35, 150)
        return np.array([0.55, 0.72, 1.05]) * value + rng.normal(0, 6, 3)
    return any_colour(rng)


def pick_near(rng, palette, spread):
    """A display colour near one of a palette's: float (3,)."""
    return np.array(palette[rng.integers(len(palette))], float) * np.exp(rng.normal(0, spread)) + rng.normal(
        0, 4, 3
    )
