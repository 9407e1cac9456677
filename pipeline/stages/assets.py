"""Stage `assets`: a crowd of dressed people as an atlas of sprites, and a contact sheet to look at."""

import multiprocessing
import os
from pathlib import Path

import numpy as np

from pipeline.config import load_params
from pipeline.data.files import write_image
from pipeline.errors import main
from pipeline.scene.atlas import Atlas
from pipeline.scene.body import load_body
from pipeline.scene.clothes import Wardrobe
from pipeline.scene.contact_sheet import contact_sheet
from pipeline.scene.people import make_mesh, sample_person
from pipeline.scene.sprite import render_sprite

OUT = Path("data/out/assets")
SALT = 1  # keeps these draws apart from those of the scenes

_worker = {}


def run():
    params = load_params()
    atlas = make_atlas(Wardrobe(load_body()), params.assets, params.seed, workers=len(os.sched_getaffinity(0)))
    atlas.save(OUT)
    write_image(OUT / "contact_sheet.png", contact_sheet(atlas))


def make_atlas(wardrobe, assets, seed, workers):
    """Render `assets.people` sprites; the result does not depend on the number of workers."""
    jobs = [(i, assets.people, seed, assets.pitch_deg_range, assets.sprite_height_px) for i in range(assets.people)]
    if workers == 1:
        _start_worker(wardrobe)
        return Atlas.of([make_sprite(*job) for job in jobs])
    with multiprocessing.get_context("spawn").Pool(workers, _start_worker, [wardrobe]) as pool:
        return Atlas.of(pool.starmap(make_sprite, jobs, chunksize=8))


def _start_worker(wardrobe):
    _worker["wardrobe"] = wardrobe


def make_sprite(i, count, seed, pitch_deg_range, height_px):
    """Sprite of person i of `count`; yaws are spread evenly over the crowd."""
    rng = np.random.default_rng([seed, SALT, i])
    person = sample_person(rng, i)
    mesh = make_mesh(_worker["wardrobe"], person, rng)
    # The golden ratio spreads any number of yaws evenly, whatever subset is looked at.
    yaw_deg = 360 * ((i * 0.6180339887498949 + rng.uniform(0, 1 / count)) % 1)
    return render_sprite(mesh, person, yaw_deg, rng.uniform(*pitch_deg_range), height_px)


if __name__ == "__main__":
    main(run)
