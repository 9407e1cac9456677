"""Standing pictures: crops of photographs, cut to a rectangle or a blob, upright on the ground.

They bring the edges and textures of real things into composed places, where nothing else is photographed.
"""

import cv2
import numpy as np

from pipeline.scene import colour
from pipeline.scene.layer import Layer, Patch
from pipeline.scene.shadow import cast_shadow, contact_shadow


def draw_billboard(rng, photographs, light, view, x_m, z_m):
    """A random crop of a photograph, 0.3 to 3.5 m wide, standing at ground point (x, z), lit: a Layer."""
    u, v, depth = (float(value) for value in view.project(x_m, 0.0, z_m))
    _, top, _ = view.project(x_m, 1.0, z_m)
    px_per_m = float(np.clip(v - top, 2.0, 400.0))
    width, height = max(int(rng.uniform(0.3, 3.5) * px_per_m), 3), max(int(rng.uniform(0.4, 2.6) * px_per_m), 3)
    picture = _crop(rng, photographs[rng.integers(len(photographs))], width, height)
    alpha = _rectangle(width, height) if rng.uniform() < 0.4 else _blob(rng, width, height)
    normal = np.array([rng.normal(0, 0.4), -0.2, 1.0])
    radiance = colour.to_linear(picture) * light.on(normal / np.linalg.norm(normal))
    patch = Patch(np.dstack([radiance * alpha[..., None], alpha]), u - width / 2, v - height)
    return Layer(
        patch, (u, v), depth, shadows=(cast_shadow(patch, (u, v), light), contact_shadow((u, v), 0.4 * width))
    )


def _crop(rng, photograph, width, height):
    """A part of the photograph in the wanted proportions, between a fifth and all of it: uint8 (height, width, 3)."""
    h, w = photograph.shape[:2]
    zoom = min(w / width, h / height) * rng.uniform(0.2, 1.0)
    cut_w, cut_h = max(int(width * zoom), 2), max(int(height * zoom), 2)
    x, y = rng.integers(0, max(w - cut_w, 0) + 1), rng.integers(0, max(h - cut_h, 0) + 1)
    part = np.ascontiguousarray(photograph[y : y + cut_h, x : x + cut_w])
    return cv2.resize(part, (width, height), interpolation=cv2.INTER_AREA if zoom > 1 else cv2.INTER_LINEAR)


def _rectangle(width, height):
    alpha = np.zeros((height, width), np.float32)
    alpha[:, 1 : width - 1] = 1
    return alpha


def _blob(rng, width, height):
    """A smooth random outline that touches the ground: float32 (height, width) in [0, 1]."""
    angle = np.linspace(0, 2 * np.pi, 12, endpoint=False)
    radius = rng.uniform(0.55, 1.0, 12)
    x = width * (0.5 + 0.48 * radius * np.cos(angle))
    y = height * (0.52 + 0.48 * radius * np.sin(angle))
    points = np.stack([x, y], 1)
    mask = np.zeros((height, width), np.uint8)
    cv2.fillPoly(mask, [np.round(points * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
    return mask.astype(np.float32) / 255
