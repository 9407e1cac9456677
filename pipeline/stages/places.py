"""Stage `places`: composed places for domain randomization -> data/out/places/{train,test}."""

from functools import cache, partial
from pathlib import Path

import cv2
from tqdm import tqdm

from pipeline.config import load_params
from pipeline.data.files import atomic_folder, write_json
from pipeline.errors import main
from pipeline.scene.bank import save_place
from pipeline.scene.light import draw_light
from pipeline.scene.photographs import load_backgrounds
from pipeline.scene.places import draw_place
from pipeline.scene.streams import SPLITS, stream
from pipeline.scene.textures import load_tiles
from pipeline.scene.view import draw_view
from pipeline.workers import start_workers

OUT = Path("data/out/places")
PHOTOS = Path("data/out/real/photos")
_worker = {}


def run():
    params = load_params()
    effect = params.effects.places
    counts = {"train": effect.train_places, "test": effect.test_places}
    with atomic_folder(OUT) as folder:
        jobs = [(split, number) for split in SPLITS for number in range(counts[split])]
        with start_workers(_start, params) as pool:
            made = pool.map(partial(_make, folder), jobs, chunksize=4)
            records = list(tqdm(made, "places", len(jobs), unit="place", disable=None))
        made = list(zip(jobs, records, strict=True))
        index = {split: [record for (name, _), record in made if name == split] for split in SPLITS}
        write_json(folder / "index.json", index)
    print(f"places: {len(jobs)} places in {OUT}")


def _start(params):
    cv2.setNumThreads(1)
    _worker.update(params=params)


@cache
def _stock():
    """Tiles and photographs, loaded by the first job: its error is told, one of `_start` breaks the pool."""
    return load_tiles(PHOTOS), load_backgrounds(PHOTOS)


def _make(folder, job):
    split, number = job
    params = _worker["params"]
    effect = params.effects.places
    streams = partial(stream, params.seed, split, number)
    view = draw_view(streams("view"), effect, params.scenes.width_px, params.scenes.height_px)
    light = draw_light(streams("light"), effect.sun_probability, effect.shadow_strength_range, view.pitch_deg)
    image, depth_m = draw_place(streams("place"), view, light, effect, *_stock())
    return save_place(folder / split, number, image, depth_m, view, light)


if __name__ == "__main__":
    main(run)
