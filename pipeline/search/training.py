"""Trainings side by side: a policy, a size and a run -> what the detector finds on the validation frames.

The validation frames are the labelled real training frames. The rung's detector learns from synthetic images alone, so
all of them can validate it; the real test frames are not opened.
"""

from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import cv2
import numpy as np

from pipeline.data.coco import CocoSet, read_coco
from pipeline.data.files import read_image
from pipeline.detect.dataset import PackedSet, pack
from pipeline.labels.out_of_fold import in_order, only
from pipeline.measure import folders
from pipeline.measure.matching import Detections
from pipeline.measure.predict import detections_of
from pipeline.measure.results import TestSet
from pipeline.params import Params
from pipeline.search.space import Policy
from pipeline.shards.read import plain_folder

PROXY, FULL = "proxy", "full"

Key = TypeVar("Key")


@dataclass(frozen=True)
class Task:
    """One training. size: which images are learned from, PROXY or FULL. run: with the experiment's seed, its luck."""

    policy: Policy
    size: str
    steps: int
    run: int


@dataclass(frozen=True)
class Bench:
    """What all trainings share: packed images by size, and the frames that validate."""

    packed: Mapping[str, PackedSet]
    validation: TestSet
    params: Params


def pack_sizes(params: Params, scratch: Path) -> dict[str, PackedSet]:
    """The rung's training images, all and the proxy's, evenly spread over them."""
    folder = plain_folder(folders.synth_set(params.gate.rung).with_name("train"))
    coco = read_coco(folder / "annotations.json", folder / "images", None)
    sets = {PROXY: some(coco, params.search.proxy_images), FULL: coco}
    scale = params.detector.input_scale
    return {size: pack(part, folder / "images", scale, scratch / f"{size}.bin") for size, part in sets.items()}


def some(coco: CocoSet, count: int) -> CocoSet:
    """At most `count` images of the set, evenly spread in the order of their names."""
    images = in_order(coco)
    chosen = np.unique(np.linspace(0, len(images) - 1, min(count, len(images))).round().astype(int))
    return only(coco, (images[i] for i in chosen))


def keep_to_one_core() -> None:
    """What a worker process starts with; torch is kept to it by the training."""
    cv2.setNumThreads(1)


def train_all(tasks: Mapping[Key, Task], bench: Bench, pool: ProcessPoolExecutor) -> Iterator[
        tuple[Key, list[Detections]]]:
    """(key, detections on the validation frames in their order) of each task, as they get done."""
    jobs = {pool.submit(train_and_detect, task, bench): key for key, task in tasks.items()}
    try:
        for job in as_completed(jobs):
            yield jobs[job], job.result()
    finally:
        for job in jobs:
            job.cancel()


def train_and_detect(task: Task, bench: Bench) -> list[Detections]:
    """In a process of its own, on one thread; torch is imported here, and not by the process that only waits."""
    from pipeline.detect.detector import Detector
    from pipeline.detect.loop import train

    packed, params = bench.packed[task.size], bench.params
    plan = task.policy.applied_to(replace(params.train, steps=task.steps))
    network = train(packed, params.detector, plan, params.seed, task.run, lambda step, epoch, loss: None)
    detector = Detector(network, params.detector, params.decoding, packed.categories)
    return [detections_of(detector, read_image(path)) for path in bench.validation.paths]
