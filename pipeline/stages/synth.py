"""Stage `synth <rung>`: scenes of a rung, photographed -> data/out/synth/<rung>/{train,test}, plain COCO."""

import os
from functools import cache, partial
from pathlib import Path

import cv2
from tqdm import tqdm

from pipeline.categories import coco_categories
from pipeline.data.coco import Annotation, Image, write_coco
from pipeline.data.files import atomic_folder, write_bytes, write_image
from pipeline.errors import main
from pipeline.scene.draw import draw, load_stock
from pipeline.scene.recipe import read_recipe
from pipeline.scene.streams import SPLITS, stream
from pipeline.workers import start_workers
from sensors import Camera

OUT = Path("data/out/synth")
RECIPES = Path("data/out/recipes")
STOCK = (
    Path("data/out/assets"),
    Path("data/out/real/photos"),
    Path("data/out/places"),
    Path("data/out/calibration"),
)
HIDDEN_BELOW = 0.5  # persons seen by less than this are regions to ignore
_worker = {}


def run(rung):
    recipe = read_recipe(RECIPES / f"{rung}.json")
    counts = {"train": recipe.scenes.train_images, "test": recipe.scenes.test_images}
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # for the workers: there is one for every core
    with atomic_folder(OUT / rung) as folder:
        jobs = [(split, index) for split in SPLITS for index in range(counts[split])]
        with start_workers(_start, recipe) as pool:
            photos = pool.map(partial(_photograph, folder), jobs, chunksize=4)
            done = list(tqdm(photos, f"synth {rung}", len(jobs), unit="image", disable=None))
        for split in SPLITS:
            records = [record for (name, _), record in zip(jobs, done, strict=True) if name == split]
            _write_annotations(folder / split, records, coco_categories(recipe.categories))
    boxes = sum(len(labels) for _, labels, _ in done)
    print(f"synth: {len(jobs)} images with {boxes} boxes in {OUT / rung}")


def _start(recipe):
    cv2.setNumThreads(1)
    cv2.ipp.setUseIPP(False)  # for a picture as small as a person, OpenCV's own code is quicker by up to ten times
    _worker.update(recipe=recipe)


@cache
def _stock():
    """Loaded by the first job, whose error is told; an error of `_start` would only break the pool."""
    return load_stock(_worker["recipe"], *STOCK)


def _photograph(folder, job):
    """Make and save one image; returns its COCO record without ids: (Image, labels, their category ids)."""
    split, index = job
    recipe = _worker["recipe"]
    scene, profile = draw(recipe, _stock(), split, index)
    photo = Camera(profile).photograph(scene, stream(recipe.seed, split, index, "photons"))
    # A BMP is as large as a PNG without compression, is encoded in half the time and read in a seventh.
    name = f"{index:05d}.{'jpg' if photo.jpeg else 'bmp'}"
    path = folder / split / "images" / name
    if photo.jpeg:
        write_bytes(path, photo.jpeg)  # the camera's own file, not compressed again
    else:
        write_image(path, photo.image)
    categories = [scene.actors[label.actor].category_id for label in photo.labels]
    return Image(index, name, scene.width, scene.height), photo.labels, categories


def _write_annotations(folder, records, categories):
    annotations = []
    for image, labels, category_ids in records:
        for label, category_id in zip(labels, category_ids, strict=True):
            extra = {
                "visible_fraction": label.visible_fraction,
                "truncation": label.truncation,
                "blur_px": label.blur_px,
                "skew_px": label.skew_px,
            }
            hidden = label.visible_fraction * (1 - label.truncation) < HIDDEN_BELOW
            annotations.append(
                Annotation(
                    len(annotations) + 1,
                    image.id,
                    tuple(label.box),
                    hidden,
                    {key: round(float(value), 3) for key, value in extra.items()},
                    category_id,
                )
            )
    write_coco(folder / "annotations.json", [image for image, *_ in records], annotations, categories)


if __name__ == "__main__":
    main(run)
