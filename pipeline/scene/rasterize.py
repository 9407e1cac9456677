"""Meshes in plain numpy: a z-buffer rasterizer (all triangles' candidate pixels at once), normals, and smoothing."""

import numpy as np


def rasterize(xy, depth, faces, height, width, keep=None, is_there=None):
    """Which triangle is nearest at every pixel centre.

    xy: (V, 2) vertex positions in px (pixel i covers [i, i + 1)); depth: (V,) smaller is nearer;
    faces: (F, 3) vertex indices of either winding; keep: (V,) or None, a triangle is cut away where its
    interpolated value is negative; is_there: None, or a function of triangles (N,) and weights (N, 3) to bool (N,),
    False where a triangle has a hole. Of two triangles at the same depth the earlier one shows.
    Returns face (height, width) int32, -1 where empty, and barycentric (height, width, 3) float32 weights of
    that triangle's corners, 0 where empty.
    """
    corners = xy[faces].astype(np.float64)  # (F, 3, 2)
    origin, size = _boxes(corners, height, width)
    planes, solid = _barycentric_planes(corners, origin)
    # All rows of all boxes, then all pixels of all rows; what is the same along a row is computed once.
    height_of = np.where(solid, size[:, 1], 0)
    of = np.repeat(np.arange(len(faces), dtype=np.int32), height_of)  # the triangle of a row
    dy = _count_up(height_of)
    length = size[of, 0]
    x = _count_up(length).astype(np.float32)
    y = dy.astype(np.float32)
    a, b = (
        np.repeat(plane[0, of], length) * x + np.repeat(plane[1, of] * y, length) + np.repeat(plane[2, of], length)
        for plane in planes
    )
    hit = np.flatnonzero((a >= 0) & (b >= 0) & (a + b <= 1))
    a, b = a[hit], b[hit]
    row = np.repeat(np.arange(len(of), dtype=np.int32), length)[hit]
    triangle = of[row]
    first = (origin[of, 1] + dy) * width + origin[of, 0]
    pixel = first[row] + x[hit].astype(np.int32)
    if keep is not None:
        kept = _mix(keep, faces, triangle, a, b) >= 0
        triangle, a, b, pixel = triangle[kept], a[kept], b[kept], pixel[kept]
    if is_there is not None:
        kept = is_there(triangle, np.stack([a, b, 1 - a - b], axis=1))
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


class NeighbourMean:
    """Each vertex's mean (V, C) over the polygons (F, n) around it; vertices without any keep their values (V, C)."""

    def __init__(self, polygons):
        self.polygons = polygons
        self.vertices, count = np.unique(polygons, return_counts=True)
        by_vertex = np.argsort(polygons, axis=None, kind="stable") // polygons.shape[1]
        first, k = np.cumsum(count) - count, np.arange(count.max())[:, None]
        # the k-th polygon around each vertex, and one of zeros, the last, for those with fewer
        around = by_vertex[np.minimum(first + k, polygons.size - 1)]
        self.around, self.count = np.where(k < count, around, len(polygons)), count[:, None]

    def __call__(self, values):
        corners = sum(values[corner] for corner in self.polygons.T) / np.array(self.polygons.shape[1], values.dtype)
        means = np.concatenate([corners, np.zeros_like(corners[:1])])
        result = values.astype(np.float64)
        result[self.vertices] = sum(means[polygon] for polygon in self.around) / self.count
        return result


def _count_up(count):
    """0, 1 .. count - 1 for every count, one after the other, int32."""
    total = np.arange(count.sum(), dtype=np.int32)
    return total - np.repeat((np.cumsum(count) - count).astype(np.int32), count)


def _boxes(corners, height, width):
    """First pixel (F, 2) and size (F, 2) in px, x then y, of the pixel centres in each bounding box."""
    limit = [width, height]
    a, b, c = (corners[:, i] for i in range(3))
    first = np.ceil(np.minimum(np.minimum(a, b), c) - 0.5).clip(0, limit).astype(np.int32)
    last = np.floor(np.maximum(np.maximum(a, b), c) + 0.5).clip(0, limit).astype(np.int32)
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
