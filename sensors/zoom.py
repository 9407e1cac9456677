"""Magnification of single colours about the picture's centre: cubic interpolation at exact positions.

The axes are resampled one after the other. A block of neighbouring pixels comes from the same few pixels around it,
so that it is their product with one small matrix.
"""

from functools import lru_cache

import cv2
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

BLOCK = 16  # pixels that one matrix makes
BAND_ROWS = 12 * BLOCK  # one colour of as many stays in the core's cache
SHARPNESS = -0.75  # the cubic's slope one pixel from its middle, as in OpenCV


def magnify(light: np.ndarray, zooms: tuple[float, float, float]) -> np.ndarray:
    """Every colour of (H, W, 3) float32 light magnified by its own factor; beyond its borders it goes on as there.

    Returns light of the same shape, none of it negative where a colour was magnified.
    """
    magnified = np.empty_like(light)
    for top in range(0, len(light), BAND_ROWS):
        rows = slice(top, min(top + BAND_ROWS, len(light)))
        magnified[rows] = light[rows]
        for colour, zoom in enumerate(zooms):
            if zoom != 1:
                cv2.insertChannel(_magnified_rows(light, colour, zoom, rows), magnified[rows], colour)
    return magnified


def _magnified_rows(light: np.ndarray, colour: int, zoom: float, rows: slice) -> np.ndarray:
    height, width = light.shape[:2]
    (down, above), (across, left) = _matrices(height, zoom), _matrices(width, zoom)
    first = max(0, rows.start - above)
    near = cv2.extractChannel(light[first : rows.stop + above], colour)
    near = _resample(near, down[rows.start // BLOCK : -(-rows.stop // BLOCK)], above - (rows.start - first))
    magnified = cv2.transpose(_resample(cv2.transpose(near), across, left))
    # the cubic keeps more contrast than a line; its overshoot must not make negative light
    cv2.threshold(magnified, 0, 0, cv2.THRESH_TOZERO, dst=magnified)
    return magnified[: rows.stop - rows.start, :width]


def _resample(image: np.ndarray, matrices: np.ndarray, before: int) -> np.ndarray:
    """(rows, columns) -> (blocks * BLOCK, columns); the image's first row is the one `before` of the first window."""
    blocks, _, window = matrices.shape
    after = (blocks - 1) * BLOCK + window - before - len(image)
    image = cv2.copyMakeBorder(image, before, after, 0, 0, cv2.BORDER_REPLICATE)
    windows = sliding_window_view(image, window, axis=0)[::BLOCK].swapaxes(1, 2)
    return np.matmul(matrices, windows).reshape(blocks * BLOCK, -1)


@lru_cache(maxsize=64)
def _matrices(size: int, zoom: float) -> tuple[np.ndarray, int]:
    """(blocks, BLOCK, BLOCK + 2 margin) float32, what each pixel takes of those around its block; and the margin."""
    pixel = np.arange(-(-size // BLOCK) * BLOCK)
    shift = np.clip((pixel - (size - 1) / 2) * (1 / zoom - 1), -size, size)
    margin = int(np.ceil(np.abs(shift).max())) + 2
    place = pixel % BLOCK + margin + shift
    matrices = _cubic(np.arange(BLOCK + 2 * margin) - place[:, None])
    return matrices.reshape(-1, BLOCK, BLOCK + 2 * margin).astype(np.float32), margin


def _cubic(distance: np.ndarray) -> np.ndarray:
    """Weight of a pixel at some distance [px]: cubic convolution (Keys, 1981)."""
    d, a = np.abs(distance), SHARPNESS
    return np.where(d <= 1, ((a + 2) * d - (a + 3)) * d * d + 1,
                    np.where(d < 2, ((a * d - 5 * a) * d + 8 * a) * d - 4 * a, 0))
