"""Four images in the four corners; after Bochkovskiy et al., "YOLOv4" (2020), without changing their scale."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.augment.boxes import Rectangle, clip, joined, moved
from pipeline.augment.sample import Sample


@dataclass(frozen=True)
class Mosaic:
    """Four rectangles that fill the image, the first one the sample's own, and where in its image each one begins."""

    rectangles: tuple[Rectangle, ...]
    corners: tuple[tuple[int, int], ...]


def sample_mosaic(rng: np.random.Generator, width: int, height: int, strength: float) -> Mosaic:
    """The sample keeps 1 - strength / 2 of its width and height, in any corner; the others share the rest."""
    split_x, split_y = round(width * strength / 2), round(height * strength / 2)
    right, low = rng.random(2) < 0.5
    columns = [(split_x, width), (0, split_x)] if right else [(0, width - split_x), (width - split_x, width)]
    rows = [(split_y, height), (0, split_y)] if low else [(0, height - split_y), (height - split_y, height)]
    rectangles = tuple((x0, y0, x1, y1) for y0, y1 in rows for x0, x1 in columns)
    corners = tuple((int(rng.integers(width - (x1 - x0) + 1)), int(rng.integers(height - (y1 - y0) + 1)))
                    for x0, y0, x1, y1 in rectangles)  # fmt: skip
    return Mosaic(rectangles, corners)


def mosaic(samples: Sequence[Sample], layout: Mosaic) -> Sample:
    """samples: four of the same size, the own one first. Boxes are cut to what is seen, as in `cutmix`."""
    image = np.empty_like(samples[0].image)
    parts = []
    for sample, (x0, y0, x1, y1), (left, top) in zip(samples, layout.rectangles, layout.corners, strict=True):
        right, bottom = left + x1 - x0, top + y1 - y0
        image[y0:y1, x0:x1] = sample.image[top:bottom, left:right]
        parts.append(moved(clip(sample, (left, top, right, bottom)), x0 - left, y0 - top))
    return joined(image, parts)
