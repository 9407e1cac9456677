"""Stage `assets`: an atlas of sprites of every category, and a contact sheet of each to look at.

data/out/assets holds the atlas of people; folders in it, by the names of their categories, those of other things.
"""

import os
import zlib
from pathlib import Path

import numpy as np

from pipeline.config import load_params
from pipeline.data.files import atomic_folder, write_image
from pipeline.errors import main
from pipeline.scene.atlas import Atlas
from pipeline.scene.body import load_body
from pipeline.scene.contact_sheet import contact_sheet
from pipeline.scene.own_atlas import cutouts_atlas, meshes_atlas
from pipeline.scene.people import make_mesh, sample_person
from pipeline.scene.sprite import render_sprite
from pipeline.scene.wardrobe import Wardrobe
from pipeline.workers import start_workers

OUT = Path("data/out/assets")
SALT = 1  # keeps these draws apart from those of the scenes

_worker = {}


def run():
    params = load_params()
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    with atomic_folder(OUT) as out:
        for name, category in params.assets.categories.items():
            if category.kind == "none":
                continue
            atlas = _make(name, category, params, cores)
            folder = out if category.kind == "people" else out / name
            atlas.save(folder)
            write_image(folder / "contact_sheet.png", contact_sheet(atlas))
            print(f"assets: {len(atlas)} sprites of {name}")


def _make(name, category, params, cores):
    """The atlas of a category."""
    if category.kind == "people":
        return make_atlas(Wardrobe(load_body()), category.sprites, params.assets, params.seed, workers=cores)
    if category.kind == "cutouts":
        return cutouts_atlas(name, category, params.assets)
    return meshes_atlas(name, category, params.assets, [params.seed, SALT, zlib.crc32(name.encode())])


def make_atlas(wardrobe, count, assets, seed, workers):
    """Render `count` sprites of people; the result does not depend on the number of workers."""
    # One yaw in each of as many equal parts of the circle, in random order.
    rng = np.random.default_rng([seed, SALT])
    yaws_deg = (rng.permutation(count) + rng.random(count)) * (360 / count)
    jobs = [(i, yaw, assets, seed) for i, yaw in enumerate(yaws_deg)]
    if workers == 1:
        _start_worker(wardrobe)
        return Atlas.of([make_sprite(*job) for job in jobs])
    with start_workers(_start_worker, wardrobe) as pool:
        return Atlas.of(list(pool.map(make_sprite, *zip(*jobs, strict=True), chunksize=8)))


def _start_worker(wardrobe):
    _worker["wardrobe"] = wardrobe


def make_sprite(i, yaw_deg, assets, seed):
    """Sprite of person i, looking in the direction `yaw_deg`."""
    rng = np.random.default_rng([seed, SALT, i])
    person = sample_person(rng, i)
    mesh = make_mesh(_worker["wardrobe"], person, rng)
    return render_sprite(mesh, person, yaw_deg, rng.uniform(*assets.pitch_deg_range), assets.sprite_height_px)


if __name__ == "__main__":
    main(run)
