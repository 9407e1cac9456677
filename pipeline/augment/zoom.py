"""Enlarge or shrink an image at a random place; its size in pixels stays."""

from dataclasses import dataclass, replace

import numpy as np

from pipeline.augment.boxes import with_boxes
from pipeline.augment.sample import Sample
from pipeline.augment.scale_crop import window


@dataclass(frozen=True)
class Zoom:
    """(x0, y0) [old px] becomes the upper left corner; everything becomes `scale` times as large."""

    x0: float
    y0: float
    scale: float


def sample_zoom(rng: np.random.Generator, width: int, height: int, strength: float) -> Zoom:
    """Draw one of `width` x `height` px: 1 + strength times as large or as small, at a place where it fits."""
    scale = float((1 + strength) ** rng.choice([-1, 1]))
    rooms = [side - side / scale for side in (width, height)]  # negative where grey comes around it
    x0, y0 = (float(rng.uniform(min(room, 0), max(room, 0))) for room in rooms)
    return Zoom(x0, y0, scale)


def zoom(sample: Sample, chosen: Zoom) -> Sample:
    """What is left of boxes that the image's border cuts: see `pipeline.augment.boxes`."""
    height, width = sample.image.shape[:2]
    image, boxes, left = window(sample.image, sample.boxes, chosen.x0, chosen.y0, chosen.scale, width, height)
    return with_boxes(replace(sample, image=image), boxes, left)
