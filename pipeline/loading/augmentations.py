"""Time per image of each augmentation of the training."""

import time
from collections.abc import Callable

import numpy as np

from pipeline.augment.colour_jitter import colour_jitter, sample_colour_jitter
from pipeline.augment.flip import flip
from pipeline.augment.scale_crop import sample_scale_crop, scale_crop
from pipeline.detect.dataset import PackedSet
from pipeline.params import TrainParams

IMAGES, REPEATS = 64, 15
STREAM = 106


def augmentation_times(packed: PackedSet, params: TrainParams, seed: int) -> dict[str, float]:
    """{augmentation: ms an image}, drawing its parameters included; medians over REPEATS passes over IMAGES images.

    scale_crop makes a crop of an image; the others change a crop.
    """
    images = packed.images()
    indices = np.arange(IMAGES) % len(images)
    crops: list = [None] * IMAGES

    def crop(i: int, rng: np.random.Generator) -> None:
        image, boxes, ignore = images[indices[i]], packed.boxes[indices[i]], packed.ignore[indices[i]]
        drawn = sample_scale_crop(rng, image.shape[1], image.shape[0], boxes[~ignore], params.crop_px,
                                  params.scale_range, params.person_crop_share)  # fmt: skip
        cut, boxes, left = scale_crop(image, boxes, drawn)
        crops[i] = cut, boxes[left > 0]

    def mirror(i: int, rng: np.random.Generator) -> None:
        flip(*crops[i])

    def jitter(i: int, rng: np.random.Generator) -> None:
        colour_jitter(crops[i][0], sample_colour_jitter(rng, params.colour_jitter, params.grey_share))

    steps = {"scale_crop": crop, "flip": mirror, "colour_jitter": jitter}
    return {name: median_ms(step, seed) for name, step in steps.items()}


def median_ms(step: Callable[[int, np.random.Generator], None], seed: int) -> float:
    """Median over REPEATS passes of the mean time [ms] of step(i, rng), i from 0 to IMAGES - 1."""
    times = []
    for _ in range(REPEATS):
        rng = np.random.default_rng([seed, STREAM])  # every pass does the same
        start = time.perf_counter()
        for i in range(IMAGES):
            step(i, rng)
        times.append(time.perf_counter() - start)
    return 1000 * float(np.median(times)) / IMAGES
