"""What a worker does, whoever started it: makes a shard, with what all scenes are made of loaded once."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import cv2

from pipeline.scene.draw import load_stock
from pipeline.scene.recipe import Recipe
from pipeline.shards.make import make_shard
from pipeline.shards.plan import Shard
from pipeline.shards.store import Store

ENVIRONMENT = {"OPENBLAS_NUM_THREADS": "1"}  # there is a worker for every core
_worker = {}


@dataclass(frozen=True)
class Job:
    """stock: folders of assets, photographs, places, calibration. roots: {split: folder or URL of its set}.

    tarred: splits whose images go into tar files.
    """

    recipe: Recipe
    stock: tuple[Path, ...]
    roots: Mapping[str, str]
    tarred: frozenset[str]


@dataclass(frozen=True)
class Made:
    """core_s: CPU time of the worker for it [s], without loading."""

    shard: Shard
    core_s: float


def start(job: Job) -> None:
    cv2.setNumThreads(1)
    cv2.ipp.setUseIPP(False)  # for a picture as small as a person, OpenCV's own code is quicker by up to ten times
    _worker.update(job=job)


@cache
def _stock():
    """Loaded by the first shard, whose error is told; an error of `start` would only break the pool."""
    return load_stock(_worker["job"].recipe, *_worker["job"].stock)


def make(shard: Shard) -> tuple[dict[str, bytes], float]:
    """The files of a shard, and the CPU time that they took [s]."""
    job, stock = _worker["job"], _stock()
    begin = time.process_time()
    files = make_shard(job.recipe, stock, shard, shard.split in job.tarred)
    return files, time.process_time() - begin


def write(job: Job, shard: Shard, files: Mapping[str, bytes]) -> None:
    """In their order: checksums last."""
    store = Store(job.roots[shard.split])
    for name, content in files.items():
        store.write(name, content)


def make_and_write(shard: Shard) -> Made:
    files, core_s = make(shard)
    write(_worker["job"], shard, files)
    return Made(shard, core_s)
