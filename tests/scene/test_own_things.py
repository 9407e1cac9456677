"""Own things in scenes: where they are, how large, which way round, and the ids of their labels."""

import dataclasses
import json

import cv2
import numpy as np
import pytest

from pipeline.data.coco import read_coco
from pipeline.scene import planar
from pipeline.scene.atlas import Atlas, SpriteMeta
from pipeline.scene.cutouts import cutout_sprite
from pipeline.scene.draw import draw, load_stock
from pipeline.scene.light import FRONTAL, Light
from pipeline.scene.object_layers import _fitting, paste_things, place_things
from pipeline.scene.objects import Category, draw_things
from pipeline.scene.own_atlas import cutouts_atlas, draw_views_deg, meshes_atlas
from pipeline.scene.poses import on_wall
from pipeline.scene.recipe import read_recipe
from pipeline.scene.upright import wall_at
from pipeline.scene.view import View
from pipeline.stages import synth
from sensors import Camera, CameraProfile
from tests import fabricated, own_things
from tests.reference import pinhole

VIEW = View(768, 576, 4.0, 14.0, 800.0)
OPEN = np.full((576, 768), 1000.0, np.float32)


def ground_depth(view=VIEW):
    depth = view.camera_height_m / np.maximum(view.rays()[1], 0.01)
    return np.minimum(np.repeat(depth, view.width_px, axis=1), 400.0).astype(np.float32)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root = tmp_path_factory.mktemp("own")
    own_things.write_files(root)
    return root


def signs(folder, **changes):
    params = own_things.cutouts(folder, count_range=(200, 200), **changes)
    return Category(1, "sign", params, cutouts_atlas("sign", params, own_things.tiny_params(folder).assets))


def solids(folder, name, **changes):
    params = own_things.meshes(folder, count_range=(200, 200), **changes)
    return Category(1, name, params, meshes_atlas(name, params, own_things.tiny_params(folder).assets, [7]))


def drawn(category, seed=1):
    return draw_things(np.random.default_rng([seed]), category.params)


def corners_by_opencv(board, view):
    """The board's corners as OpenCV projects them: its own axes are turned and moved before a pinhole camera."""
    w, h = board.width_m / 2, board.height_m / 2
    flat = np.array([[-w, -h, 0], [w, -h, 0], [w, h, 0], [-w, h, 0]])
    axes = np.stack([board.across, board.down, np.cross(board.across, board.down)], axis=1)
    camera = np.array([[view.focal_px, 0, view.width_px / 2], [0, view.focal_px, view.height_px / 2], [0, 0, 1]])
    return cv2.projectPoints(flat, cv2.Rodrigues(axes)[0], board.centre_m, camera, None)[0][:, 0]


@pytest.mark.parametrize("seed", range(12))
def test_the_corners_of_a_turned_thing_are_where_opencv_projects_them(seed):
    rng = np.random.default_rng([seed])
    across, down = planar.turned(*rng.uniform(-60, 60, 2), rng.uniform(0, 360))
    board = planar.Board(np.array([*rng.uniform(-1, 1, 2), rng.uniform(3, 8)]), across, down, 1.2, 0.9)
    expected = corners_by_opencv(board, VIEW)
    np.testing.assert_allclose(planar.project(board.corners_m(), VIEW), expected, atol=1e-6)
    # and its picture lies there: each corner has a colour of its own, seen just inside the projected corner
    paint = np.zeros((90, 120, 4), np.float32)
    paint[..., 3] = 1
    for number, part in enumerate((np.s_[:45, :60], np.s_[:45, 60:], np.s_[45:, 60:], np.s_[45:, :60])):
        paint[part][..., :3] = (number & 1, number >> 1, 0.25 * number)
    patch = planar.see(paint, board, VIEW)
    middle = expected.mean(axis=0)
    for number, corner in enumerate(expected):
        x, y = corner + 0.2 * (middle - corner) - (patch.x0, patch.y0)
        seen = patch.values[int(y), int(x)]
        np.testing.assert_allclose(seen, (number & 1, number >> 1, 0.25 * number, 1), atol=0.02)
    area = abs(cv2.contourArea(expected.astype(np.float32)))
    assert patch.values[..., 3].sum() == pytest.approx(area, rel=0.01)


def test_a_front_that_turns_away_from_the_sun_gets_darker():
    sun = Light((0.0,) * 3, (1.0,) * 3, (1.0, 0.0, 0.0), (0.0, -1.0, 0.0), 0.0)  # from the right
    for yaw in (-60, 0, 30, 60):
        board = planar.Board(np.array([0, 0, 5.0]), *planar.turned(yaw, 0), 1.0, 1.0)
        lit = sun.on(np.float32(board.normal_to_light())[None])[0, 0]
        assert lit == pytest.approx(max(np.sin(np.deg2rad(yaw)), 0), abs=1e-5)
    up = planar.Board(np.array([0, 0, 5.0]), *planar.turned(0, 40), 1.0, 1.0).normal_to_light()
    np.testing.assert_allclose(up, [0, -np.sin(np.deg2rad(40)), np.cos(np.deg2rad(40))], atol=1e-9)


def is_mirrored(values):
    """Whether an F in premultiplied light, on a black board, is one of the mirror images of an F.

    Its handedness is the sign of the determinant of the best affine map of the F onto it, over all four pairings of
    the board's corners with a turned or a mirrored board.
    """
    alpha = (values[..., 3] > 0.5).astype(np.uint8)
    contour = max(cv2.findContours(alpha, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)[0], key=len)
    box = cv2.approxPolyDP(contour, 0.04 * cv2.arcLength(contour, True), True)[:, 0].astype(np.float32)
    if len(box) != 4:
        return None
    glyph = own_things.glyph()[2:-2, 2:-2, 0].astype(np.float32) / 255
    h, w = glyph.shape
    corners = np.float32([[0, 0], [w, 0], [w, h], [0, h]])
    errors = {False: [], True: []}
    for turn in range(4):
        for mirrored in (False, True):
            target = np.roll(box[::-1] if mirrored else box, turn, axis=0)
            flat = cv2.warpPerspective(values[..., 0], cv2.getPerspectiveTransform(target, corners), (w, h))
            clockwise = cv2.contourArea(target, oriented=True) > 0
            errors[not clockwise].append(np.abs(flat / max(flat.max(), 1e-6) - glyph).mean())
    return min(errors[True]) < min(errors[False])


@pytest.mark.parametrize("placement", ["ground", "wall", "free"])
def test_chiral_text_is_never_mirrored_and_other_things_are_half_the_time(folder, placement):
    walls = np.full((576, 768), 9.0, np.float32)
    found = {}
    for chiral in (True, False):
        category = signs(folder, chiral=chiral, placement=placement, height_px_range=(50.0, 120.0),
                         turn_deg_range=(-35.0, 35.0))  # fmt: skip
        depth = walls if placement == "wall" else ground_depth()
        layers = place_things(category, drawn(category), VIEW, FRONTAL, depth)
        layers += paste_things(category, drawn(category, 2), VIEW, FRONTAL)
        told = [is_mirrored(layer.rgba.values) for layer in layers]
        told = [one for one in told if one is not None]
        assert len(told) >= 200
        found[chiral] = np.mean(told)
    assert found[True] == 0.0
    assert found[False] == pytest.approx(0.5, abs=0.1)


@pytest.mark.parametrize("name", ["sign", "crate"])
def test_things_on_the_ground_are_as_tall_as_the_ground_plane_makes_them(folder, name):
    changes = {"height_px_range": (20.0, 150.0), "height_m_range": (1.2, 1.2)}
    category = signs(folder, turn_deg_range=(-0.01, 0.01), **changes) if name == "sign" else None
    category = category or solids(folder, name, sprites=30, **changes)
    layers = place_things(category, drawn(category), VIEW, FRONTAL, ground_depth())
    ratios = []
    for layer in layers:
        x, z = VIEW.ground_point(*layer.foot_px)
        pixels, depth = pinhole.project(VIEW, [[x, 0, z], [x, 1.2, z]])
        np.testing.assert_allclose(pixels[0], layer.foot_px, atol=1e-6)
        assert layer.depth_m == pytest.approx(depth[0])
        rows = np.flatnonzero((layer.rgba.values[..., 3] > 0.5).any(axis=1))
        bottom, top = layer.rgba.y0 + rows[-1] + 1, layer.rgba.y0 + rows[0]
        upright = pixels[0, 1] - pixels[1, 1]
        assert 20 * 0.98 <= upright <= 150 * 1.02
        if name == "sign":
            assert bottom == pytest.approx(layer.foot_px[1], abs=1.5)
            ratios.append((bottom - top) / upright)
        else:  # a cube is as deep as it is high: its top face shows, and its foot is below its middle
            ratios.append((layer.foot_px[1] - top) / upright)
        assert layer.shadows
    assert len(layers) > 150
    if name == "sign":
        np.testing.assert_allclose(ratios, 1, atol=0.09)  # of the smallest, a pixel is 0.05
    else:
        assert 1.0 < np.median(ratios) < 1.5


def test_a_cutout_of_unknown_size_has_the_height_asked_for(folder):
    category = signs(folder, height_m_range=(0.0, 0.0), height_px_range=(30.0, 120.0))
    for layers in (
        place_things(category, drawn(category), VIEW, FRONTAL, ground_depth()),
        paste_things(category, drawn(category), VIEW, FRONTAL),
    ):
        heights = np.array([layer.rgba.values[..., 3].sum(axis=0).max() for layer in layers])
        assert len(layers) > 100
        assert 29 < heights.min() < 40 and 100 < heights.max() < 121.5


def wall_depth(view, normal, distance_m):
    """Depth map of the plane normal . P = distance, of ground coordinates (x right, y up, z forward), else 1000."""
    right, down, forward = view.rays()
    toward = normal[0] * right - normal[1] * down + normal[2] * forward
    offset = distance_m - normal[1] * view.camera_height_m
    depth = np.where(toward > 1e-3, offset / np.maximum(toward, 1e-3), 1000.0)
    return np.minimum(depth, 1000.0).astype(np.float32)


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


def test_what_is_free_floats_before_everything_at_any_rotation(folder):
    depth = ground_depth()
    category = solids(folder, "crate", placement="free", height_px_range=(20.0, 60.0), sprites=16)
    layers = place_things(category, drawn(category), VIEW, FRONTAL, depth)
    assert len(layers) > 190 and not any(layer.shadows for layer in layers)
    for layer in layers:
        u, v = layer.foot_px
        assert layer.depth_m <= 0.91 * depth[int(v), int(u)]
        assert 18 <= layer.rgba.values.shape[0] <= 63
    assert len({layer.rgba.values.shape for layer in layers}) > 50


def test_views_are_those_that_a_placement_shows(folder):
    views = {}
    for placement in ("ground", "wall", "free"):
        params = own_things.meshes(folder, placement=placement, sprites=4000)
        views[placement] = draw_views_deg(np.random.default_rng([1]), params, (0.0, 35.0))
    yaw, pitch, roll = views["free"].T  # in equal shares all over a sphere
    np.testing.assert_allclose(np.histogram(np.sin(np.deg2rad(pitch)), 4, (-1, 1))[0] / 4000, 0.25, atol=0.03)
    for angle in (yaw, roll):
        np.testing.assert_allclose(np.histogram(angle, 4, (0, 360))[0] / 4000, 0.25, atol=0.03)
    yaw, pitch, roll = views["ground"].T
    assert 0 <= pitch.min() and pitch.max() <= 35 and not roll.any() and np.ptp(np.histogram(yaw, 8, (0, 360))[0]) == 0
    yaw, pitch, roll = views["wall"].T
    assert np.abs(yaw).max() <= 80 and -35 <= pitch.min() < -30 and 30 < pitch.max() <= 35 and not roll.any()


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


def hidden_by_opaque(layers, view):
    """Of each layer the share that nearer ones cover, from their alphas alone, painted far to near on one canvas."""
    owner = np.full((view.height_px, view.width_px), -1)
    whole = np.zeros(len(layers))
    for number in sorted(range(len(layers)), key=lambda i: -layers[i].depth_m):
        values, x0, y0 = layers[number].rgba.at(0.0, 0.0)
        rows, cols = np.nonzero(values[..., 3] > 0.5)
        rows, cols = rows + y0, cols + x0
        inside = (rows >= 0) & (rows < view.height_px) & (cols >= 0) & (cols < view.width_px)
        owner[rows[inside], cols[inside]] = number
        whole[number] = len(rows)
    return whole, np.bincount(owner[owner >= 0], minlength=len(layers))


def test_nearer_things_hide_farther_ones_of_any_category(world):
    """Visible shares of the whole chain against a painter's canvas, on a still camera."""
    root, params = world
    recipe = read_recipe(root / "data/out/recipes/composite.json")
    stock = load_stock(recipe, *fabricated.stock_folders(root))
    shares = []
    for index in range(4):
        scene, _ = draw(recipe, stock, "train", index)
        still = dataclasses.replace(scene, motion=type(scene.motion)(), background=0 * scene.background)
        whole, seen = hidden_by_opaque(still.actors, still.view)
        for label in Camera(CameraProfile()).photograph(still, np.random.default_rng([0])).labels:
            if label.truncation < 0.01 and whole[label.actor] > 100:
                shares.append((label.visible_fraction, seen[label.actor] / whole[label.actor]))
    told, expected = np.transpose(shares)
    assert len(told) > 15 and (expected < 0.9).sum() > 3
    np.testing.assert_allclose(told, expected, atol=0.08)  # soft edges count here as all or nothing


def test_nothing_stands_inside_a_wall(folder):
    depth = ground_depth()
    depth[:, :384] = np.minimum(depth[:, :384], 6.0)
    category = signs(folder, height_px_range=(20.0, 60.0))
    layers = place_things(category, drawn(category), VIEW, FRONTAL, depth)
    assert 20 < len(layers) < 160 and all(layer.foot_px[0] >= 383 or layer.depth_m < 6.7 for layer in layers)


def test_moving_things_go_as_fast_as_they_are_said_to(folder):
    category = signs(folder, speed_m_s_range=(2.0, 2.0))
    for layer in place_things(category, drawn(category), VIEW, FRONTAL, ground_depth()):
        here = np.array(VIEW.ground_point(*layer.foot_px))
        there = np.array(VIEW.ground_point(*(np.array(layer.foot_px) + 1e-4 * np.array(layer.velocity_px_s))))
        assert np.hypot(*(there - here)) / 1e-4 == pytest.approx(2.0, rel=0.02)


@pytest.fixture(scope="module")
def world(tmp_path_factory, folder):
    """Fabricated inputs of the stage synth with the things of own_things."""
    root = tmp_path_factory.mktemp("world")
    params = own_things.tiny_params(folder)
    fabricated.write_inputs(root, params)
    assets = root / "data/out/assets"
    for name, category in params.assets.categories.items():
        if category.kind == "cutouts":
            cutouts_atlas(name, category, params.assets).save(assets / name)
        elif category.kind == "meshes":
            meshes_atlas(name, category, params.assets, [7]).save(assets / name)
    return root, params


def test_labels_have_the_ids_of_their_categories_in_every_rung(world):
    root, params = world
    names = list(params.assets.categories)
    for rung in params.ladder:
        recipe = read_recipe(root / f"data/out/recipes/{rung}.json")
        assert recipe.categories == params.assets.categories
        stock = load_stock(recipe, *fabricated.stock_folders(root))
        seen = set()
        for index in range(4):
            scene, _ = draw(recipe, stock, "train", index)
            seen |= {layer.category_id for layer in scene.layers}
            again, _ = draw(recipe, stock, "train", index)
            for one, other in zip(scene.layers, again.layers, strict=True):
                np.testing.assert_array_equal(one.rgba.values, other.rgba.values)
        assert seen == {names.index(name) + 1 for name in names if name != "ladder"}, rung


def test_other_categories_do_not_change_the_people(world):
    root, params = world
    recipe = read_recipe(root / "data/out/recipes/randomized.json")
    stock = load_stock(recipe, *fabricated.stock_folders(root))
    alone = dataclasses.replace(stock, things=[])
    for index in range(3):
        both = [draw(recipe, each, "train", index)[0] for each in (stock, alone)]
        people = [[layer for layer in scene.layers if layer.category_id == 2] for scene in both]
        assert len(people[0]) == len(people[1]) == len(both[1].layers) > 0
        for one, other in zip(*people, strict=True):
            np.testing.assert_array_equal(one.rgba.values, other.rgba.values)


def test_the_stage_writes_coco_with_all_categories_chiral_where_they_are(world, monkeypatch):
    root, params = world
    monkeypatch.chdir(root)
    synth.run("site")
    for split in ("train", "test"):
        path = root / f"data/out/synth/site/{split}/annotations.json"
        rows = json.loads(path.read_text())["categories"]
        assert rows == [
            {"id": 1, "name": "sign", "chiral": True}, {"id": 2, "name": "person"}, {"id": 3, "name": "mark"},
            {"id": 4, "name": "crate", "chiral": True}, {"id": 5, "name": "balloon"}, {"id": 6, "name": "ladder"},
        ]  # fmt: skip
        found = read_coco(path, path.parent / "images", categories=None)
        ids = [annotation.category_id for annotation in found.annotations]
        assert set(ids) <= {1, 2, 3, 4, 5} and len(set(ids)) >= 4


def test_an_atlas_of_things_is_saved_and_loaded_as_it_is(folder, tmp_path):
    atlas = Atlas.of([cutout_sprite(folder / "sign/f.png", 0, 1000), cutout_sprite(folder / "mark/f.webp", 1, 40)])
    atlas.save(tmp_path)
    again = Atlas.load(tmp_path)
    assert again.meta == atlas.meta and again.pixels.keys() == {"alpha", "normal", "albedo"}
    for i in range(2):
        np.testing.assert_array_equal(again[i].albedo, atlas[i].albedo)
        np.testing.assert_array_equal(again[i].normal, atlas[i].normal)
