"""A person's clothes: pieces of the suit and the skirt around the body, cut to length and pushed out."""

import numpy as np

from pipeline.scene.bags import BAGS
from pipeline.scene.headwear import hair, hat
from pipeline.scene.rasterize import vertex_normals
from pipeline.scene.wardrobe import HIPS, WAIST, Fitting


def dress(wardrobe, vertices, outfit, rng):
    """Pieces of a person with an outfit: what shows of the body, then the garments.

    vertices: (V, 3) m, the rest pose of `Body.shape`; rng draws the folds of the cloth and the sizes of bags.
    """
    fit = Fitting(wardrobe, vertices, outfit, rng)
    parts = [skin(fit), shoes(fit), *bottom(fit), *top(fit), *coat(fit), *hair(fit), *hat(fit)]
    for bag in outfit.bags:
        parts += BAGS[bag](fit)
    return [piece for piece in parts if len(piece.faces)]


def skin(fit):
    o, margin = fit.o, 0.06
    along, down = fit.w.along, fit.w.down
    hem = o.bottom_hem if o.coat_hem is None else max(o.coat_hem, o.bottom_hem)
    sleeve = 2.0 if o.coat_hem is not None else o.sleeve
    legs = np.minimum(down - hem, o.shoe_top - down) + margin
    trunk = np.maximum(legs, fit.w.collar - o.neckline + 0.012)
    return fit.piece("skin", "body", fit.v, np.where(along < 0, trunk, along - sleeve + margin))


def shoes(fit):
    vertices = fit.loosened(np.full(len(fit.v), 0.009))
    sole = (fit.suit_normals[:, 2] < -0.6) & (fit.w.down > 2.0)
    vertices[sole, 2] -= 0.016
    return fit.piece("shoes", "helper-tights", vertices, fit.between(fit.o.shoe_top, 9, -1))


def bottom(fit):
    o = fit.o
    if o.bottom != "trousers":
        region = "top" if o.bottom == "dress" else "skirt"
        return [skirt(fit, region, o.bottom_hem, o.bottom_loose, layer=2)]
    # Close at the waist, looser towards the hem.
    loose = o.bottom_loose * np.interp(fit.w.down, [WAIST, 0.4, 1.0, 2.0], [0.2, 0.7, 1.1, 1.4])
    # What a long coat hides need not be drawn, and cannot poke through it.
    start = WAIST if o.coat_hem is None else max(WAIST, o.coat_hem - 0.06)
    keep = fit.between(start, o.bottom_hem, -1)
    vertices = fit.loosened(np.maximum(loose, 0.004))
    return [fit.piece("trousers", "helper-tights", vertices, keep, layer=1)]


def top(fit):
    o = fit.o
    hem = WAIST + 0.1 if o.bottom == "dress" else o.top_hem
    shown = o.neckline - fit.w.collar
    if o.coat_hem is not None:  # seen at the collar and where the coat is open
        shown = np.minimum(shown, np.maximum(fit.w.collar + 0.12, front_gap(fit) + 0.1))
    return hanging(fit, "top", hem, o.sleeve, o.top_loose, shown, layer=2)


def coat(fit):
    o = fit.o
    if o.coat_hem is None:
        return []
    shown = np.minimum(o.neckline + 0.01 - fit.w.collar, -front_gap(fit))
    return hanging(fit, "coat", o.coat_hem, 2.05, o.coat_loose, shown, layer=4)


def hanging(fit, region, hem, sleeve, loose, shown, layer):
    """A garment that covers the trunk as the suit does and hangs from the hips like a skirt."""
    vertices = fit.loosened(fit.trunk_looseness(loose))
    keep = np.minimum(fit.between(-9, min(hem, HIPS), sleeve), shown)
    parts = [fit.piece(region, "helper-tights", vertices, keep, layer)]
    if hem > HIPS:
        parts.append(skirt(fit, region, hem, loose, layer, shown))
    return parts


def skirt(fit, region, hem, loose, layer, shown=1.0):
    normals = vertex_normals(fit.v, fit.w.triangles["helper-skirt"])
    push = 0.004 + loose * np.interp(fit.w.down, [WAIST, 0, 2], [0.8, 1.0, 1.4]) + 0.005 * fit.folds
    keep = np.minimum(fit.between(-9, hem, -1), shown)
    return fit.piece(region, "helper-skirt", fit.v + normals * push[:, None], keep, layer)


def front_gap(fit):
    """(V,) positive on the strip down the front where a coat stands open."""
    x, y, _ = fit.w.body.template.T
    front = (y < -0.02) & (fit.w.along < 0)
    return np.where(front, 0.15 * fit.o.coat_open - np.abs(x), -0.15)
