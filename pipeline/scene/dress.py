"""Colours for the regions of a sprite, and the sprite's light: atlas + colours + sun and sky -> premultiplied rgba."""

import cv2
import numpy as np

from pipeline.scene import colour
from pipeline.scene.atlas import REGIONS

GARMENTS = ("hat", "top", "coat", "trousers", "skirt", "bag")
IS_GARMENT = np.array([name in GARMENTS for name in REGIONS])


def draw_palette(rng):
    """A display colour for every region, in the order of REGIONS: float32 (regions, 3) linear."""
    skin = colour.pick_near(rng, colour.SKIN, 0.08)
    hair = colour.pick_near(rng, colour.HAIR, 0.2)
    tones = []
    for name in REGIONS:
        if name == "skin":
            tone = skin
        elif name == "hair":
            tone = hair
        elif name == "shoes":
            tone = colour.greyish(rng, 10, 70) if rng.random() < 0.7 else colour.greyish(rng, 120, 240)
        else:
            tone = colour.cloth_colour(rng)
        tones.append(tone)
    return colour.rgb(*np.transpose(tones)).T


def draw_pattern(rng, shape):
    """Folds and prints on clothes: float32 (h, w) around 1."""
    h, w = shape
    folds = rng.normal(0, 0.10, (h // 10 + 2, w // 10 + 2)).astype(np.float32)
    creases = rng.normal(0, 0.06, (h // 4 + 2, w // 4 + 2)).astype(np.float32)
    pattern = cv2.resize(1 + creases + cv2.resize(folds, creases.shape[::-1]), (w, h))
    if rng.uniform() < 0.15:
        stripes = np.sin(np.arange(h) * 2 * np.pi / rng.uniform(5, 20))[:, None] > 0
        pattern *= np.where(stripes, 1.0, rng.uniform(0.3, 1.0)).astype(np.float32)
    return np.clip(pattern, 0.2, 2.0, out=pattern)


def light_sprite(sprite, palette, pattern, light, scale):
    """The sprite of a person in the colours of a palette under a light: as `light_paint`."""
    return light_paint(paint_person(sprite, palette, pattern), sprite.normal, light, scale)


def paint_person(sprite, palette, pattern):
    """A sprite's regions in the colours of a palette: float32 (h, w, 4), premultiplied linear reflectance and alpha."""
    alpha = sprite.alpha * np.float32(1 / 255)
    region = sprite.region.astype(np.intp)  # what `take` needs, made once
    # Bare regions keep their colour: patterns are printed on clothes only.
    printed = alpha * np.where(IS_GARMENT.take(region), pattern, 1)
    return cv2.merge([*(colours.take(region) * printed for colours in palette.T), alpha])


def paint_thing(sprite):
    """A sprite in its own colours: float32 (h, w, 4), premultiplied linear reflectance and alpha."""
    alpha = sprite.alpha * np.float32(1 / 255)
    return np.dstack([sprite.albedo * np.float32(1 / 65535) * alpha[..., None], alpha])


def light_paint(paint, normal, light, scale):
    """Premultiplied reflectance (h, w, 4) with normals (h, w, 3) int8 under a light, at `scale` times that size.

    It is lit at the size that it is shown at, by the mean normals there: mostly much smaller than the atlas has it.
    Returns float32 (h, w, 4): premultiplied linear rgb and alpha.
    """
    h, w = paint.shape[:2]
    size = (max(round(w * scale), 1), max(round(h * scale), 1))
    interpolation = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    paint = cv2.resize(paint, size, interpolation=interpolation)
    normals = cv2.resize(normal.astype(np.float32), size, interpolation=interpolation)
    normals = normals.reshape(-1, 3)
    length = np.sqrt(normals**2 @ np.ones((3, 1), np.float32)) + np.float32(1e-6)
    lit = light.on((normals / length).reshape(*paint.shape[:2], 3))
    return paint * cv2.cvtColor(lit, cv2.COLOR_RGB2RGBA)  # alpha times 1
