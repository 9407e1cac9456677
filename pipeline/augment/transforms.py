"""Every augmentation under its name, with one strength in [0, 1]: 0 leaves a sample as it is, 1 is the strongest.

At strength s an augmentation is exactly so strong, and only direction, sign and place are left to chance: so its effect
can be measured against its strength. A flip has no magnitude: its strength is its probability.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from pipeline.augment.blur import blur
from pipeline.augment.colour_jitter import colour_jitter, sample_strongest_jitter
from pipeline.augment.copy_paste import copy_paste, sample_pastes
from pipeline.augment.cutmix import cutmix, sample_cutmix
from pipeline.augment.erasing import erase, sample_erasing
from pipeline.augment.flip import flip
from pipeline.augment.jpeg import jpeg, jpeg_quality
from pipeline.augment.mates import sample_mate
from pipeline.augment.mixup_box_aware import mixup_box_aware, mixup_share
from pipeline.augment.mixup_naive import mixup_naive
from pipeline.augment.mosaic import mosaic, sample_mosaic
from pipeline.augment.names import MIRRORING
from pipeline.augment.noise import add_noise, sample_noise
from pipeline.augment.rotate import rotate, sample_angle_deg
from pipeline.augment.sample import Sample
from pipeline.augment.vertical_flip import vertical_flip
from pipeline.augment.zoom import sample_zoom, zoom

__all__ = ["MIRRORING", "TRANSFORMS", "Transform"]

Transform = Callable[[Sample, float, np.random.Generator, Sequence[Sample]], Sample]
"""(sample, strength, rng, mates) -> the augmented sample of the same size. mates: other samples of the same set, from
which mixing augmentations draw as many as they need. Raises UserError where they need one and there is none."""


def _flip(sample, strength, rng, mates):
    return _mirrored(sample, flip) if rng.random() < strength else sample


def _vertical_flip(sample, strength, rng, mates):
    return _mirrored(sample, vertical_flip) if rng.random() < strength else sample


def _mirrored(sample, mirror):
    image, boxes = mirror(sample.image, sample.boxes)
    return replace(sample, image=image, boxes=boxes)


def _scale_crop(sample, strength, rng, mates):
    return zoom(sample, sample_zoom(rng, *_size(sample), strength))


def _rotate(sample, strength, rng, mates):
    return rotate(sample, sample_angle_deg(rng, strength))


def _colour_jitter(sample, strength, rng, mates):
    return replace(sample, image=colour_jitter(sample.image, sample_strongest_jitter(rng, strength)))


def _blur(sample, strength, rng, mates):
    return replace(sample, image=blur(sample.image, strength))


def _noise(sample, strength, rng, mates):
    return replace(sample, image=add_noise(sample.image, sample_noise(rng, sample.image.shape, strength)))


def _jpeg(sample, strength, rng, mates):
    return replace(sample, image=jpeg(sample.image, jpeg_quality(strength)))


def _erasing(sample, strength, rng, mates):
    return erase(sample, sample_erasing(rng, *_size(sample), strength))


def _mixup_naive(sample, strength, rng, mates):
    return mixup_naive(sample, sample_mate(rng, mates, sample), mixup_share(strength))


def _mixup_box_aware(sample, strength, rng, mates):
    return mixup_box_aware(sample, sample_mate(rng, mates, sample), mixup_share(strength))


def _cutmix(sample, strength, rng, mates):
    return cutmix(sample, sample_mate(rng, mates, sample), sample_cutmix(rng, *_size(sample), strength))


def _mosaic(sample, strength, rng, mates):
    others = [sample_mate(rng, mates, sample) for _ in range(3)]
    return mosaic([sample, *others], sample_mosaic(rng, *_size(sample), strength))


def _copy_paste(sample, strength, rng, mates):
    mate = sample_mate(rng, mates, sample)
    return copy_paste(sample, mate, sample_pastes(rng, mate, strength))


def _size(sample):
    height, width = sample.image.shape[:2]
    return width, height


def _not_at_zero(transform: Transform) -> Transform:
    def transformed(sample, strength, rng, mates):
        return transform(sample, strength, rng, mates) if strength > 0 else sample

    return transformed


TRANSFORMS: dict[str, Transform] = {
    name: _not_at_zero(transform)
    for name, transform in {
        "flip": _flip,
        "vertical_flip": _vertical_flip,
        "scale_crop": _scale_crop,
        "rotate": _rotate,
        "colour_jitter": _colour_jitter,
        "blur": _blur,
        "noise": _noise,
        "jpeg": _jpeg,
        "erasing": _erasing,
        "mixup_naive": _mixup_naive,
        "mixup_box_aware": _mixup_box_aware,
        "cutmix": _cutmix,
        "mosaic": _mosaic,
        "copy_paste": _copy_paste,
    }.items()
}
