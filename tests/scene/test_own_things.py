"""Own things in scenes: where they are, how large, and which way round."""

import cv2
import numpy as np
import pytest

from pipeline.scene.atlas import Atlas
from pipeline.scene.cutouts import cutout_sprite
from pipeline.scene.light import FRONTAL
from pipeline.scene.object_layers import paste_things, place_things
from pipeline.scene.own_atlas import draw_views_deg
from tests import own_things
from tests.own_placed import VIEW, drawn, ground_depth, signs, solids
from tests.reference import pinhole


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root = tmp_path_factory.mktemp("own")
    own_things.write_files(root)
    return root


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


def test_an_atlas_of_things_is_saved_and_loaded_as_it_is(folder, tmp_path):
    atlas = Atlas.of([cutout_sprite(folder / "sign/f.png", 0, 1000), cutout_sprite(folder / "mark/f.webp", 1, 40)])
    atlas.save(tmp_path)
    again = Atlas.load(tmp_path)
    assert again.meta == atlas.meta and again.pixels.keys() == {"alpha", "normal", "albedo"}
    for i in range(2):
        np.testing.assert_array_equal(again[i].albedo, atlas[i].albedo)
        np.testing.assert_array_equal(again[i].normal, atlas[i].normal)
