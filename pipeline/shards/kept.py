"""Shards that an earlier run has finished: whole ones are not made again, damaged ones are."""

import hashlib
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np

from pipeline.data.key import key_of
from pipeline.scene.recipe import Recipe
from pipeline.shards.checksums import read_checksums
from pipeline.shards.plan import Shard
from pipeline.shards.store import Store

CODE = ("categories.py", "data/coco.py", "scene", "shards", "../sensors")  # below pipeline/: what bytes depend on


def key_of_shards(recipe_file: Path, recipe: Recipe, stock: Sequence[Path], *settings: object) -> str:
    """16 hex digits of everything that the shards of a rung depend on: recipe, files, code, libraries, settings.

    stock: folders of assets, photographs, places, calibration. Of the last two the recipe holds the checksums.
    """
    assets, photos, *_ = stock
    folders = [assets] if recipe.plate_sha256 or recipe.places_sha256 else [assets, photos]
    inputs = [path for folder in folders for path in sorted(folder.rglob("*")) if path.is_file()]
    return key_of([settings, cv2.__version__, np.__version__], [recipe_file, *inputs], CODE)


def sort_kept(store: Store, shards: Iterable[Shard]) -> tuple[list[Shard], list[tuple[Shard, str]]]:
    """Of shards with checksums in the store: the whole ones; the damaged ones, each with what is wrong."""
    shards = list(shards)
    with ThreadPoolExecutor() as pool:
        damages = list(pool.map(lambda shard: damage_of(store, shard.name), shards))
    whole = [shard for shard, damage in zip(shards, damages, strict=True) if damage == ""]
    return whole, [(shard, damage) for shard, damage in zip(shards, damages, strict=True) if damage]


def damage_of(store: Store, name: str) -> str | None:
    """What is wrong with the shard `name`; "": it is whole; None: it has no checksums, so it was not finished."""
    checksums = store.read(f"{name}.sha256")
    if checksums is None:
        return None
    try:
        expected = read_checksums(checksums)
    except ValueError:
        return f"{name}.sha256 is no list of checksums"
    for path, digest in expected.items():
        content = store.read(path)
        if content is None:
            return f"{path} is missing"
        if hashlib.sha256(content).hexdigest() != digest:
            return f"{path} is not what its checksum says"
    return ""
