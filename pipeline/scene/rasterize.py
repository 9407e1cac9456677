"""A z-buffer rasterizer for triangle meshes in plain numpy: all triangles' candidate pixels at once."""

import numpy as np


def rasterize(xy, depth, faces, height, width, keep=None):
    """Which triangle is nearest at every pixel centre.

    xy: (V, 2) vertex positions in px (pixel i covers [i, i + 1)); depth: (V,) smaller is nearer;
    faces: (F, 3) vertex indices of either winding; keep: (V,) or None, a triangle is cut away where its
    interpolated value is negative. Of two triangles at the same depth the earlier one shows.
    Returns face (height, width) int32, -1 where empty, and barycentric (height, width, 3) float32 weights of
    that triangle's corners, 0 where empty.
    """
    corners = xy[faces].astype(np.float64)  # (F, 3, 2)
    origin, size = _boxes(corners, height, width)
    planes, solid = _barycentric_planes(corners, origin)
    count = np.where(solid, size[:, 0] * size[:, 1], 0)
    triangle = np.repeat(np.arange(len(faces), dtype=np.int32), count)
    first = (np.cumsum(count) - count).astype(np.int32)
    within = np.arange(len(triangle), dtype=np.int32) - first[triangle]
    dy, dx = np.divmod(within, size[triangle, 0])

    x, y = dx.astype(np.float32), dy.astype(np.float32)
    a, b = (plane[0, triangle] * x + plane[1, triangle] * y + plane[2, triangle] for plane in planes)
    hit = np.flatnonzero((a >= 0) & (b >= 0) & (a + b <= 1))
    triangle, a, b = triangle[hit], a[hit], b[hit]
    pixel = (origin[triangle, 1] + dy[hit]) * width + origin[triangle, 0] + dx[hit]
    if keep is not None:
        kept = _mix(keep, faces, triangle, a, b) >= 0
        triangle, a, b, pixel = triangle[kept], a[kept], b[kept], pixel[kept]

    # Depth, then triangle, in one sortable integer: the bits of positive floats are in the floats' order.
    depth = (depth - depth.min()).astype(np.float32)
    z = np.maximum(_mix(depth, faces, triangle, a, b), 0)
    key = z.view(np.int32).astype(np.int64) << 32 | triangle
    nearest = np.full(height * width, np.iinfo(np.int64).max)
    np.minimum.at(nearest, pixel, key)
    shown = nearest[pixel] == key

    face = np.full(height * width, -1, np.int32)
    weights = np.zeros((height * width, 3), np.float32)
    a, b, pixel = a[shown], b[shown], pixel[shown]
    face[pixel] = triangle[shown]
    weights[pixel] = np.stack([a, b, 1 - a - b], axis=1)
    return face.reshape(height, width), weights.reshape(height, width, 3)


def vertex_normals(vertices, faces):
    """Unit normals (V, 3) float32: the mean of the adjacent triangles' normals, weighted by area."""
    a, b, c = (vertices[faces[:, i]] for i in range(3))
    normals = np.cross(b - a, c - a).astype(np.float64)
    corners = faces.T.ravel()
    sums = np.stack([np.bincount(corners, np.tile(n, 3), len(vertices)) for n in normals.T], axis=1)
    length = np.sqrt((sums**2).sum(axis=1, keepdims=True))
    return (sums / np.maximum(length, 1e-12)).astype(np.float32)


def _boxes(corners, height, width):
    """First pixel (F, 2) and size (F, 2) in px, x then y, of the pixel centres in each bounding box."""
    limit = [width, height]
    first = np.ceil(corners.min(axis=1) - 0.5).clip(0, limit).astype(np.int32)
    last = np.floor(corners.max(axis=1) + 0.5).clip(0, limit).astype(np.int32)
    return first, (last - first).clip(0)


def _barycentric_planes(corners, origin):
    """Weights of the first two corners as a + b dx + c dy, dx and dy counted from the first pixel of the box.

    Returns two (3, F) float32 arrays (b, c, a) and (F,) bool, False for triangles without area.
    """
    # From the pixel centre at the box's corner: small numbers, so that float32 is exact enough.
    (ax, ay), (bx, by), (cx, cy) = (corners[:, i].T - origin.T - 0.5 for i in range(3))
    area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
    solid = np.abs(area) > 1e-9
    area = np.where(solid, area, 1)
    first = np.stack([by - cy, cx - bx, bx * cy - cx * by]) / area
    second = np.stack([cy - ay, ax - cx, cx * ay - ax * cy]) / area
    return (first.astype(np.float32), second.astype(np.float32)), solid


def _mix(values, faces, triangle, a, b):
    """Interpolate vertex values (V,) at points with weights a, b and 1 - a - b in their triangles."""
    first, second, third = values.astype(np.float32)[faces].T
    third = third[triangle]
    return a * (first[triangle] - third) + b * (second[triangle] - third) + third
