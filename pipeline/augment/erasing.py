"""Cover a rectangle with one colour; after Zhong et al., "Random Erasing Data Augmentation" (2020)."""

from dataclasses import dataclass, replace

import numpy as np

from pipeline.augment.boxes import Rectangle, covered
from pipeline.augment.rectangle import sample_rectangle
from pipeline.augment.sample import Sample

MAX_SHARE = 0.4
ASPECT_RANGE = (0.3, 1 / 0.3)


@dataclass(frozen=True)
class Erasing:
    rectangle: Rectangle
    colour: tuple[int, int, int]


def sample_erasing(rng: np.random.Generator, width: int, height: int, strength: float) -> Erasing:
    """A rectangle of 40 % of the image's area times strength (> 0), anywhere in it, of any colour."""
    rectangle = sample_rectangle(rng, width, height, MAX_SHARE * strength, ASPECT_RANGE)
    return Erasing(rectangle, tuple(rng.integers(0, 256, 3).tolist()))


def erase(sample: Sample, erasing: Erasing) -> Sample:
    """Boxes stay, as an object goes on behind what hides it; more than half covered they become ignore regions."""
    x0, y0, x1, y1 = erasing.rectangle
    image = sample.image.copy()
    image[y0:y1, x0:x1] = erasing.colour
    return covered(replace(sample, image=image), erasing.rectangle)
