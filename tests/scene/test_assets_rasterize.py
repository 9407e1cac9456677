"""The rasterizer against slow or exact references."""

import numpy as np
import pytest

from pipeline.scene.rasterize import NeighbourMean, rasterize, vertex_normals


def reference(xy, depth, faces, height, width, keep):
    """Every pixel asks every triangle, one at a time."""
    image = np.full((height, width), -1)
    margin = np.full((height, width), np.inf)  # how close the decision was
    for y in range(height):
        for x in range(width):
            best = np.inf
            for k, (a, b, c) in enumerate(faces):
                matrix = np.array([[*xy[a], 1], [*xy[b], 1], [*xy[c], 1]]).T
                weights = np.linalg.solve(matrix, [x + 0.5, y + 0.5, 1])
                margin[y, x] = min(margin[y, x], abs(weights.min()))
                if weights.min() < 0:
                    continue
                kept, z = weights @ keep[[a, b, c]], weights @ depth[[a, b, c]]
                margin[y, x] = min(margin[y, x], abs(kept), abs(z - best))
                if kept >= 0 and z < best:
                    best, image[y, x] = z, k
    return image, margin


@pytest.mark.parametrize("seed", range(6))
def test_random_triangles_match_brute_force(seed):
    rng = np.random.default_rng(seed)
    xy = rng.uniform(-6, 26, (15, 2))  # some of it outside
    depth, keep = rng.uniform(2, 9, 15), rng.uniform(-0.4, 1, 15)
    faces = rng.permuted(np.tile(np.arange(15), (8, 1)), axis=1)[:, :3]
    face, bary = rasterize(xy, depth, faces, 20, 24, keep)
    expected, margin = reference(xy, depth, faces, 20, 24, keep)
    clear = margin > 1e-4
    assert clear.mean() > 0.95
    np.testing.assert_array_equal(face[clear], expected[clear])
    assert (bary[face < 0] == 0).all()
    np.testing.assert_allclose(bary[face >= 0].sum(axis=1), 1, atol=1e-5)


def test_barycentric_weights_give_back_the_pixel_centre():
    rng = np.random.default_rng(3)
    xy, faces = rng.uniform(0, 60, (9, 2)), np.arange(9).reshape(3, 3)
    face, bary = rasterize(xy, np.arange(9.0), faces, 60, 60)
    y, x = np.nonzero(face >= 0)
    point = np.einsum("pk,pkc->pc", bary[y, x], xy[faces[face[y, x]]])
    np.testing.assert_allclose(point, np.stack([x, y], 1) + 0.5, atol=1e-3)


def test_coverage_approaches_the_area_of_a_polygon():
    # A regular polygon as a fan: analytic area, no gap and no overlap along the shared edges.
    angle = 2 * np.pi * np.arange(17) / 17
    xy = np.concatenate([[[100.2, 99.7]], np.stack([np.cos(angle), np.sin(angle)], 1) * 90 + [100.2, 99.7]])
    fan = np.array([[0, 1 + k, 1 + (k + 1) % 17] for k in range(17)])
    face, _ = rasterize(xy, np.zeros(18), fan, 200, 200)
    area = 0.5 * 17 * 90**2 * np.sin(2 * np.pi / 17)
    assert (face >= 0).sum() == pytest.approx(area, rel=2e-3)
    filled = face >= 0
    first, last = filled.argmax(axis=1), 199 - filled[:, ::-1].argmax(axis=1)
    assert (filled.sum(axis=1)[filled.any(axis=1)] == (last - first + 1)[filled.any(axis=1)]).all()


def test_triangles_without_area_and_outside_the_image_draw_nothing():
    xy = np.array([[1, 1], [5, 5], [9, 9], [-9, -9], [-3, -9], [-3, -2], [3, 3]], float)
    face, _ = rasterize(xy, np.ones(7), np.array([[0, 1, 2], [3, 4, 5], [6, 6, 6]]), 10, 10)
    assert (face == -1).all()


def test_normals_of_a_sphere_are_its_radii():
    theta, phi = np.meshgrid(
        np.linspace(0.05, np.pi - 0.05, 40), np.linspace(0, 2 * np.pi, 80, endpoint=False), indexing="ij"
    )
    ball = np.stack([np.sin(theta) * np.cos(phi), np.sin(theta) * np.sin(phi), np.cos(theta)], -1).reshape(
        -1, 3
    )
    index = np.arange(40 * 80).reshape(40, 80)
    a, b, c, d = index[:-1], index[1:], np.roll(index, -1, 1)[1:], np.roll(index, -1, 1)[:-1]
    faces = np.concatenate([np.stack([a, b, c], -1).reshape(-1, 3), np.stack([a, c, d], -1).reshape(-1, 3)])
    normals = vertex_normals(ball, faces)
    assert ((normals * ball).sum(axis=1) > 0.995).all()


@pytest.mark.parametrize("seed", range(6))
def test_the_mean_around_a_vertex_is_that_of_its_polygons_means(seed):
    rng = np.random.default_rng([seed])
    polygons = np.array([rng.choice(30, 4, replace=False) for _ in range(rng.integers(1, 40))])
    values = rng.normal(0, 1, (33, 3))
    found = NeighbourMean(polygons)(values)
    for vertex in range(33):
        around = [values[list(polygon)].mean(axis=0) for polygon in polygons if vertex in polygon]
        np.testing.assert_allclose(found[vertex], np.mean(around, axis=0) if around else values[vertex], atol=1e-12)
