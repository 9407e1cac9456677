import numpy as np
import pytest

from pipeline.config import load_params
from pipeline.scene.view import View, draw_view
from tests.fabricated import REPOSITORY, tiny_params
from tests.reference import pinhole

RNG = np.random.default_rng([41])
VIEWS = [
    View(768, 576, *(float(RNG.uniform(*r)) for r in ((1.5, 12), (2, 40), (400, 1500)))) for _ in range(12)
]


def ground_in_view(view, rng, count):
    """Random pixels below the horizon."""
    v = rng.uniform(max(view.horizon_px, 0) + 5, view.height_px, count)
    return rng.uniform(0, view.width_px, count), v


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: f"{view.pitch_deg:.0f}deg")
def test_projection_is_that_of_camera_matrices(view):
    points = np.random.default_rng([1]).uniform((-20, 0, 6), (20, 3, 60), (50, 3))
    pixels, depth = pinhole.project(view, points)
    assert depth.min() > 0
    u, v, z = view.project(*points.T)
    np.testing.assert_allclose(np.stack([u, v], 1), pixels, rtol=1e-9, atol=1e-6)
    np.testing.assert_allclose(z, depth, rtol=1e-9)


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: f"{view.pitch_deg:.0f}deg")
def test_a_pixel_sees_the_ground_point_that_projects_onto_it(view):
    for u, v in zip(*ground_in_view(view, np.random.default_rng([2]), 20), strict=True):
        x, z = view.ground_point(u, v)
        (back,), (depth,) = pinhole.project(view, [[x, 0, z]])
        np.testing.assert_allclose(back, [u, v], atol=1e-6)
        assert depth > 0


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: f"{view.pitch_deg:.0f}deg")
def test_rays_lead_back_to_their_pixels(view):
    right, down, forward = view.rays()
    depth = 7.0
    rows, cols = [0, 100, 575], [0, 333, 767]
    points = [
        [depth * right[0, c], view.camera_height_m - depth * down[r, 0], depth * forward[r, 0]]
        for r, c in zip(rows, cols, strict=True)
    ]
    pixels, depths = pinhole.project(view, points)
    np.testing.assert_allclose(depths, depth, rtol=1e-5)
    np.testing.assert_allclose(pixels, np.stack([cols, rows], 1) + 0.5, atol=2e-3)


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: f"{view.pitch_deg:.0f}deg")
def test_the_horizon_is_where_the_ground_ends(view):
    pixels, _ = pinhole.project(view, [[0, 0, 1e9], [1e8, 0, 1e9]])
    np.testing.assert_allclose(pixels[:, 1], view.horizon_px, atol=1e-3)


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: f"{view.pitch_deg:.0f}deg")
def test_height_of_a_person_is_the_distance_between_projected_foot_and_head(view):
    _, rows = ground_in_view(view, np.random.default_rng([3]), 6)
    for row in rows:
        # find the distance whose foot is on that row by bisection over the reference alone
        near, far = 0.01, 1e6
        for _ in range(100):
            z = np.sqrt(near * far)
            (pixel,), (depth,) = pinhole.project(view, [[0, 0, z]])
            near, far = (z, far) if depth <= 0 or pixel[1] > row else (near, z)
        pixels, depths = pinhole.project(view, [[0, 0, z], [0, 1.8, z]])
        if depths.min() > 0.5:
            expected = pixels[0, 1] - pixels[1, 1]
            assert view.person_height_px(row, 1.8) == pytest.approx(expected, rel=1e-4)


def views_like_the_shipped(count):
    ranges = load_params(REPOSITORY / "params.yaml").effects.places
    return [draw_view(np.random.default_rng([i]), ranges, 768, 576) for i in range(count)]


def test_the_row_for_a_height_gives_that_height():
    for view in views_like_the_shipped(100):
        for height in (20, 32, 60):
            row = view.row_with_person_height(height)
            assert view.person_height_px(row) == pytest.approx(height, rel=1e-3)


def test_people_nearer_to_the_lower_edge_are_taller_unless_seen_from_above():
    for view in views_like_the_shipped(30):
        rows = np.linspace(max(view.horizon_px, 0) + 4, view.height_px, 30)
        angles = [view.down_angle_deg(view.ground_point(384.0, row)[1]) for row in rows]
        heights = np.array([view.person_height_px(row) for row in rows])
        assert np.all(np.diff(heights)[np.array(angles[1:]) < 35] > 0)


def test_the_downward_angle_is_that_of_the_line_to_the_body():
    view = View(640, 480, 5.9, 20.0, 700.0)
    assert view.down_angle_deg(5.0, 0.9) == pytest.approx(45.0)
    assert view.down_angle_deg(1e6) == pytest.approx(0.0, abs=1e-3)


def test_drawn_views_lie_within_their_ranges():
    places = tiny_params().effects.places
    views = [draw_view(np.random.default_rng([i]), places, 192, 144) for i in range(200)]
    for key in ("camera_height_m", "pitch_deg", "focal_px"):
        low, high = getattr(places, f"{key}_range")
        values = np.array([getattr(view, key) for view in views])
        assert low <= values.min() < low + 0.1 * (high - low)
        assert high - 0.1 * (high - low) < values.max() <= high
