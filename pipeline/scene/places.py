"""Composed places: a ground plane, buildings and a sky, cast ray by ray from the camera's view.

Randomization in the sense of Tobin et al. (2017): wide, but every place could exist in front of a camera.
"""

import numpy as np

from pipeline.scene import colour
from pipeline.scene.billboards import draw_billboard
from pipeline.scene.ground import draw_ground
from pipeline.scene.layer import lay_into
from pipeline.scene.things import CLUTTER, OCCLUDERS, draw_thing
from pipeline.scene.walls import draw_wall

FAR_M = 400.0
BILLBOARD_SHARE = 0.3  # of the things
SMALLEST_PX = 30.0  # things stand where a person would be at least this tall


def draw_place(rng, view, light, effect, tiles, photographs):
    """A random place under the given light: (float32 (H, W, 3) linear light, float32 (H, W) depth in m).

    Things stand in it; the depth map says what they and the walls hide.
    """
    right, down, forward = view.rays()
    depth = np.where(down > 1e-4, view.camera_height_m / np.maximum(down, 1e-4), np.float32(FAR_M * 4))
    depth = np.repeat(depth.astype(np.float32), view.width_px, axis=1)
    image = _draw_sky(rng, view)
    _fill_ground(rng, image, view, light, tiles, right, forward, depth)
    for _ in range(rng.integers(0, 4)):
        wall_depth = _fill_wall(rng, image, view, light, tiles, photographs, (right, down, forward), depth)
        np.minimum(depth, wall_depth, out=depth)
    kinds = [CLUTTER] * rng.integers(effect.clutter_range[0], effect.clutter_range[1] + 1)
    kinds += [OCCLUDERS] * rng.integers(effect.occluder_range[0], effect.occluder_range[1] + 1)
    found = [_draw_standing(rng, tiles, photographs, light, view, kind, depth) for kind in kinds]
    for layer in sorted((layer for layer in found if layer), key=lambda layer: -layer.depth_m):
        lay_into(image, depth, layer)
    return image, np.minimum(depth, FAR_M)


def _draw_standing(rng, tiles, photographs, light, view, kinds, depth):
    """A thing on open ground, or None where a wall is in its place."""
    top = max(view.row_with_person_height(SMALLEST_PX), 0)
    u, v = rng.uniform(-0.05, 1.05) * view.width_px, rng.uniform(top, view.height_px * 1.05)
    if rng.uniform() < BILLBOARD_SHARE:
        thing = draw_billboard(rng, photographs, light, view, *view.ground_point(u, v))
    else:
        thing = draw_thing(rng, tiles, light, view, *view.ground_point(u, v), kinds)
    at = depth[min(int(v), view.height_px - 1), int(np.clip(u, 0, view.width_px - 1))]
    return thing if thing.depth_m < 1.05 * at else None


def _draw_sky(rng, view):
    low, high = (
        colour.rgb(*colour.greyish(rng, 170, 255, 10)),
        colour.rgb(*(np.array([0.8, 0.92, 1.1]) * rng.uniform(120, 230))),
    )
    share = np.linspace(0, 1, view.height_px, dtype=np.float32)[:, None, None]
    return np.broadcast_to(high + (low - high) * share, (view.height_px, view.width_px, 3)).astype(np.float32)


def _fill_ground(rng, image, view, light, tiles, right, forward, depth):
    first = int(np.argmax(depth[:, 0] < FAR_M))  # the first row under the haze of the horizon
    if depth[first, 0] >= FAR_M:
        return
    z = depth[first:]
    x_m, z_m = z * right, z * forward[first:]
    # of a pixel on the ground: z / f across, z^2 / (H f) along; their geometric mean
    footprint_m = z * np.sqrt(z / view.camera_height_m) / view.focal_px
    light_row = np.tile(light.on(np.array(light.up, np.float32)), (view.width_px, 1))
    image[first:] = draw_ground(rng, tiles, x_m, z_m, footprint_m) * light_row


def _fill_wall(rng, image, view, light, tiles, photographs, rays, depth):
    """One building: an upright plane c = x*sin(turn) + z*cos(turn), long or short. Returns its depth, inf elsewhere."""
    right, down, forward = rays
    turn = rng.normal(0, 0.5)
    sin, cos = np.float32(np.sin(turn)), np.float32(np.cos(turn))
    distance, height = rng.uniform(14, 70), rng.uniform(2.5, 25)
    left = rng.uniform(-1.2, 0.6) * distance
    length = rng.uniform(0.3, 3.0) * distance
    reach = right * sin + forward * cos
    wall_depth = np.where(reach > 1e-3, np.float32(distance) / np.maximum(reach, 1e-3), np.inf).astype(
        np.float32
    )
    up_m = view.camera_height_m - wall_depth * down
    along_m = wall_depth * (right * cos - forward * sin)
    seen = (wall_depth < depth) & (up_m >= 0) & (up_m < height) & (along_m > left) & (along_m < left + length)
    rows = np.flatnonzero(seen.any(axis=1))
    if rows.size == 0:
        return np.full(depth.shape, np.inf, np.float32)
    part = slice(rows[0], rows[-1] + 1)
    footprint_m = np.minimum(wall_depth[part], FAR_M) / view.focal_px

    def shown(position_m):  # without the infinities of rays that never meet the wall
        return np.where(seen[part], position_m[part], 0).astype(np.float32)

    facade = draw_wall(
        rng, tiles, photographs, shown(along_m), shown(up_m), footprint_m
    )
    towards = _facing(light.up, turn)
    image[part] = np.where(seen[part][..., None], facade * light.on(towards), image[part])
    return np.where(seen, wall_depth, np.inf)


def _facing(up, turn):
    """Camera-space normal of a wall turned by `turn` about the upright axis, seen from a pitched camera."""
    pitch = np.arctan2(up[2], -up[1])
    across, back = -np.sin(turn), np.cos(turn)
    return np.array([across, back * np.sin(pitch), back * np.cos(pitch)], np.float32)
