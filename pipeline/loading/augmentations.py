"""Time per image of each augmentation of the training."""

import time
from collections.abc import Callable

import numpy as np

from pipeline.augment.sample import Sample
from pipeline.augment.transforms import TRANSFORMS, Transform
from pipeline.detect.batches import Batches
from pipeline.detect.dataset import PackedSet
from pipeline.params import TrainParams

IMAGES, REPEATS = 64, 15
STRENGTH = 0.5
STREAM = 106


def augmentation_times(packed: PackedSet, params: TrainParams, seed: int) -> dict[str, float]:
    """{augmentation: ms an image}, drawing its parameters included; medians over REPEATS passes over IMAGES images.

    "crop": what the trainer makes of an image, with its flip and jitter. All others change such a crop, at STRENGTH;
    what they need of other crops is there already.
    """
    batches = Batches(packed, params, seed, 0)
    rng = np.random.default_rng([seed, STREAM])
    crops = [batches.crop(i % len(packed), rng) for i in range(IMAGES)]
    steps = {"crop": lambda i, rng: batches.crop(i % len(packed), rng)}
    steps |= {name: _step(transform, crops) for name, transform in TRANSFORMS.items()}
    return {name: median_ms(step, seed) for name, step in steps.items()}


def _step(transform: Transform, crops: list[Sample]) -> Callable[[int, np.random.Generator], Sample]:
    return lambda i, rng: transform(crops[i], STRENGTH, rng, crops)


def median_ms(step: Callable[[int, np.random.Generator], object], seed: int) -> float:
    """Median over REPEATS passes of the mean time [ms] of step(i, rng), i from 0 to IMAGES - 1."""
    times = []
    for _ in range(REPEATS):
        rng = np.random.default_rng([seed, STREAM])  # every pass does the same
        start = time.perf_counter()
        for i in range(IMAGES):
            step(i, rng)
        times.append(time.perf_counter() - start)
    return 1000 * float(np.median(times)) / IMAGES
