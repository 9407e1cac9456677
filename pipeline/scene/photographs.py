"""Backgrounds that are crops of unrelated photographs: what a naive composite pastes people on."""

import cv2
import numpy as np

from pipeline.data.files import read_image

TEXTURES = ("brick.png", "grass.png", "gravel.png")
OWN = "own"  # the folder, in that of the photographs, of the user's backgrounds


def load_photographs(folder):
    """All pictures of data/out/real/photos but the plain textures, in the order of their names: uint8 rgb."""
    return [read_image(path) for path in sorted(folder.iterdir()) if path.is_file() and path.name not in TEXTURES]


def load_backgrounds(folder):
    """The user's own backgrounds, or the photographs where there are none: list of uint8 rgb."""
    own = folder / OWN
    return [read_image(path) for path in sorted(own.iterdir())] if own.is_dir() else load_photographs(folder)


def draw_photograph(rng, photographs, width_px, height_px):
    """A random crop of a random photograph, mirrored or not, at the size of the frame: uint8 (H, W, 3) display."""
    picture = photographs[rng.integers(len(photographs))]
    h, w = picture.shape[:2]
    largest = min(w / width_px, h / height_px)
    zoom = largest * rng.uniform(0.5, 1.0)
    cw, ch = max(int(width_px * zoom), 2), max(int(height_px * zoom), 2)
    x, y = rng.integers(0, max(w - cw, 0) + 1), rng.integers(0, max(h - ch, 0) + 1)
    crop = picture[y : y + ch, x : x + cw]
    if rng.uniform() < 0.5:
        crop = crop[:, ::-1]
    interpolation = cv2.INTER_AREA if zoom > 1 else cv2.INTER_CUBIC
    return cv2.resize(np.ascontiguousarray(crop), (width_px, height_px), interpolation=interpolation)
