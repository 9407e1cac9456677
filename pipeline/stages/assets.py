"""Stage `assets`: a crowd of dressed people as an atlas of sprites, and a contact sheet to look at."""

import os
from pathlib import Path

import numpy as np

from pipeline.config import load_params
from pipeline.data.files import write_image
from pipeline.errors import main
from pipeline.scene.atlas import Atlas
from pipeline.scene.body import load_body
from pipeline.scene.contact_sheet import contact_sheet
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
    atlas = make_atlas(Wardrobe(load_body()), params.assets, params.seed, workers=cores)
    atlas.save(OUT)
    write_image(OUT / "contact_sheet.png", contact_sheet(atlas))
    print(f"assets: {len(atlas)} dressed people in {OUT}")


def make_atlas(wardrobe, assets, seed, workers):
    """Render `assets.people` sprites; the result does not depend on the number of workers."""
    # One yaw in each of as many equal parts of the circle, in random order.
    rng = np.random.default_rng([seed, SALT])
    yaws_deg = (rng.permutation(assets.people) + rng.random(assets.people)) * (360 / assets.people)
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
