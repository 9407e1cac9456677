import dataclasses

import numpy as np
import pytest

from pipeline.scene import dress
from pipeline.scene.crowd import draw_crowd
from pipeline.scene.light import FRONTAL
from pipeline.scene.placement import place_anywhere, place_on_ground, spread, where_walked
from pipeline.scene.view import View
from tests import fabricated
from tests.reference import pinhole

VIEW = View(768, 576, 4.0, 14.0, 800.0)
OPEN = np.full((576, 768), 1000.0, np.float32)
RANGE_PX = (30.0, 200.0)


@pytest.fixture(scope="module")
def atlas():
    return fabricated.atlas()


@pytest.fixture(scope="module")
def crowd():
    scenes = fabricated.tiny_params(people_range=(60, 60), pair_probability=0.3).scenes
    return draw_crowd(np.random.default_rng([1]), scenes)


def stood(atlas, crowd, view=VIEW, depth=OPEN):
    return place_on_ground(crowd, spread(crowd, view, RANGE_PX), atlas, view, FRONTAL, depth)


def edges(layer):
    """Rows and columns of the patch that hold alpha: (top, bottom, left, right) in px of the picture."""
    alpha = layer.rgba.values[..., 3] > 0.5
    rows, cols = np.flatnonzero(alpha.any(axis=1)), np.flatnonzero(alpha.any(axis=0))
    return (
        layer.rgba.y0 + rows[0], layer.rgba.y0 + rows[-1] + 1,
        layer.rgba.x0 + cols[0], layer.rgba.x0 + cols[-1] + 1,
    )  # fmt: skip


def test_people_are_as_tall_as_the_ground_plane_makes_them(atlas, crowd):
    heights, expected = [], []
    for layer in stood(atlas, crowd):
        x, z = VIEW.ground_point(*layer.foot_px)
        pixels, depth = pinhole.project(VIEW, [[x, 0, z], [x, fabricated.STATURE_M, z]])
        np.testing.assert_allclose(pixels[0], layer.foot_px, atol=1e-6)
        assert layer.depth_m == pytest.approx(depth[0])
        top, bottom, _, _ = edges(layer)
        heights.append(bottom - top)
        expected.append(pixels[0, 1] - pixels[1, 1])
    assert len(heights) > 30
    ratio = np.array(heights) / expected
    # a sprite is seen by parallel rays and by pitches five degrees apart
    assert abs(np.median(ratio) - 1) < 0.03
    assert np.all(np.abs(ratio - 1) < 0.12)


def test_feet_stand_on_their_ground_point(atlas, crowd):
    for layer in stood(atlas, crowd):
        _, bottom, left, right = edges(layer)
        assert bottom == pytest.approx(layer.foot_px[1], abs=1.5)
        assert (left + right) / 2 == pytest.approx(layer.foot_px[0], abs=2.0)


def test_people_who_walk_alone_have_heights_within_the_range(atlas, crowd):
    alone = tuple(dataclasses.replace(person, beside=False) for person in crowd)
    heights = [VIEW.person_height_px(layer.foot_px[1]) for layer in stood(atlas, alone)]
    assert min(heights) >= RANGE_PX[0] * 0.99 and max(heights) <= RANGE_PX[1] * 1.01
    assert min(heights) < 50 and max(heights) > 150  # and use it


def test_the_wanted_share_stands_where_people_were_seen():
    seen = np.array([[100.0, 200.0], [600.0, 450.0]])
    elsewhere = [(-1000.0, 300.0)] * 2000
    feet = np.array(where_walked(np.random.default_rng([3]), elsewhere, seen, 0.7, VIEW))
    near = feet[:, 0] > -1000
    assert near.mean() == pytest.approx(0.7, abs=0.04)
    heights = np.array([VIEW.person_height_px(row) for row in seen[:, 1]])
    apart = np.hypot(*(feet[near][:, None] - seen[None]).transpose(2, 0, 1)) / heights
    assert apart.min(1).max() < 2.0  # at most two heights away
    assert (apart.argmin(1) == 0).mean() == pytest.approx(0.5, abs=0.05)  # of all that were seen
    assert where_walked(np.random.default_rng([3]), elsewhere, seen, 0.0, VIEW) == elsewhere


def test_pairs_walk_a_metre_apart(atlas, crowd):
    alone = dataclasses.replace(crowd[0], position_share=(0.5, 0.5), beside=False)
    beside = dataclasses.replace(crowd[1], beside=True, side_m=(0.6, -0.2))
    first, second = stood(atlas, (alone, beside))
    offset = np.subtract(VIEW.ground_point(*second.foot_px), VIEW.ground_point(*first.foot_px))
    np.testing.assert_allclose(offset, [0.6, -0.2], atol=1e-6)


class Watched:
    """An atlas that remembers which sprites were taken."""

    def __init__(self, atlas):
        self.atlas, self.by_pitch, self.taken = atlas, atlas.by_pitch, []

    def __getitem__(self, i):
        self.taken.append(i)
        return self.atlas[i]


def test_people_are_seen_from_about_the_angle_of_the_camera(crowd):
    pitches = np.repeat(np.arange(0.0, 31.0, 2.0), 12)
    watched = Watched(fabricated.Atlas.of([fabricated.sprite(i, p) for i, p in enumerate(pitches)]))
    layers = stood(watched, crowd)
    assert len(layers) == len(watched.taken) and len(set(watched.taken)) > 20
    for layer, number in zip(layers, watched.taken, strict=True):
        _, z = VIEW.ground_point(*layer.foot_px)
        angle = np.rad2deg(np.arctan2(VIEW.camera_height_m - 0.9, z))
        assert abs(pitches[number] - min(angle, 30.0)) <= 6.0


def test_walkers_move_as_their_ground_points_do(atlas, crowd):
    crowd = tuple(dataclasses.replace(person, beside=False) for person in crowd)
    seen = {True: 0, False: 0}
    for person in crowd:
        for layer in stood(atlas, (person,)):
            x, z = VIEW.ground_point(*layer.foot_px)
            speed = np.array(layer.velocity_px_s)
            dt = 1e-4
            # the ground velocity behind the picture's velocity, by inverting the projection
            step = np.subtract(VIEW.ground_point(*(np.array(layer.foot_px) + speed * dt)), (x, z)) / dt
            walks = bool(speed.any())
            seen[walks] += 1
            if walks:
                assert np.hypot(*step) == pytest.approx(person.speed_m_s, rel=0.02)
    assert seen[True] > 10 and seen[False] > 5


@pytest.mark.parametrize(("yaw", "direction"), [(0, (0, -1)), (90, (1, 0)), (180, (0, 1)), (270, (-1, 0))])
@pytest.mark.parametrize("mirrored", [False, True])
def test_walkers_go_where_they_face(crowd, yaw, direction, mirrored):
    """Yaw 0 walks towards the camera, 90 to the right of the picture; a mirrored sprite to the left."""
    atlas = fabricated.Atlas.of([fabricated.sprite(0, 15.0, float(yaw), "walk")])
    person = dataclasses.replace(
        crowd[0], position_share=(0.5, 0.4), beside=False, mirrored=mirrored, speed_m_s=1.0
    )
    (layer,) = stood(atlas, (person,))
    foot = np.array(layer.foot_px)
    here = np.array(VIEW.ground_point(*foot))
    there = np.array(VIEW.ground_point(*(foot + 1e-4 * np.array(layer.velocity_px_s))))
    across, forward = direction
    expected = np.array([-across if mirrored else across, forward])
    np.testing.assert_allclose((there - here) / 1e-4, expected, atol=0.02)


def test_a_mirrored_person_is_the_mirror_image(crowd):
    sprite = fabricated.sprite(0, 15.0, 30.0, "stand")
    bent = dataclasses.replace(sprite, foot_xy=(0.2 * sprite.alpha.shape[1], sprite.foot_xy[1]))
    atlas = fabricated.Atlas.of([bent])
    person = dataclasses.replace(crowd[0], position_share=(0.5, 0.5), beside=False, mirrored=False)
    (plain,) = stood(atlas, (person,))
    (mirrored,) = stood(atlas, (dataclasses.replace(person, mirrored=True),))
    np.testing.assert_array_equal(mirrored.rgba.values, plain.rgba.values[:, ::-1])
    assert mirrored.foot_px == plain.foot_px
    # about the foot: as much of the body on its left as there was on its right
    width, foot = plain.rgba.values.shape[1], plain.foot_px[0]
    assert foot - plain.rgba.x0 == pytest.approx(0.2 * width, abs=0.5)
    assert foot - mirrored.rgba.x0 == pytest.approx(0.8 * width, abs=0.5)


def test_nobody_stands_inside_a_wall_or_a_thing(atlas, crowd):
    wall = OPEN.copy()
    wall[:, :400] = 6.0
    everyone, some = stood(atlas, crowd), stood(atlas, crowd, depth=wall)
    feet = {layer.foot_px for layer in some}
    assert 0 < len(some) < len(everyone)
    for layer in everyone:
        u, v = layer.foot_px
        inside = u < 399 and v < 576 and layer.depth_m * 0.9 > 6.0
        if u < 399 or u > 401:
            assert (layer.foot_px in feet) == (not inside)


def test_pasted_people_have_the_heights_asked_for_and_distinct_depths(atlas, crowd):
    layers = place_anywhere(crowd, atlas, FRONTAL, 768, 576, RANGE_PX)
    assert len(layers) == len(crowd)
    heights = np.array([layer.rgba.values.shape[0] for layer in layers])
    assert heights.min() >= RANGE_PX[0] - 1 and heights.max() <= RANGE_PX[1] + 1
    assert len({layer.depth_m for layer in layers}) == len(layers)
    assert not any(layer.shadows for layer in layers)


def test_a_person_keeps_alpha_and_wears_the_colours_of_the_palette():
    sprite = fabricated.sprite(0)
    palette = np.random.default_rng([5]).uniform(0, 1, (len(dress.REGIONS), 3)).astype(np.float32)
    plain = np.ones(sprite.alpha.shape, np.float32)
    rgba = dress.light_sprite(sprite, palette, plain, FRONTAL, 1.0)
    np.testing.assert_allclose(rgba[..., 3], sprite.alpha / 255, atol=1e-6)
    row, col = 20, sprite.alpha.shape[1] // 2  # on the face, which looks at the camera
    light = FRONTAL.on(sprite.normal[row, col][None] / 127)[0]
    np.testing.assert_allclose(
        rgba[row, col, :3], palette[sprite.region[row, col]] * light, atol=1e-3
    )
    half = dress.light_sprite(sprite, palette, plain, FRONTAL, 0.5)
    assert half[..., 3].sum() * 4 == pytest.approx(rgba[..., 3].sum(), rel=0.02)


def test_patterns_are_printed_on_clothes_only():
    sprite = fabricated.sprite(0)
    palette = np.full((len(dress.REGIONS), 3), 0.5, np.float32)
    pattern = dress.draw_pattern(np.random.default_rng([6]), sprite.alpha.shape)
    plain = dress.light_sprite(sprite, palette, np.ones_like(pattern), FRONTAL, 1.0)
    printed = dress.light_sprite(sprite, palette, pattern, FRONTAL, 1.0)
    changed = np.abs(printed - plain)[..., :3].max(axis=2) > 1e-4
    clothed = np.isin(sprite.region, [dress.REGIONS.index(name) for name in ("top", "trousers")])
    assert not changed[~clothed].any()
    assert changed[clothed].mean() > 0.8
