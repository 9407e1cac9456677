"""Where people stand: on a ground plane as the view sees it, or anywhere, as a naive composite pastes them."""

import cv2
import numpy as np

from pipeline.scene import dress
from pipeline.scene.layer import Layer, Patch
from pipeline.scene.poses import is_open
from pipeline.scene.shadow import cast_shadow, contact_shadow

PITCH_TOLERANCE_DEG = 6.0

WALKED_SIGMA_COLUMN, WALKED_SIGMA_ROW = 0.3, 0.12
"""How far from a point where a person was seen another may stand, as shares of that person's height."""


def spread(crowd, view, height_px_range):
    """A foot point (column, row) in px for everyone, anywhere on the rows where people have such heights."""
    top = view.row_with_person_height(height_px_range[0])
    bottom = min(view.row_with_person_height(height_px_range[1]), view.height_px * 1.06)
    return [
        (
            (person.position_share[0] * 1.06 - 0.03) * view.width_px,
            top + person.position_share[1] * max(bottom - top, 1.0),
        )
        for person in crowd
    ]


def where_walked(rng, feet_px, walked_px, probability, view):
    """Foot points of which this share lies near points where people were seen, (N, 2) px, the others as they were."""
    near = []
    for foot in feet_px:
        column, row = walked_px[rng.integers(len(walked_px))]
        height = view.person_height_px(row)
        seen = (
            column + rng.normal(0, WALKED_SIGMA_COLUMN) * height,
            row + rng.normal(0, WALKED_SIGMA_ROW) * height,
        )
        near.append(seen if rng.uniform() < probability else foot)
    return near


def place_on_ground(crowd, feet_px, atlas, view, light, depth_m):
    """Those on open ground, at their size and seen from the view's angle: list of Layer.

    feet_px: where each stands, (column, row), unless beside the one before. depth_m: float32 (H, W), the place's
    depth map. Who would stand inside a building or a thing is left out.
    """
    layers, before = [], None
    for person, foot_px in zip(crowd, feet_px, strict=True):
        if person.beside and before:
            x, z = before[0] + person.side_m[0], before[1] + person.side_m[1]
        else:
            x, z = view.ground_point(*foot_px)
        before = x, z
        near = z < 0.4 * view.camera_height_m  # under the camera
        if not near and is_open(view, depth_m, x, z):
            layers.append(_stand(person, atlas, view, light, x, z))
    return layers


def _stand(person, atlas, view, light, x_m, z_m):
    """One person at ground point (x, z), walking where the sprite faces."""
    sprite = _choose(atlas, person, view.down_angle_deg(z_m))
    u, v, depth = (float(value) for value in view.project(x_m, 0.0, z_m))
    _, _, middle_depth = view.project(x_m, sprite.stature_m / 2, z_m)
    scale = view.focal_px / float(middle_depth) / sprite.px_per_m
    patch = _patch(sprite, person, light, scale, (u, v))
    velocity = (0.0, 0.0)
    if _walks(sprite):
        heading = np.deg2rad(-sprite.yaw_deg if person.mirrored else sprite.yaw_deg)
        dx, dz = person.speed_m_s * np.sin(heading), -person.speed_m_s * np.cos(heading)
        u1, v1, _ = view.project(x_m + 0.01 * dx, 0.0, z_m + 0.01 * dz)
        velocity = (float(u1 - u) * 100, float(v1 - v) * 100)
    shadows = [contact_shadow((u, v), 0.22 * scale * sprite.px_per_m)]
    if light.shadow_strength > 0.02:
        shadows.append(cast_shadow(patch, (u, v), light))
    return Layer(patch, (u, v), depth, velocity, person=True, shadows=tuple(shadows))


def place_anywhere(crowd, atlas, light, width_px, height_px, height_px_range):
    """Everyone at a random position and size, whatever the picture behind shows: list of Layer."""
    layers = []
    low, high = np.log(height_px_range)
    for number, person in enumerate(crowd):
        sprite = _choose(atlas, person, 20.0, tolerance_deg=90.0)
        across, along = person.position_share
        height = np.exp(low + (high - low) * person.size_share)
        scale = height / sprite.alpha.shape[0]
        foot = across * width_px, height / 2 + along * height_px
        patch = _patch(sprite, person, light, scale, foot)
        speed = (1 if person.mirrored else -1) * person.speed_m_s * scale * sprite.px_per_m
        layers.append(
            Layer(patch, foot, 10.0 + 0.01 * number, (speed if _walks(sprite) else 0.0, 0.0), person=True)
        )
    return layers


def _choose(atlas, person, pitch_deg, tolerance_deg=PITCH_TOLERANCE_DEG):
    """A sprite seen from about that angle; the nearest ones when none is within the tolerance."""
    pitches_deg, sprites = atlas.by_pitch
    off_deg = np.abs(pitches_deg - pitch_deg)
    count = max(np.count_nonzero(off_deg <= tolerance_deg), min(24, len(sprites)))
    nearest = np.argsort(off_deg, kind="stable")  # quick: it falls, then rises
    return atlas[sprites[nearest[int(person.sprite_share * count)]]]


def _walks(sprite):
    return sprite.pose.startswith("walk")


def _patch(sprite, person, light, scale, foot_px):
    """The lit sprite with its foot anchor at foot_px."""
    pattern = dress.draw_pattern(np.random.default_rng(person.pattern_seed), sprite.alpha.shape)
    rgba = dress.light_sprite(sprite, person.palette, pattern, light, scale)
    h, w = rgba.shape[:2]
    fx = sprite.foot_xy[0] * w / sprite.alpha.shape[1]
    fy = sprite.foot_xy[1] * h / sprite.alpha.shape[0]
    if person.mirrored:
        rgba, fx = cv2.flip(rgba, 1), w - fx
    return Patch(rgba, foot_px[0] - fx, foot_px[1] - fy)
