"""The user's own things as layers: flat ones through a homography, others as the sprite that fits the view."""

import cv2
import numpy as np

from pipeline.scene import planar
from pipeline.scene.dress import light_paint, paint_thing
from pipeline.scene.layer import Layer, Patch
from pipeline.scene.placement import PITCH_TOLERANCE_DEG
from pipeline.scene.poses import PLACEMENTS, pasted
from pipeline.scene.shadow import cast_shadow, contact_shadow
from pipeline.scene.upright import up_of

FITTING, FITTING_WALL = 24, 4  # of so many sprites, those that fit the view best, one is taken
STEP_S = 0.001


def place_things(category, things, view, light, depth_m):
    """The things that find a place before a background, lit: list of Layer. depth_m: float32 (H, W)."""
    place = PLACEMENTS[category.params.placement]
    layers = []
    for thing in things:
        pose = place(thing, category.params, _seen(category, thing), view, depth_m)
        layers.append(pose and _layer(category, thing, pose, view, light))
    return [layer for layer in layers if layer]


def paste_things(category, things, view, light):
    """All things, anywhere: list of Layer."""
    layers = []
    for number, thing in enumerate(things):
        pose = pasted(thing, category.params, _seen(category, thing), view, number)
        layers.append(_layer(category, thing, pose, view, light))
    return [layer for layer in layers if layer]


def _seen(category, thing):
    """Width and height of the thing's picture in units of its own height, as long as any view of it will do."""
    i = _any(category, thing)
    return category.atlas.sizes[i][::-1] / category.atlas.meta[i].px_per_m


def _any(category, thing):
    return int(thing.sprite_share * len(category.atlas))


def _layer(category, thing, pose, view, light):
    """A thing as it is held; None where it reaches the camera."""
    if category.params.kind == "cutouts":
        sprite = category.atlas[_any(category, thing)]
        patch, facing = _flat(sprite, thing, pose, view, light), None
    else:
        sprite = category.atlas[_fitting(category, thing, pose, view)]
        mirrored = thing.mirrored and category.params.placement != "wall"  # which decides where it faces
        patch = _solid(sprite, mirrored, pose, view, light)
        facing = -sprite.yaw_deg if mirrored else sprite.yaw_deg
    if patch is None:
        return None
    (u, v), depth_m = planar.project(pose.anchor_m[None], view)[0], float(pose.anchor_m[2])
    shadows = []
    if pose.stands:
        shadows = [contact_shadow((u, v), 0.4 * patch.values.shape[1])]
        if light.shadow_strength > 0.02:
            shadows.append(cast_shadow(patch, (u, v), light))
    return Layer(
        patch,
        (float(u), float(v)),
        depth_m,
        _velocity(category.params.placement, thing, pose, facing, view),
        person=True,
        category_id=category.id,
        shadows=tuple(shadows),
    )


def _flat(sprite, thing, pose, view, light):
    """The sprite on a board."""
    h, w = sprite.alpha.shape
    size = pose.height_m * w / h, pose.height_m
    centre = pose.anchor_m - pose.down * (pose.height_m / 2 if pose.stands else 0)
    board = planar.Board(centre, pose.across, pose.down, *size)
    paint = paint_thing(sprite)
    patch = planar.see(cv2.flip(paint, 1) if thing.mirrored else paint, board, view)
    if patch is None:
        return None
    lit = light.on(np.float32(board.normal_to_light())[None])[0]
    return Patch(patch.values * np.float32([*lit, 1]), patch.x0, patch.y0)


def _solid(sprite, mirrored, pose, view, light):
    """The sprite as it is, with its foot or its middle at the anchor."""
    depth_m = pose.anchor_m[2] + (pose.height_m / 2 * up_of(view)[2] if pose.stands else 0)  # of the middle
    scale = view.focal_px / depth_m * pose.height_m / sprite.px_per_m
    rgba = light_paint(paint_thing(sprite), sprite.normal, light, scale)
    h, w = rgba.shape[:2]
    x, y = w / 2, h / 2
    if pose.stands:
        x, y = np.multiply(sprite.foot_xy, [w, h]) / sprite.alpha.shape[::-1]
    if mirrored:
        rgba, x = cv2.flip(rgba, 1), w - x
    u, v = planar.project(pose.anchor_m[None], view)[0]
    return Patch(rgba, float(u - x), float(v - y))


def _fitting(category, thing, pose, view):
    """The number of one of the sprites that show the thing about as the camera would see it."""
    placement, meta = category.params.placement, category.atlas.meta
    if placement == "free" or not (pose.stands or placement == "wall"):
        return _any(category, thing)
    ray = pose.anchor_m / np.linalg.norm(pose.anchor_m)
    off_deg = np.array([one.pitch_deg for one in meta]) + np.rad2deg(np.arcsin(ray @ up_of(view)))
    count = max(int(np.sum(np.abs(off_deg) <= PITCH_TOLERANCE_DEG)), FITTING)
    if placement == "wall":
        normal = -np.cross(pose.across, pose.down)
        yaw_deg = np.rad2deg(np.arctan2(normal[0], -normal[2]) + np.arctan2(ray[0], ray[2]))
        off_deg = np.hypot(off_deg, np.array([one.yaw_deg for one in meta]) - yaw_deg)
        count = FITTING_WALL
    nearest = np.argsort(np.abs(off_deg), kind="stable")
    return int(nearest[int(thing.sprite_share * min(count, len(meta)))])


def _velocity(placement, thing, pose, facing_deg, view):
    """Its speed in the picture at t = 0, px/s: on the ground it goes where it faces; a wall does not move."""
    if placement == "wall" or thing.speed_m_s == 0:
        return 0.0, 0.0
    heading = thing.heading_rad if facing_deg is None else np.deg2rad(facing_deg)
    if pose.stands:
        pitch = np.deg2rad(view.pitch_deg)
        direction = np.array([np.sin(heading), np.cos(heading) * np.sin(pitch), -np.cos(heading) * np.cos(pitch)])
    elif placement == "ground":  # on a photograph: to the side
        direction = np.array([np.sin(heading), 0.0, 0.0])
    else:
        direction = np.array([np.cos(thing.heading_rad), np.sin(thing.heading_rad), 0.0])
    here = pose.anchor_m[None]
    moved = planar.project(here + STEP_S * thing.speed_m_s * direction, view) - planar.project(here, view)
    return tuple(float(speed) for speed in moved[0] / STEP_S)
