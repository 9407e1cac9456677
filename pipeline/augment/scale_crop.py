"""Cut a square out of an image at a varied place and scale: the cost of a training step stays the same."""

from dataclasses import dataclass

import cv2
import numpy as np

from pipeline.augment.boxes import area

FILL = 114
"""Grey level [DN] of what lies outside the image."""


@dataclass(frozen=True)
class ScaleCrop:
    """The square of side size / scale [image px] at corner (x0, y0) becomes size x size px."""

    x0: float
    y0: float
    scale: float
    size: int


def sample_scale_crop(
    rng: np.random.Generator,
    width: int,
    height: int,
    boxes: np.ndarray,
    size: int,
    scale_range: tuple[float, float],
    box_share: float,
) -> ScaleCrop:
    """A crop of an image of `width` x `height` px; it stays inside the image where it fits.

    scale: log-uniform in `scale_range`. Position: uniform, but for `box_share` of the draws the middle of one
    of `boxes` (N, 4) lies uniformly in the inner 80 % of the crop.
    """
    scale = float(np.exp(rng.uniform(np.log(scale_range[0]), np.log(scale_range[1]))))
    side = size / scale
    rooms = [width - side, height - side]  # negative where the image is smaller than the crop
    corner = [rng.uniform(min(room, 0), max(room, 0)) for room in rooms]
    if rng.random() < box_share and len(boxes):
        x0, y0, x1, y1 = boxes[rng.integers(len(boxes))]
        shares = rng.uniform(0.1, 0.9, 2)
        wanted = [float((x0 + x1) / 2) - shares[0] * side, float((y0 + y1) / 2) - shares[1] * side]
        corner = [min(max(at, min(room, 0)), max(room, 0)) for at, room in zip(wanted, rooms, strict=True)]
    return ScaleCrop(float(corner[0]), float(corner[1]), scale, size)


def scale_crop(
    image: np.ndarray, boxes: np.ndarray, crop: ScaleCrop
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Apply `crop` to image (H, W, 3) uint8 and boxes (N, 4) xyxy [px].

    Returns the crop (size, size, 3), the boxes clipped to it, and the share (N,) of each box's area inside
    it.
    """
    return window(image, boxes, crop.x0, crop.y0, crop.scale, crop.size, crop.size)


def window(
    image: np.ndarray, boxes: np.ndarray, x0: float, y0: float, scale: float, width: int, height: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What an image shows from the corner (x0, y0) [image px] on, enlarged by `scale`, as width x height px.

    Returns the same as `scale_crop`.
    """
    # OpenCV counts from pixel centres, boxes from pixel edges: half a pixel between them.
    x, y = (0.5 * scale - 0.5 - scale * corner for corner in (x0, y0))
    matrix = np.array([[scale, 0, x], [0, scale, y]])
    pixels = cv2.warpAffine(image, matrix, (width, height), flags=cv2.INTER_LINEAR, borderValue=(FILL, FILL, FILL))
    moved = (boxes - np.array([x0, y0] * 2)) * scale
    clipped = np.clip(moved, 0, [width, height, width, height])
    share = area(clipped) / np.maximum(area(moved), 1e-9)
    return pixels, clipped.astype(np.float32), share.astype(np.float32)
