"""The atlas of a category of the user's own things: cutouts as they are, meshes from many sides."""

import numpy as np

from pipeline.errors import DataError
from pipeline.scene import colour
from pipeline.scene.atlas import Atlas
from pipeline.scene.cutouts import SUFFIXES as PICTURES
from pipeline.scene.cutouts import cutout_sprite
from pipeline.scene.mesh_sprite import linear_texture, render_thing
from pipeline.scene.meshes import SUFFIXES as MESHES
from pipeline.scene.meshes import load_surface
from pipeline.scene.own_files import category_files
from pipeline.scene.sprite import SAMPLES

SUFFIXES = {"cutouts": PICTURES, "meshes": MESHES}
MOST_WALL_YAW_DEG = 80.0  # a thing on a wall shows no more of its side
ASIDE_DEG = np.array([1.0, 1.0, 0.0])  # a sheet that is seen from its edge is looked at from there


def cutouts_atlas(name, category, assets):
    """One sprite a picture, no higher than the atlas' sprites or the picture that a scene may show."""
    most_px = max(assets.sprite_height_px, round(category.height_px_range[1]))
    files = category_files(category.folder, name, SUFFIXES["cutouts"])
    return Atlas.of([cutout_sprite(path, number, most_px) for number, path in enumerate(files)])


def meshes_atlas(name, category, assets, seed):
    """`category.sprites` views of the files, which take turns. seed: list of int of the category's own.

    Things without colours get one for every sprite.
    """
    files = category_files(category.folder, name, SUFFIXES["meshes"])
    rng = np.random.default_rng(seed)
    views_deg = draw_views_deg(rng, category, assets.pitch_deg_range)
    sprites = {}
    for number, path in enumerate(files):
        mine = range(number, category.sprites, len(files))
        if mine:
            surface = load_surface(path, category.up_axis)
            most_px = 2 * SAMPLES * assets.sprite_height_px
            textures = [linear_texture(display, most_px) for display in surface.textures]
        for i in mine:
            drawn = colour.rgb(*colour.any_colour(np.random.default_rng([*seed, i])))
            tint = np.ones(3) if surface.is_coloured else drawn
            views = (views_deg[i], views_deg[i] + ASIDE_DEG)
            seen = (render_thing(surface, textures, view, assets.sprite_height_px, tint, path.name, number)
                    for view in views)  # fmt: skip
            sprites[i] = next((sprite for sprite in seen if sprite is not None), None)
            if sprites[i] is None:
                raise DataError(f"{path}: expected a thing that can be seen, found nothing but holes; replace the mesh")
    return Atlas.of([sprites[i] for i in range(category.sprites)])


def draw_views_deg(rng, category, pitch_deg_range):
    """Yaw, pitch and roll of every sprite, (N, 3): as its placement shows a thing.

    On the ground it is seen from all round, from above; on a wall from before it, from above and below; free, any
    rotation is as likely as any other.
    """
    count = category.sprites
    turns = (rng.permutation(count) + rng.random(count)) / count  # one in each of as many equal parts
    if category.placement == "free":
        return np.stack(
            [360 * turns, np.rad2deg(np.arcsin(rng.uniform(-1, 1, count))), rng.uniform(0, 360, count)], axis=1
        )
    if category.placement == "wall":
        steepest = pitch_deg_range[1]
        yaws, pitches = MOST_WALL_YAW_DEG * (2 * turns - 1), rng.uniform(-steepest, steepest, count)
    else:
        yaws, pitches = 360 * turns, rng.uniform(*pitch_deg_range, count)
    return np.stack([yaws, pitches, np.zeros(count)], axis=1)
