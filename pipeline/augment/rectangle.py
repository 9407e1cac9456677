"""A random rectangle of a given area inside an image."""

import numpy as np

from pipeline.augment.boxes import Rectangle


def sample_rectangle(
    rng: np.random.Generator, width: int, height: int, share: float, aspect_range: tuple[float, float]
) -> Rectangle:
    """`share` of the area of an image of `width` x `height` px, up to rounding, at a uniform place.

    aspect_range: of its aspect ratio (width over height) relative to the image's, log-uniform; flatter or steeper ones
    than fit into the image are as flat or steep as fits.
    """
    log = np.log(np.clip(aspect_range, share, 1 / share))
    aspect = np.exp(rng.uniform(*log))
    w = min(width, max(1, round(width * np.sqrt(share * aspect))))
    h = min(height, max(1, round(height * np.sqrt(share / aspect))))
    x0, y0 = int(rng.integers(width - w + 1)), int(rng.integers(height - h + 1))
    return x0, y0, x0 + w, y0 + h
