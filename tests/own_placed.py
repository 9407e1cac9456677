"""A view, depth maps, and categories of own things to place before them."""

import numpy as np

from pipeline.scene.objects import Category, draw_things
from pipeline.scene.own_atlas import cutouts_atlas, meshes_atlas
from pipeline.scene.view import View
from tests import own_things

VIEW = View(768, 576, 4.0, 14.0, 800.0)
OPEN = np.full((576, 768), 1000.0, np.float32)


def ground_depth(view=VIEW):
    depth = view.camera_height_m / np.maximum(view.rays()[1], 0.01)
    return np.minimum(np.repeat(depth, view.width_px, axis=1), 400.0).astype(np.float32)


def signs(folder, **changes):
    params = own_things.cutouts(folder, count_range=(200, 200), **changes)
    return Category(1, "sign", params, cutouts_atlas("sign", params, own_things.tiny_params(folder).assets))


def solids(folder, name, **changes):
    params = own_things.meshes(folder, count_range=(200, 200), **changes)
    return Category(1, name, params, meshes_atlas(name, params, own_things.tiny_params(folder).assets, [7]))


def drawn(category, seed=1):
    return draw_things(np.random.default_rng([seed]), category.params)


def wall_depth(view, normal, distance_m):
    """Depth map of the plane normal . P = distance, of ground coordinates (x right, y up, z forward), else 1000."""
    right, down, forward = view.rays()
    toward = normal[0] * right - normal[1] * down + normal[2] * forward
    offset = distance_m - normal[1] * view.camera_height_m
    depth = np.where(toward > 1e-3, offset / np.maximum(toward, 1e-3), 1000.0)
    return np.minimum(depth, 1000.0).astype(np.float32)
