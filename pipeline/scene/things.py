"""Things that are not people: poles, lamps, signs, cones, bollards, tripods, cars, bins, boxes, bushes, trees, litter.

They clutter the place, stand in front of people, and teach the detector what a person is not. Each is drawn
anti-aliased, in metres, on a small canvas whose origin is the point where it stands.
"""

import cv2
import numpy as np

from pipeline.scene import colour
from pipeline.scene.canvas import Canvas
from pipeline.scene.layer import Layer, Patch
from pipeline.scene.shadow import cast_shadow, contact_shadow


def draw_thing(rng, tiles, light, view, x_m, z_m, kinds):
    """A random thing of one of the kinds, standing at ground point (x, z), lit: a Layer."""
    u, v, depth = (float(value) for value in view.project(x_m, 0.0, z_m))
    _, top, _ = view.project(x_m, 1.0, z_m)
    px_per_m = float(np.clip(v - top, 2.0, 400.0))
    kind = kinds[rng.integers(len(kinds))]
    canvas = kind(rng, px_per_m)
    normal = np.array([rng.normal(0, 0.4), -0.2, 1.0])
    alpha = canvas.mask.astype(np.float32) / 255
    factors = [_leaf_texture(rng, tiles, canvas)] if kind in GREENERY else []
    factors += [1 - 0.25 * np.linspace(0, 1, len(alpha), dtype=np.float32)[:, None], alpha]  # darker at the foot
    channels = cv2.split(colour.to_linear(canvas.display))
    for channel, on in zip(channels, light.on(normal / np.linalg.norm(normal)), strict=True):
        channel *= on
        for factor in factors:
            channel *= factor
    rgba = cv2.merge([*channels, alpha])
    patch = Patch(rgba, u + canvas.left_m * px_per_m - 2, v - canvas.top_m * px_per_m - 2)
    shadows = (
        () if kind in FLAT else (cast_shadow(patch, (u, v), light), contact_shadow((u, v), 0.35 * px_per_m))
    )
    return Layer(patch, (u, v), depth, shadows=shadows)


def _leaf_texture(rng, tiles, canvas):
    h, w = canvas.mask.shape
    y, x = rng.integers(0, 512, 2)
    zoom = max(60.0 / canvas.px_per_m, 0.5)
    rows, cols = (y + np.arange(h) * zoom).astype(int) % 512, (x + np.arange(w) * zoom).astype(int) % 512
    return tiles["leaves"][np.ix_(rows, cols)]


def lamp(rng, px_per_m):
    height, reach = rng.uniform(3.0, 7.0), rng.uniform(-1.2, 1.2)
    tone, width = colour.greyish(rng, 60, 230), rng.uniform(0.07, 0.16)
    canvas = Canvas(-1.6, 1.6, height + 0.5, px_per_m)
    canvas.bar(0, 0, 0, height, width, tone)
    canvas.bar(0, 0, 0, rng.uniform(0.3, 1.5), width * 1.6, tone * 0.9)
    canvas.bar(0, height, reach, height + 0.2, width * 0.7, tone)
    canvas.ellipse(reach, height + 0.2, 0.35, 0.13, colour.greyish(rng, 120, 255))
    if rng.uniform() < 0.4:
        _plate(rng, canvas, rng.uniform(1.6, 3.0))
    return canvas


def sign(rng, px_per_m):
    height = rng.uniform(1.0, 3.2)
    canvas = Canvas(-0.8, 0.8, height + 1.0, px_per_m)
    canvas.bar(0, 0, 0, height, rng.uniform(0.04, 0.1), colour.greyish(rng, 50, 210))
    _plate(rng, canvas, height)
    return canvas


def _plate(rng, canvas, y):
    w, h = rng.uniform(0.2, 0.6), rng.uniform(0.2, 0.6)
    tone = colour.any_colour(rng)
    if rng.uniform() < 0.3:
        canvas.polygon([(-w, y - h * 0.6), (w, y - h * 0.6), (0, y + h)], colour.greyish(rng, 200, 255))
        canvas.polygon([(-w * 0.7, y - h * 0.45), (w * 0.7, y - h * 0.45), (0, y + h * 0.7)], tone)
        return
    canvas.box(-w, y - h, w, y + h, colour.greyish(rng, 180, 255))
    canvas.box(-w * 0.9, y - h * 0.9, w * 0.9, y + h * 0.9, tone)
    for _ in range(rng.integers(0, 4)):
        row = rng.uniform(-0.7, 0.7) * h
        canvas.box(
            -w * 0.7, y + row, w * rng.uniform(0.2, 0.7), y + row + 0.12 * h, colour.greyish(rng, 0, 255)
        )


def cone(rng, px_per_m):
    height, tone = (
        rng.uniform(0.35, 0.95),
        np.array([rng.uniform(180, 255), rng.uniform(50, 170), rng.uniform(0, 40)]),
    )
    half, canvas = height * rng.uniform(0.2, 0.32), Canvas(-0.5, 0.5, 1.1, px_per_m)
    canvas.box(-half * 1.4, 0, half * 1.4, 0.06, tone * 0.8)
    canvas.polygon([(-half, 0.05), (half, 0.05), (half * 0.15, height), (-half * 0.15, height)], tone)
    canvas.polygon(
        [
            (-half * 0.7, height * 0.4),
            (half * 0.7, height * 0.4),
            (half * 0.45, height * 0.62),
            (-half * 0.45, height * 0.62),
        ],
        colour.greyish(rng, 190, 255),
    )
    return canvas


def bollard(rng, px_per_m):
    height, half, tone = rng.uniform(0.4, 1.2), rng.uniform(0.06, 0.25), colour.greyish(rng, 30, 220, 15)
    canvas = Canvas(-0.5, 0.5, 1.6, px_per_m)
    canvas.box(-half, 0, half, height, tone)
    canvas.ellipse(0, height, half, half * 0.7, tone * 1.1)
    if rng.uniform() < 0.5:
        canvas.box(-half, height * 0.7, half, height * 0.85, colour.any_colour(rng))
    return canvas


def stone(rng, px_per_m):
    angle = np.linspace(0, np.pi, 9)
    radius = rng.uniform(0.25, 0.7) * rng.uniform(0.6, 1.1, 9)
    tone, canvas = colour.greyish(rng, 60, 190, 10), Canvas(-0.9, 0.9, 1.0, px_per_m)
    canvas.polygon(np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1), tone)
    canvas.polygon(
        np.stack([radius * np.cos(angle) * 0.7 - 0.05, radius * np.sin(angle) * 0.8 + 0.1], 1), tone * 1.15
    )
    return canvas


def tripod(rng, px_per_m):
    height, spread = rng.uniform(1.0, 1.9), rng.uniform(0.25, 0.5)
    tone, width, canvas = (
        colour.greyish(rng, 10, 90),
        rng.uniform(0.025, 0.05),
        Canvas(-0.6, 0.6, 2.2, px_per_m),
    )
    for foot in (-spread, spread, rng.uniform(-0.2, 0.2)):
        canvas.bar(foot, 0 if foot in (-spread, spread) else 0.15, 0, height * 0.8, width, tone)
    canvas.bar(0, height * 0.6, 0, height, width * 1.5, tone)
    canvas.box(-0.08, height, 0.08, height + rng.uniform(0.08, 0.2), tone * 0.8)
    return canvas


def car(rng, px_per_m):
    length, height = rng.uniform(1.7, 4.8), rng.uniform(1.3, 2.4)
    tone, dark = (
        colour.any_colour(rng) if rng.uniform() < 0.5 else colour.greyish(rng, 20, 255),
        colour.greyish(rng, 5, 60),
    )
    canvas, slope = Canvas(-2.6, 2.6, 2.7, px_per_m), rng.uniform(0.05, 0.3) * length
    a, b, waist = -length / 2, length / 2, height * rng.uniform(0.5, 0.65)
    canvas.box(a, 0.25, b, waist, tone)
    canvas.polygon(
        [(a + 0.05, waist), (b - 0.05, waist), (b - slope, height), (a + slope * 0.6, height)], tone * 0.95
    )
    canvas.polygon(
        [
            (a + 0.25, waist + 0.05),
            (b - 0.3, waist + 0.05),
            (b - slope - 0.1, height - 0.12),
            (a + slope * 0.6 + 0.15, height - 0.12),
        ],
        dark,
    )
    canvas.box(-0.05, waist, 0.08, height - 0.1, tone * 0.9)
    for x in (a + length * 0.2, b - length * 0.2):
        canvas.ellipse(x, 0.32, 0.32, 0.32, colour.greyish(rng, 5, 40))
        canvas.ellipse(x, 0.32, 0.17, 0.17, colour.greyish(rng, 90, 200))
    canvas.box(a, 0.55, a + 0.12, 0.75, np.array([200, 40, 30]))
    return canvas


def crate(rng, px_per_m):
    """A bin, a box, a cabinet, a hydrant: upright blocks of a person's proportions are the hardest negatives."""
    half, height, tone = rng.uniform(0.15, 0.6), rng.uniform(0.4, 2.0), colour.any_colour(rng)
    canvas, side = Canvas(-1.3, 1.3, 2.4, px_per_m), rng.uniform(0.05, 0.5)
    canvas.box(-half, 0, half, height, tone)
    canvas.polygon([(half, 0), (half + side, 0.08), (half + side, height + 0.08), (half, height)], tone * 0.7)
    canvas.polygon(
        [(-half, height), (half, height), (half + side, height + 0.08), (side - half, height + 0.08)],
        tone * 1.2,
    )
    for _ in range(rng.integers(0, 4)):
        y = rng.uniform(0, height * 0.85)
        canvas.box(
            -half * rng.uniform(0.3, 1), y, half * rng.uniform(0.3, 1), y + 0.1, colour.any_colour(rng)
        )
    return canvas


def bush(rng, px_per_m):
    width, height = rng.uniform(0.3, 1.6), rng.uniform(0.4, 1.8)
    canvas = Canvas(-2.0, 2.0, 2.4, px_per_m)
    _leaves(rng, canvas, width, 0.1, height)
    return canvas


def tree(rng, px_per_m):
    height, trunk = rng.uniform(3.0, 7.0), rng.uniform(0.08, 0.3)
    bark = np.array([1.0, 0.85, 0.7]) * rng.uniform(30, 120)
    canvas = Canvas(-2.4, 2.4, height + 0.5, px_per_m)
    canvas.bar(0, 0, rng.normal(0, 0.1), height * 0.8, trunk, bark)
    for _ in range(rng.integers(3, 12)):
        y, side = rng.uniform(0.3, 0.85) * height, rng.normal(0, 0.7)
        canvas.bar(0, y, side, y + rng.uniform(0.2, 1.2), trunk * 0.3, bark)
    if rng.uniform() < 0.6:
        _leaves(rng, canvas, rng.uniform(0.8, 1.8), height * 0.4, height)
    return canvas


def _leaves(rng, canvas, half_width, bottom, top):
    tone = np.array([0.65, 1.0, 0.4]) * rng.uniform(35, 140) + rng.normal(0, 15, 3)
    for _ in range(rng.integers(10, 30)):
        x, y = rng.uniform(-1, 1) * half_width * 0.8, rng.uniform(bottom, top)
        radius = rng.uniform(0.15, 0.4) * half_width
        canvas.ellipse(x, max(y, radius), radius, radius, tone * rng.uniform(0.6, 1.3))


def litter(rng, px_per_m):
    """Something flat on the ground: a cloth, a bag, leaves, a manhole."""
    canvas = Canvas(-0.8, 0.8, 0.6, px_per_m)
    angle = np.sort(rng.uniform(0, 2 * np.pi, rng.integers(5, 10)))
    radius = rng.uniform(0.15, 0.7) * rng.uniform(0.5, 1, angle.size)
    tone = colour.any_colour(rng)
    canvas.polygon(np.stack([radius * np.cos(angle), 0.25 + 0.3 * radius * np.sin(angle)], 1), tone)
    return canvas


GREENERY = (bush, tree)
FLAT = (litter,)
CLUTTER = (lamp, sign, cone, cone, bollard, stone, tripod, car, car, crate, crate, bush, tree, litter, litter)
OCCLUDERS = (lamp, sign, bollard, tripod, crate, bush, tree)
