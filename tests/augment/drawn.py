"""Samples whose objects are drawn where their boxes are, so that the pixels say where a box belongs."""

import numpy as np

from pipeline.augment.sample import Sample

WIDTH, HEIGHT = 160, 120


def drawn(colour, rng, shape="rectangle", category=0):
    """One object of a colour, all of it inside a black image."""
    w, h = rng.integers(14, 50, 2)
    x0, y0 = rng.integers(0, WIDTH - w), rng.integers(0, HEIGHT - h)
    y, x = np.mgrid[:HEIGHT, :WIDTH] + 0.5
    inside = (x > x0) & (x < x0 + w) & (y > y0) & (y < y0 + h)
    if shape == "ellipse":
        inside = ((x - x0 - w / 2) / (w / 2)) ** 2 + ((y - y0 - h / 2) / (h / 2)) ** 2 <= 1
    image = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    image[inside] = colour
    box = np.array([[x0, y0, x0 + w, y0 + h]], np.float32)
    return Sample(image, box, np.array([False]), np.array([category]), np.ones(1, np.float32))


def extent(mask):
    """The smallest box around the true pixels of (H, W)."""
    rows, cols = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    return np.array([cols[0], rows[0], cols[-1] + 1, rows[-1] + 1], float)


def photograph(rng, boxes=3):
    """Smooth random colours, with boxes anywhere."""
    coarse = rng.integers(20, 236, (6, 8, 3)).astype(np.uint8)
    image = np.kron(coarse, np.ones((20, 20, 1), np.uint8))
    corner = rng.uniform(0, [WIDTH - 50, HEIGHT - 60], (boxes, 2))
    found = np.hstack([corner, corner + rng.uniform(8, 50, (boxes, 2))]).astype(np.float32)
    return Sample(image, found, np.arange(boxes) == 1, np.arange(boxes) % 2, np.ones(boxes, np.float32))
