"""The buildings of a composed place: upright planes of brick, plaster or a photograph, with rows of windows."""

import cv2
import numpy as np

from pipeline.scene import colour, textures


def draw_wall(rng, tiles, photographs, along_m, up_m, footprint_m):
    """Reflectance of a facade at points (along_m, up_m), float32 (h, W): float32 (h, W, 3) linear."""
    kind = rng.uniform()
    if kind < 0.4:
        facade = _photograph(rng, photographs, along_m, up_m)
    else:
        name, scale = (("brick", 170.0), ("plaster", 60.0), ("concrete", 60.0))[rng.integers(3)]
        tone = (
            np.array([1.0, 0.7, 0.52]) * rng.uniform(90, 190) + rng.normal(0, 12, 3)
            if kind < 0.7
            else colour.greyish(rng, 80, 235, 14)
        )
        detail = textures.sample(tiles[name], along_m, up_m, scale * rng.uniform(0.6, 1.4), footprint_m)
        facade = colour.rgb(*tone) * detail[..., None]
    if rng.uniform() < 0.75:
        _add_windows(rng, facade, along_m, up_m, footprint_m)
    _add_fittings(rng, facade, along_m, up_m, footprint_m)
    base = rng.uniform(0.0, 1.0)
    facade *= np.where(up_m < base, np.float32(rng.uniform(0.5, 1.0)), 1)[..., None]
    return facade


def _photograph(rng, photographs, along_m, up_m):
    picture = photographs[rng.integers(len(photographs))]
    h, w = picture.shape[:2]
    px_per_m = np.float32(h / rng.uniform(4, 14))
    x = np.mod(along_m * px_per_m, 2 * w)
    x = np.minimum(x, 2 * w - 1 - x)  # mirrored at its sides, so that it goes on
    y = h - 1 - np.mod(up_m * px_per_m, h)
    seen = cv2.remap(
        picture,
        x.astype(np.float32),
        y.astype(np.float32),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REFLECT_101,
    )
    return colour.to_linear(seen)


def _add_windows(rng, facade, along_m, up_m, footprint_m):
    period_x, period_y = rng.uniform(1.2, 5.0), rng.uniform(2.6, 4.0)
    width, height = period_x * rng.uniform(0.35, 0.92), period_y * rng.uniform(0.3, 0.7)
    x = np.mod(along_m + rng.uniform(0, period_x), np.float32(period_x)) - np.float32(period_x / 2)
    y = np.mod(up_m - np.float32(rng.uniform(0.4, 1.6)), np.float32(period_y))
    distance = np.maximum(np.abs(x) - width / 2, np.abs(y - height / 2) - height / 2)
    glass = np.clip(0.5 - distance / footprint_m, 0, 1)[..., None]
    frame = np.clip(0.5 - (np.abs(distance) - 0.07) / footprint_m, 0, 1)[..., None]
    cell = np.floor(along_m / period_x) * 7 + np.floor(up_m / period_y) * 13
    shade = (0.4 + 0.6 * np.mod(np.abs(cell) * 0.61803, 1.0))[..., None]
    tone = colour.rgb(*(np.array([0.8, 0.95, 1.1]) * rng.uniform(20, 140)))
    facade += (tone * shade - facade) * glass
    facade += (colour.rgb(*colour.any_colour(rng)) - facade) * frame * np.float32(rng.uniform(0, 1))


def _add_fittings(rng, facade, along_m, up_m, footprint_m):
    """Doors, pipes, boxes, stairs' rails: upright shapes of a person's size on the wall, which are no persons."""
    low, high = float(along_m.min()), float(along_m.max())
    reach = min(high - low, 60.0)
    for _ in range(rng.integers(0, 14)):
        x = low + rng.uniform(0, 1) * reach
        kind, tone = (
            rng.uniform(),
            colour.any_colour(rng) if rng.uniform() < 0.4 else colour.greyish(rng, 10, 240, 10),
        )
        if kind < 0.35:  # door
            left, right, bottom, top = x, x + rng.uniform(0.8, 2.5), 0.0, rng.uniform(2.0, 3.0)
        elif kind < 0.65:  # pipe, column, corner
            left, right, bottom, top = x, x + rng.uniform(0.08, 0.6), rng.uniform(-1, 2), rng.uniform(3, 20)
        else:  # box, vent, notice
            bottom = rng.uniform(0.0, 3.5)
            left, right, top = x, x + rng.uniform(0.3, 1.2), bottom + rng.uniform(0.3, 2.2)
        distance = np.maximum(
            np.maximum(left - along_m, along_m - right), np.maximum(bottom - up_m, up_m - top)
        )
        inside = np.clip(0.5 - distance / footprint_m, 0, 1)[..., None]
        edge = np.clip(0.5 - (np.abs(distance) - 0.04) / footprint_m, 0, 1)[..., None]
        facade += (colour.rgb(*tone) - facade) * inside
        facade += (colour.rgb(*(tone * rng.uniform(0.3, 1.4))) - facade) * edge
