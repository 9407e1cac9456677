"""Paste a rectangle of another image; after Yun et al., "CutMix" (2019), for boxes."""

import numpy as np

from pipeline.augment.boxes import Rectangle, clip, cut_out, joined
from pipeline.augment.rectangle import sample_rectangle
from pipeline.augment.sample import Sample

MAX_SHARE = 0.5


def sample_cutmix(rng: np.random.Generator, width: int, height: int, strength: float) -> Rectangle:
    """Half the image's area times strength (> 0), of its aspect ratio, anywhere in it."""
    return sample_rectangle(rng, width, height, MAX_SHARE * strength, (1.0, 1.0))


def cutmix(sample: Sample, mate: Sample, rectangle: Rectangle) -> Sample:
    """The rectangle shows the mate (of the same size) where it is there; boxes are cut to what is still seen.

    Less than half of a box left: an ignore region; nothing: no box.
    """
    x0, y0, x1, y1 = rectangle
    image = sample.image.copy()
    image[y0:y1, x0:x1] = mate.image[y0:y1, x0:x1]
    return joined(image, [cut_out(sample, rectangle), clip(mate, rectangle)])
