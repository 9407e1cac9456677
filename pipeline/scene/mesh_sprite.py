"""A camera's view of a thing's surface: albedo, normals and anti-aliased alpha."""

import cv2
import numpy as np

from pipeline.scene.atlas import Sprite
from pipeline.scene.colour import to_linear
from pipeline.scene.gait import Z, rotation
from pipeline.scene.rasterize import rasterize
from pipeline.scene.sprite import SAMPLES, view_axes

WIDEST = 4  # times its height a sprite may be; of what is wider the height is smaller
CANDIDATES = 4_000_000  # samples in the boxes of the triangles that are rasterized at once: what memory allows


def linear_texture(display, most_px):
    """A texture uint8 (H, W, 3 or 4) as linear float32, shrunk to `most_px`: what is shown smaller needs no more.

    Where there is alpha, colours are premultiplied: what nobody sees mixes into nothing.
    """
    texture = to_linear(display[..., :3])
    if display.shape[2] == 4:
        alpha = display[..., 3:].astype(np.float32) / 255
        texture = np.dstack([texture * alpha, alpha])
    shrink = most_px / max(texture.shape[:2])
    size = [max(round(shrink * length), 1) for length in texture.shape[1::-1]]
    return cv2.resize(texture, size, interpolation=cv2.INTER_AREA) if shrink < 1 else texture


def render_thing(surface, textures, view_deg, height_px, tint, name, number):
    """Look at a surface with parallel rays, so that it is `height_px` high: a Sprite; see atlas.py for axes.
    None where nothing shows, as of a sheet from its edge.

    textures: the surface's, linear. view_deg: yaw, pitch, roll (clockwise in the picture). tint: (3,) linear factor.
    """
    yaw_deg, pitch_deg, roll_deg = view_deg
    axes = rotation(Z, roll_deg) @ view_axes(pitch_deg) @ rotation(Z, yaw_deg)
    seen = surface.corners @ axes.T.astype(np.float32)
    low, high = seen[..., :2].min(axis=(0, 1)), seen[..., :2].max(axis=(0, 1))
    width, height = np.maximum(high - low, 1e-6)
    px_per_m = float(min(height_px / height, WIDEST * height_px / width))
    size = [int(np.ceil(length * px_per_m)) + 1 for length in (height, width)]
    xy = (seen[..., :2] - low) * (px_per_m * SAMPLES)
    is_there = _holes(surface, textures)
    face, weights = _nearest(xy, -seen[..., 2], *(SAMPLES * length for length in size), is_there)

    covered = np.flatnonzero(face >= 0)
    shown, mix = face.ravel()[covered], weights.reshape(-1, 3)[covered]
    normal = np.einsum("pk,pkc->pc", mix, surface.normals[shown]) @ axes.T.astype(np.float32)
    normal *= np.where(normal[:, 2:] < 0, -1, 1)  # whichever way the triangles wind
    albedo = np.einsum("pk,pkc->pc", mix, surface.colours[shown]) * np.float32(tint)
    uv = np.einsum("pk,pkc->pc", mix, surface.uv[shown])
    for index, texture in enumerate(textures):
        here = surface.texture[shown] == index
        paint = sample(texture, uv[here])
        albedo[here] *= paint[:, :3] if paint.shape[1] == 3 else paint[:, :3] / np.maximum(paint[:, 3:], 1e-6)
    alpha = np.round(255 * _mean(np.ones((len(shown), 1)), covered, face.shape)[..., 0]).astype(np.uint8)
    if not alpha.any():
        return None
    albedo, normal = _mean(albedo, covered, face.shape), _mean(normal, covered, face.shape)
    rows, cols = np.flatnonzero(alpha.any(axis=1)), np.flatnonzero(alpha.any(axis=0))
    crop = np.s_[rows[0] : rows[-1] + 1, cols[0] : cols[-1] + 1]
    share = np.maximum(alpha / np.float32(255), 1e-6)[..., None]
    length = np.maximum(np.linalg.norm(normal, axis=-1, keepdims=True), 1e-9)
    foot = -low * px_per_m - [cols[0], rows[0]]  # the surface's origin
    return Sprite(
        person=number,
        pose=name,
        yaw_deg=round(float(yaw_deg), 3),
        pitch_deg=round(float(pitch_deg), 3),
        stature_m=1.0,
        px_per_m=round(px_per_m, 4),
        foot_xy=(round(float(foot[0]), 3), round(float(foot[1]), 3)),
        regions=(),
        alpha=alpha[crop],
        normal=np.round(127 * normal / length).astype(np.int8)[crop],
        albedo=np.round(65535 * np.clip(albedo / share, 0, 1)).astype(np.uint16)[crop],
    )


def sample(texture, uv):
    """The texture (H, W, C) at uv (P, 2), v up, bilinearly; beyond [0, 1] it repeats: (P, C)."""
    h, w = texture.shape[:2]
    inside = bool(len(uv)) and uv.min() >= -1e-4 and uv.max() <= 1 + 1e-4
    x, y = uv[:, 0] * w - 0.5, (1 - uv[:, 1]) * h - 0.5
    x0, y0 = np.floor(x).astype(np.int64), np.floor(y).astype(np.int64)
    fx, fy = (x - x0)[:, None], (y - y0)[:, None]

    def at(column, row):
        return texture[row.clip(0, h - 1), column.clip(0, w - 1)] if inside else texture[row % h, column % w]

    top = at(x0, y0) * (1 - fx) + at(x0 + 1, y0) * fx
    return top * (1 - fy) + (at(x0, y0 + 1) * (1 - fx) + at(x0 + 1, y0 + 1) * fx) * fy


def _holes(surface, textures):
    """`is_there` of `rasterize`: whether texture alpha is at least a half; None where no texture has alpha."""
    cut = [index for index, texture in enumerate(textures) if texture.shape[2] == 4]
    if not cut:
        return None

    def is_there(triangle, weights):
        there = np.ones(len(triangle), bool)
        of = surface.texture[triangle]
        for index in cut:
            mine = np.flatnonzero(of == index)
            uv = np.einsum("pk,pkc->pc", weights[mine], surface.uv[triangle[mine]])
            there[mine] = sample(textures[index][..., 3:], uv)[:, 0] >= 0.5
        return there

    return is_there


def _nearest(xy, depth, height, width, is_there):
    """`rasterize` of triangles by their corners, (F, 3, 2) and (F, 3), some at a time: face and weights."""
    boxes = np.ptp(xy, axis=1).astype(np.float64) + 2
    part = (np.cumsum(boxes.prod(axis=1)) // CANDIDATES).astype(int)
    face, weights = np.full((height, width), -1, np.int32), np.zeros((height, width, 3), np.float32)
    nearest = np.full((height, width), np.inf, np.float32)
    for number in np.unique(part):
        first, last = np.searchsorted(part, [number, number + 1])
        corners = np.arange(3 * (last - first)).reshape(-1, 3)
        holes = None if is_there is None else lambda triangle, mix, first=first: is_there(triangle + first, mix)
        points, depths = xy[first:last].reshape(-1, 2), depth[first:last].ravel()
        found, mix = rasterize(points, depths, corners, height, width, is_there=holes)
        z = np.where(found >= 0, (mix * depth[first:last][found]).sum(axis=2), np.inf)
        nearer = z < nearest
        nearest[nearer], face[nearer], weights[nearer] = z[nearer], found[nearer] + first, mix[nearer]
    return face, weights


def _mean(values, covered, shape):
    """Values (P, C) of the covered samples -> their means over the pixels, 0 where nothing is (h, w, C) float32."""
    h, w = shape[0] // SAMPLES, shape[1] // SAMPLES
    samples = np.zeros((shape[0] * shape[1], values.shape[1]), np.float32)
    samples[covered] = values
    return samples.reshape(h, SAMPLES, w, SAMPLES, -1).mean(axis=(1, 3))
