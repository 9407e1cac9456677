"""A layer: one flat thing at a depth, standing on the ground - a person, a pole, a car - to be laid over the scene."""

from dataclasses import dataclass, field, replace

import cv2
import numpy as np


@dataclass(frozen=True, eq=False)
class Patch:
    """A small array placed in the picture: its top left pixel corner lies at (x0, y0), which may be fractional."""

    values: np.ndarray  # float32 (h, w) or (h, w, c)
    x0: float
    y0: float

    def at(self, dx_px, dy_px):
        """Moved by (dx, dy), resampled bilinearly to whole pixels: (values, x0, y0) with integer x0, y0."""
        x, y = self.x0 + dx_px, self.y0 + dy_px
        x0, y0 = int(np.floor(x)), int(np.floor(y))
        fx, fy = x - x0, y - y0
        if fx < 1e-4 and fy < 1e-4:
            return self.values, x0, y0
        h, w = self.values.shape[:2]
        shift = np.array([[1, 0, fx], [0, 1, fy]], np.float32)
        moved = cv2.warpAffine(
            self.values,
            shift,
            (w + 1, h + 1),
            flags=cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_CONSTANT,
            borderValue=0,
        )
        return moved, x0, y0


@dataclass(frozen=True, eq=False)
class Layer:
    """Premultiplied linear light and alpha (rgba, (h, w, 4)), where it stands and how it moves."""

    rgba: Patch
    foot_px: tuple[float, float]  # where it touches the ground at t = 0
    depth_m: float
    velocity_px_s: tuple[float, float] = (0.0, 0.0)  # of its own; the camera's motion comes on top
    person: bool = False  # or another thing to detect: it has a label
    category_id: int = 1  # of what has a label
    shadows: tuple[Patch, ...] = field(default=())  # (h, w): share of the ground's light that is taken away

    @property
    def centre_px(self):
        h, w = self.rgba.values.shape[:2]
        return self.rgba.x0 + w / 2, self.rgba.y0 + h / 2


def numbered(layers, category):
    """Layers of a category, which may be None where there are none."""
    return [replace(layer, category_id=category.id) for layer in layers]


def overlap(x0, y0, shape, rows, cols):
    """Where a patch at (x0, y0) meets the window rows x cols (slices with start and stop).

    Returns (slices into the patch, slices into the window), or None when they do not meet.
    """
    top, bottom = max(y0, rows.start), min(y0 + shape[0], rows.stop)
    left, right = max(x0, cols.start), min(x0 + shape[1], cols.stop)
    if top >= bottom or left >= right:
        return None
    inside = (slice(top - y0, bottom - y0), slice(left - x0, right - x0))
    window = (slice(top - rows.start, bottom - rows.start), slice(left - cols.start, right - cols.start))
    return inside, window


def lay_shadow(light, shadow, dx_px, dy_px, rows, cols):
    """Darken the window rows x cols of a picture, (h, w) or (h, w, 3), by a layer's shadow moved by (dx, dy), in place.

    A shadow's soft edge needs no sub-pixel position: it moves by whole pixels.
    """
    share, x0, y0 = shadow.values, round(shadow.x0 + dx_px), round(shadow.y0 + dy_px)
    meeting = overlap(x0, y0, share.shape, rows, cols)
    if meeting:
        inside, window = meeting
        through = 1.0 - share[inside]
        light[window] *= through if light.ndim == 2 else cv2.cvtColor(through, cv2.COLOR_GRAY2BGR)


def lay_over(light, rgba, x0, y0, rows, cols):
    """Lay premultiplied rgba over the window rows x cols of a picture, in place; over RGB, or over RGBA likewise."""
    meeting = overlap(x0, y0, rgba.shape, rows, cols)
    if meeting:
        inside, window = meeting
        patch, below = rgba[inside], light[window]
        through = np.maximum(1.0 - patch[..., 3], 0)  # resampling may leave alpha a rounding error above 1
        # numpy is slow where the last axis is short: OpenCV spreads alpha over the colours and takes it away
        below *= cv2.merge([through] * below.shape[2])
        below += patch if below.shape[2] == 4 else cv2.cvtColor(patch, cv2.COLOR_BGRA2BGR)


def lay_into(light, depth_m, layer):
    """Make a layer that never moves part of a picture and its depth map, in place; its shadows too."""
    rows, cols = slice(0, light.shape[0]), slice(0, light.shape[1])
    for shadow in layer.shadows:
        lay_shadow(light, shadow, 0.0, 0.0, rows, cols)
    rgba, x0, y0 = layer.rgba.at(0.0, 0.0)
    lay_over(light, rgba, x0, y0, rows, cols)
    meeting = overlap(x0, y0, rgba.shape, rows, cols)
    if meeting:
        inside, window = meeting
        nearer = (rgba[inside][..., 3] > 0.5) & (depth_m[window] > layer.depth_m)
        depth_m[window][nearer] = layer.depth_m
