"""Walls in depth maps, and own things on them."""

import numpy as np
import pytest

from pipeline.scene import planar
from pipeline.scene.atlas import Atlas, SpriteMeta
from pipeline.scene.light import FRONTAL
from pipeline.scene.object_layers import _fitting, place_things
from pipeline.scene.objects import Category
from pipeline.scene.poses import on_wall
from pipeline.scene.upright import wall_at
from tests import own_things
from tests.own_placed import OPEN, VIEW, drawn, ground_depth, signs, wall_depth


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root = tmp_path_factory.mktemp("own")
    own_things.write_files(root)
    return root


@pytest.mark.parametrize("turn_deg", [-50, -20, 0, 35, 60])
def test_a_wall_is_found_with_its_distance_and_direction(turn_deg):
    turn = np.deg2rad(turn_deg)
    depth = wall_depth(VIEW, (np.sin(turn), 0.0, np.cos(turn)), 12.0)
    found = wall_at(depth, VIEW, 400.0, 200.0, 60.0, 40.0)
    assert found[0] == pytest.approx(depth[200, 400], rel=0.01)
    pitch = np.deg2rad(VIEW.pitch_deg)  # level axes to camera space
    expected = -np.array([np.sin(turn), -np.sin(pitch) * np.cos(turn), np.cos(pitch) * np.cos(turn)])
    assert found[1] @ expected > np.cos(np.deg2rad(1.5))


def test_ground_sky_edges_and_bends_are_no_walls():
    assert wall_at(ground_depth(), VIEW, 400, 400, 40, 40) is None
    assert wall_at(OPEN, VIEW, 400, 100, 40, 40) is None
    step = np.full((576, 768), 8.0, np.float32)
    step[:, 400:] = 12.0
    assert wall_at(step, VIEW, 400, 300, 40, 40) is None
    assert wall_at(step, VIEW, 300, 300, 40, 40) is not None
    assert wall_at(step, VIEW, 10, 300, 40, 40) is None  # beyond the picture
    a, b = (wall_depth(VIEW, (np.sin(t), 0.0, np.cos(t)), 10.0) for t in (0.6, -0.6))
    assert wall_at(np.maximum(a, b), VIEW, 384, 250, 120, 60) is None


def test_things_on_a_wall_lie_flat_on_it(folder):
    turn = np.deg2rad(40)
    depth = np.minimum(wall_depth(VIEW, (np.sin(turn), 0.0, np.cos(turn)), 10.0), ground_depth())
    category = signs(folder, placement="wall", height_m_range=(0.8, 0.8), height_px_range=(20.0, 150.0), chiral=True)
    layers = place_things(category, drawn(category), VIEW, FRONTAL, depth)
    assert len(layers) == 200
    for layer in layers:
        u, v = (int(value) for value in layer.foot_px)
        assert layer.depth_m == pytest.approx(depth[v, u], rel=0.02) and not layer.shadows
        assert layer.velocity_px_s == (0.0, 0.0)
        # a small piece of a plane n . P = d shows d f^2 / z^3 of its area; the wall is 10 m from the camera
        shown = 0.8 * 0.8 * 56 / 76 * 10 * VIEW.focal_px**2 / layer.depth_m**3
        assert layer.rgba.values[..., 3].sum() == pytest.approx(shown, rel=0.06)


@pytest.mark.parametrize("turn_deg", [-50, 0, 50])
def test_a_solid_thing_on_a_wall_turns_its_back_to_it(folder, turn_deg):
    """The sprite's yaw is the angle, seen from above, from the direction to the camera to the wall's normal."""
    turn = np.deg2rad(turn_deg)
    depth = wall_depth(VIEW, (np.sin(turn), 0.0, np.cos(turn)), 10.0)
    params = own_things.meshes(folder, placement="wall", count_range=(60, 60), height_px_range=(20.0, 150.0))
    views = [(yaw, pitch) for yaw in np.arange(-80.0, 81.0, 2.0) for pitch in np.arange(-35.0, 36.0, 2.0)]
    meta = tuple(SpriteMeta(0, "a", *view, 1.0, 100.0, (0.0, 0.0), ()) for view in views)
    category = Category(1, "crate", params, Atlas(meta, np.ones((len(meta), 2), np.int32), {}))
    yaws = []
    for thing in drawn(category):
        pose = on_wall(thing, category.params, (1.0, 1.0), VIEW, depth)
        chosen = meta[_fitting(category, thing, pose, VIEW)].yaw_deg
        u, _ = planar.project(pose.anchor_m[None], VIEW)[0]
        x_m, z_m = (u - 384) / 800, 1.0  # the ray as seen from above, of a camera that hardly leans
        normal_deg, to_camera_deg = -turn_deg, np.rad2deg(np.arctan2(-x_m, z_m))
        yaws.append((chosen, normal_deg - to_camera_deg))
    chosen, wanted = np.transpose(yaws)
    assert len(set(wanted)) == 60 and np.abs(wanted).max() < 80
    np.testing.assert_allclose(chosen, wanted, atol=5)  # the nearest are 2 degrees apart; the camera leans by 14
