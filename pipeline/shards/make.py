"""A shard's files: a pure function of recipe (which follows from params and rung), split and scene numbers."""

import cv2
import numpy as np

from pipeline.categories import coco_categories
from pipeline.data.coco import Annotation, Image, coco_text
from pipeline.scene.draw import Stock, draw
from pipeline.scene.recipe import Recipe
from pipeline.scene.streams import stream
from pipeline.shards.checksums import checksums_of
from pipeline.shards.plan import Shard
from pipeline.shards.tar import tar_of
from sensors import Camera
from sensors.labels import ActorLabel

HIDDEN_BELOW = 0.5  # persons seen by less than this are regions to ignore


def make_shard(recipe: Recipe, stock: Stock, shard: Shard, tarred: bool) -> dict[str, bytes]:
    """{path below the root of the set: content}, in the order in which they are to be written.

    Image files, or (tarred) one tar file of them; their labels as COCO, annotations numbered from 1; and last the
    SHA-256 of each of these, as the program sha256sum writes and checks them. A shard that has its checksums is whole.
    """
    pictures, images, annotations = {}, [], []
    for index in range(shard.first, shard.first + shard.count):
        scene, profile = draw(recipe, stock, shard.split, index)
        photo = Camera(profile).photograph(scene, stream(recipe.seed, shard.split, index, "photons"))
        # A BMP is as large as a PNG without compression, is encoded in half the time and read in a seventh. A JPEG is
        # the camera's own file, not compressed again.
        name = f"{index:05d}.{'jpg' if photo.jpeg else 'bmp'}"
        pictures[name] = photo.jpeg or _bmp(photo.image)
        images.append(Image(index, name, scene.width, scene.height))
        for label in photo.labels:
            category = scene.actors[label.actor].category_id
            annotations.append(_annotation(len(annotations) + 1, index, label, category))
    coco = coco_text(images, annotations, coco_categories(recipe.categories)).encode()
    if tarred:
        files = {f"{shard.name}.tar": tar_of(pictures, coco)}
    else:
        files = {f"{shard.split}/images/{name}": content for name, content in pictures.items()}
    files[f"{shard.name}.json"] = coco
    return files | {f"{shard.name}.sha256": checksums_of(files)}


def _bmp(image: np.ndarray) -> bytes:
    return cv2.imencode(".bmp", cv2.cvtColor(image, cv2.COLOR_RGB2BGR))[1].tobytes()


def _annotation(number: int, image: int, label: ActorLabel, category: int) -> Annotation:
    extra = {
        "visible_fraction": label.visible_fraction,
        "truncation": label.truncation,
        "blur_px": label.blur_px,
        "skew_px": label.skew_px,
    }
    hidden = label.visible_fraction * (1 - label.truncation) < HIDDEN_BELOW
    rounded = {key: round(float(value), 3) for key, value in extra.items()}
    return Annotation(number, image, tuple(label.box), hidden, rounded, category)
