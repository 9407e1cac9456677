"""The other images that mixing augmentations take from."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from pipeline.augment.boxes import with_boxes
from pipeline.augment.sample import Sample
from pipeline.augment.scale_crop import window
from pipeline.errors import UserError


def sample_mate(rng: np.random.Generator, mates: Sequence[Sample], like: Sample) -> Sample:
    """Any of `mates`, in the size of `like`. Raises UserError where there is none."""
    if not len(mates):
        raise UserError("an augmentation that mixes images: expected another image of the set, found none; add images")
    height, width = like.image.shape[:2]
    return fitted(mates[int(rng.integers(len(mates)))], width, height)


def fitted(sample: Sample, width: int, height: int) -> Sample:
    """As large as fits into `width` x `height` px, with grey on the right or below."""
    own_height, own_width = sample.image.shape[:2]
    if (own_width, own_height) == (width, height):
        return sample
    scale = min(width / own_width, height / own_height)
    image, boxes, left = window(sample.image, sample.boxes, 0.0, 0.0, scale, width, height)
    return with_boxes(replace(sample, image=image), boxes, left)
