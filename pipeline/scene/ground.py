"""The ground of a composed place: surfaces of asphalt, grass, gravel, paving, with roads, painted lines and kerbs."""

import cv2
import numpy as np

from pipeline.scene import colour, textures

# name of the tile, texels per metre, how to draw the colour (rng -> display rgb)
SURFACES = (
    ("asphalt", 160.0, lambda rng: colour.greyish(rng, 70, 190, 6)),
    ("concrete", 120.0, lambda rng: colour.greyish(rng, 110, 220, 8)),
    ("lawn", 120.0, lambda rng: np.array([0.62, 1.0, 0.35]) * rng.uniform(60, 150) + rng.normal(0, 12, 3)),
    ("grass", 220.0, lambda rng: np.array([0.7, 1.0, 0.4]) * rng.uniform(60, 150) + rng.normal(0, 14, 3)),
    ("gravel", 250.0, lambda rng: np.array([1.0, 0.93, 0.82]) * rng.uniform(90, 190) + rng.normal(0, 8, 3)),
    ("brick", 150.0, lambda rng: np.array([1.0, 0.75, 0.62]) * rng.uniform(80, 190) + rng.normal(0, 10, 3)),
    ("concrete", 100.0, colour.any_colour),
)


def draw_ground(rng, tiles, x_m, z_m, footprint_m):
    """Reflectance of the ground at points (x_m, z_m), float32 (h, W), seen with pixels of size footprint_m.

    Returns float32 (h, W, 3) linear.
    """
    ground = _surface(rng, tiles, x_m, z_m, footprint_m)
    for _ in range(rng.integers(0, 4)):
        _add_band(rng, ground, tiles, x_m, z_m, footprint_m)
    for _ in range(rng.integers(0, 6)):  # stains, repairs, manholes, puddles
        _add_stain(rng, ground, x_m, z_m, footprint_m)
    return ground


def _add_band(rng, ground, tiles, x_m, z_m, footprint_m):
    """A road or path with kerbs and painted lines, drawn where it shows."""
    along, across, width = _draw_band(rng, x_m, z_m)
    reach = np.abs(across) < width + 0.3
    rows, cols = np.flatnonzero(reach.any(axis=1)), np.flatnonzero(reach.any(axis=0))
    surface_seed, kerb, lines = rng.integers(2**31), rng.uniform(), rng.integers(0, 3)
    if rows.size == 0:
        return
    part = np.s_[rows[0] : rows[-1] + 1, cols[0] : cols[-1] + 1]
    along, across, foot = along[part], across[part], footprint_m[part]
    surface = _surface(np.random.default_rng(surface_seed), tiles, x_m[part], z_m[part], foot)
    _blend(ground[part], surface, _soft(np.abs(across) - width, foot))
    if kerb < 0.5:
        _blend(ground[part], _flat(colour.greyish(rng, 90, 230)), _line(np.abs(across) - width, 0.12, foot))
    for _ in range(lines):  # painted, whole or broken
        paint = _line(across - np.float32(rng.uniform(-width, width)), rng.uniform(0.05, 0.1), foot)
        if rng.uniform() < 0.4:
            paint = paint * (np.mod(along, 4.0) < 2.0)
        tone = colour.greyish(rng, 150, 255) if rng.uniform() < 0.7 else np.array([230, 190, 60])
        _blend(ground[part], _flat(tone), paint * np.float32(rng.uniform(0.3, 1.0)))


def _blend(target, source, share):
    """target += (source - target) * share, in place; source (h, w, 3) or a colour (3,), share (h, w)."""
    if source.ndim == 1:
        source = np.tile(source, (target.shape[1], 1))  # a row of it: numpy is slow where the last axis is short
    target += (source - target) * cv2.merge([share] * 3)


def _surface(rng, tiles, x_m, z_m, footprint_m):
    name, texels_per_m, draw_colour = SURFACES[rng.integers(len(SURFACES))]
    turn = rng.uniform(0, np.pi)
    c, s = np.float32(np.cos(turn)), np.float32(np.sin(turn))
    scale = texels_per_m * rng.uniform(0.5, 1.5)
    detail = textures.sample(tiles[name], c * x_m + s * z_m, c * z_m - s * x_m, scale, footprint_m)
    tone = _flat(draw_colour(rng))
    detail = 1 + (detail - 1) * np.float32(rng.uniform(0.5, 1.5))
    return cv2.merge([channel * detail for channel in tone])


def _draw_band(rng, x_m, z_m):
    """A road or path: coordinates along and across it, bent, and its half width in metres."""
    turn, bend = rng.uniform(0, np.pi), rng.normal(0, 0.012)
    c, s = np.float32(np.cos(turn)), np.float32(np.sin(turn))
    z0 = np.float32(rng.uniform(4, 30))
    along, across = c * x_m + s * (z_m - z0), c * (z_m - z0) - s * x_m
    across = across + np.float32(bend) * along**2
    return along, across - np.float32(rng.uniform(-4, 4)), np.float32(rng.uniform(0.7, 6.0))


def _add_stain(rng, ground, x_m, z_m, footprint_m):
    z0 = rng.uniform(4, 25)
    x0, stretch = rng.uniform(-0.5, 0.5) * z0, rng.uniform(0.5, 2.5)
    radius, share = rng.uniform(0.2, 1.5), rng.uniform(-0.4, 0.6)
    rows = np.flatnonzero(np.abs(z_m[:, 0] - z0) < radius + 1)
    if rows.size:
        part = np.s_[rows[0] : rows[-1] + 1]
        distance = np.hypot((x_m[part] - np.float32(x0)) / np.float32(stretch), z_m[part] - np.float32(z0))
        ground[part] *= (
            1 - (_soft(distance - np.float32(radius), footprint_m[part] + 0.1) * np.float32(share))[..., None]
        )


def _soft(signed_distance, footprint_m):
    """1 inside (negative distance), 0 outside, a ramp one pixel wide between."""
    return np.clip(0.5 - signed_distance / footprint_m, 0, 1)


def _line(distance, half_width_m, footprint_m):
    return _soft(np.abs(distance) - np.float32(half_width_m), footprint_m)


def _flat(display):
    return colour.rgb(*display)
