import dataclasses

import numpy as np
import pytest

from pipeline.scene.layer import Layer, Patch
from pipeline.scene.motion import CameraMotion
from pipeline.scene.scene import Scene
from pipeline.scene.view import View

WIDTH, HEIGHT = 120, 90
VIEW = View(WIDTH, HEIGHT, 4.0, 15.0, 150.0)
ALL = slice(0, HEIGHT), slice(0, WIDTH)
MOVING = CameraMotion(0.08, -0.05, 0.06, (0.3, 0.0, 0.4), (0.5, 0.2), 12.0, 0.7)


def blob(rng, x0, y0, depth_m, person=True, size=(24, 12), velocity=(0.0, 0.0), solid=False):
    """A person or a thing: random colours under a soft or a solid alpha."""
    h, w = size
    y, x = np.mgrid[:h, :w]
    radius = np.hypot((x + 0.5 - w / 2) / (w / 2), (y + 0.5 - h / 2) / (h / 2))
    alpha = np.ones((h, w)) if solid else np.clip((1 - radius) * 4, 0, 1)
    rgba = np.dstack([rng.uniform(0, 1, (h, w, 3)) * alpha[..., None], alpha]).astype(np.float32)
    return Layer(Patch(rgba, x0, y0), (x0 + w / 2, y0 + h), depth_m, velocity, person)


def scene_of(layers, motion=None, background=None, depth=None):
    background = np.zeros((HEIGHT, WIDTH, 3), np.float32) if background is None else background
    depth = np.full((HEIGHT, WIDTH), 50.0, np.float32) if depth is None else depth
    return Scene(background, depth, tuple(layers), VIEW, motion or CameraMotion())


def random_scene(seed, motion=None):
    """Soft persons and things all over a smooth picture, some beyond its borders, some behind a wall."""
    rng = np.random.default_rng([seed])
    layers = []
    for number in range(9):
        x, y = rng.uniform(-10, WIDTH), rng.uniform(-10, HEIGHT)
        velocity, depth = tuple(rng.normal(0, 30, 2)), rng.uniform(4, 30)
        layers.append(blob(rng, x, y, depth, number % 3 > 0, rng.integers(6, 30, 2), velocity))
    waves = np.sin(np.arange(WIDTH) / 9)[None, :, None] * np.cos(np.arange(HEIGHT) / 7)[:, None, None]
    background = (0.5 + 0.4 * waves * np.array([1.0, 0.5, -0.7])).astype(np.float32)
    depth = np.full((HEIGHT, WIDTH), 50.0, np.float32)
    if motion is None:
        depth[:, 70:] = 15.0
    return scene_of(layers, motion, background, depth)


def on_canvas(coverage, values):
    """A patch of coverage in the frame: float (HEIGHT, WIDTH)."""
    return on_wide_canvas(coverage, values)[100:-100, 100:-100]


def on_wide_canvas(coverage, values):
    """A patch of coverage in the frame and 100 px around it: float (HEIGHT + 200, WIDTH + 200)."""
    canvas = np.zeros((HEIGHT + 200, WIDTH + 200))
    h, w = values.shape
    canvas[coverage.y0 + 100 : coverage.y0 + 100 + h, coverage.x0 + 100 : coverage.x0 + 100 + w] = values
    return canvas


def and_beyond(window, size):
    """A window of rows or columns on the wide canvas, with all beyond the frame that the window borders on."""
    return slice(window.start + 100 if window.start > 0 else 0, window.stop + 100 if window.stop < size else size + 200)


@pytest.mark.parametrize("seed", range(8))
def test_a_window_is_the_cut_of_the_whole(seed):
    rng = np.random.default_rng([seed, 1])
    scene, t_s = random_scene(seed), rng.uniform(0, 0.1)
    whole = scene.render(t_s, *ALL)
    top, left = rng.integers(0, HEIGHT - 1), rng.integers(0, WIDTH - 1)
    rows = slice(int(top), int(rng.integers(top + 1, HEIGHT + 1)))
    cols = slice(int(left), int(rng.integers(left + 1, WIDTH + 1)))
    part = scene.render(t_s, rows, cols)
    np.testing.assert_allclose(part.light, whole.light[rows, cols], atol=1e-6)
    window = and_beyond(rows, HEIGHT), and_beyond(cols, WIDTH)
    found = {coverage.actor: coverage for coverage in part.coverage}
    for theirs in whole.coverage:
        ours = found.get(theirs.actor)  # may be missing where the window holds nothing of it
        for name in ("silhouette", "visible"):
            expected = on_wide_canvas(theirs, getattr(theirs, name))[window]
            shown = on_wide_canvas(ours, getattr(ours, name))[window] if ours else 0 * expected
            np.testing.assert_array_equal(shown, expected)


@pytest.mark.parametrize("window", [(0, 30, 0, 120), (31, 64, 50, 117), (80, 90, 3, 4), (44, 45, 0, 60)])
def test_a_window_is_the_cut_of_the_whole_before_a_moving_camera(window):
    rows, cols = slice(*window[:2]), slice(*window[2:])
    scene = random_scene(3, CameraMotion(0.3, -0.2, 0.5, (0.3, 0.0, 0.4), (0.5, 0.2), 12.0, 0.7))
    whole = scene.render(0.05, *ALL).light
    part = scene.render(0.05, rows, cols).light
    assert np.abs(whole - scene.render(0.0, *ALL).light).max() > 0.2
    # the flow is interpolated from a grid of the window: equal to a small part of a pixel
    np.testing.assert_allclose(part, whole[rows, cols], atol=0.01)


def test_rendering_leaves_the_scene_as_it_was_and_gives_the_same_again():
    scene = random_scene(5, MOVING)
    before = scene.background.copy(), [layer.rgba.values.copy() for layer in scene.layers]
    first, second = scene.render(0.02, *ALL), scene.render(0.02, *ALL)
    np.testing.assert_array_equal(first.light, second.light)
    scene.render(0.0, *ALL).light[:] = 7
    np.testing.assert_array_equal(scene.background, before[0])
    for layer, values in zip(scene.layers, before[1], strict=True):
        np.testing.assert_array_equal(layer.rgba.values, values)


@pytest.mark.parametrize("seed", range(8))
def test_what_is_visible_is_the_silhouette_times_what_all_nearer_things_let_through(seed):
    scene = random_scene(seed)
    found = {coverage.actor: coverage for coverage in scene.render(0.0, *ALL).coverage}
    assert sorted(found) == list(range(scene.actor_count))

    def silhouette(layer):
        """Of one layer alone, by bilinear weights, in the frame; 0 where the wall is nearer."""
        only = scene_of([dataclasses.replace(layer, person=True)])
        (coverage,) = only.render(0.0, *ALL).coverage
        return on_canvas(coverage, coverage.silhouette)

    for number, actor in enumerate(scene.actors):
        expected = silhouette(actor) * (scene.background_depth_m >= 0.98 * actor.depth_m - 0.35)
        for layer in scene.layers:
            if layer.depth_m < actor.depth_m:
                expected *= 1 - silhouette(layer) * (scene.background_depth_m >= 0.98 * layer.depth_m - 0.35)
        coverage = found[number]
        np.testing.assert_allclose(on_canvas(coverage, coverage.silhouette), silhouette(actor), atol=1e-6)
        np.testing.assert_allclose(on_canvas(coverage, coverage.visible), expected, atol=1e-5)
        assert np.all(coverage.visible <= coverage.silhouette + 1e-6)


@pytest.mark.parametrize("still", [True, False])
@pytest.mark.parametrize("seed", range(6))
def test_coverage_is_what_the_light_shows(seed, still):
    """One actor red, everything else black: the red light is the actor's visible coverage."""
    scene = random_scene(seed, None if still else MOVING)
    for number, actor in enumerate(scene.actors):
        layers = []
        for layer in scene.layers:
            values = layer.rgba.values.copy()
            values[..., :3] = 0
            if layer is actor:
                values[..., 0] = values[..., 3]
            layers.append(dataclasses.replace(layer, rgba=dataclasses.replace(layer.rgba, values=values)))
        black = np.zeros_like(scene.background)
        painted = dataclasses.replace(scene, background=black, layers=tuple(layers))
        rendered = painted.render(0.03, *ALL)
        (coverage,) = [c for c in rendered.coverage if c.actor == number]
        np.testing.assert_allclose(rendered.light[..., 0], on_canvas(coverage, coverage.visible), atol=1e-5)
        assert not rendered.light[..., 1:].any()


def test_the_nearer_of_two_solid_people_hides_the_other_in_either_order():
    rng = np.random.default_rng([1])
    near = blob(rng, 40.0, 30.0, 6.0, size=(20, 10), solid=True)
    far = blob(rng, 45.0, 40.0, 9.0, size=(20, 10), solid=True)
    for layers in ((near, far), (far, near)):
        scene = scene_of(layers)
        coverage = {c.actor: c for c in scene.render(0.0, *ALL).coverage}
        seen = coverage[layers.index(far)].visible
        assert seen.sum() == 20 * 10 - 5 * 10
        assert not seen[:10, :5].any() and seen[10:].all() and seen[:, 5:].all()
        assert coverage[layers.index(near)].visible.all()


def test_a_wall_hides_who_stands_behind_it_and_not_who_stands_before_it():
    rng = np.random.default_rng([2])
    depth = np.full((HEIGHT, WIDTH), 50.0, np.float32)
    depth[:, :45] = 7.0
    wall = np.full((HEIGHT, WIDTH, 3), 0.3, np.float32)
    behind = blob(rng, 40.0, 20.0, 9.0, size=(20, 10), solid=True)
    before = blob(rng, 40.0, 60.0, 6.0, size=(20, 10), solid=True)
    rendered = scene_of((behind, before), background=wall, depth=depth).render(0.0, *ALL)
    coverage = {c.actor: c for c in rendered.coverage}
    assert not coverage[0].visible[:, :5].any() and coverage[0].visible[:, 5:].all()
    assert coverage[0].silhouette.all() and coverage[1].visible.all()
    np.testing.assert_array_equal(rendered.light[20:40, 40:45], wall[20:40, 40:45])


@pytest.mark.parametrize("z_m", [7.0, 9.0, 12.0, 15.0, 25.0])
def test_the_ground_before_the_feet_hides_no_shoe(z_m):
    """Shoes reach 30 cm towards the camera, over ground that is nearer than the body's axis."""
    ground = np.minimum(VIEW.camera_height_m / np.maximum(VIEW.rays()[1], 0.01), 400.0)
    depth = np.repeat(ground, WIDTH, axis=1).astype(np.float32)
    _, row, foot_depth = (float(v) for v in VIEW.project(0.0, 0.0, z_m))
    _, tip, _ = (float(v) for v in VIEW.project(0.0, 0.0, z_m - 0.3))
    person = blob(np.random.default_rng([4]), 50.0, tip - 30.0, foot_depth, size=(30, 12), solid=True)
    assert row <= HEIGHT and tip > row
    (coverage,) = scene_of((person,), depth=depth).render(0.0, *ALL).coverage
    np.testing.assert_array_equal(coverage.visible, coverage.silhouette)


def test_a_turning_camera_takes_the_wall_along():
    """The wall's edge in the picture and the edge of what it hides stay together."""
    rng = np.random.default_rng([3])
    depth = np.full((HEIGHT, WIDTH), 50.0, np.float32)
    depth[:, :60] = 7.0
    wall = np.zeros((HEIGHT, WIDTH, 3), np.float32)
    wall[:, :60] = 1.0
    person = blob(rng, 40.0, 30.0, 20.0, size=(30, 40), solid=True)
    person.rgba.values[..., :3] = 0  # black, as the ground is
    scene = scene_of((person,), CameraMotion(pan_rad_s=-0.5), wall, depth)
    t_s = 0.1
    (coverage,) = scene.render(t_s, *ALL).coverage
    shift = 0.05 * VIEW.focal_px
    hidden = np.flatnonzero(coverage.visible[15] < 0.5)
    assert coverage.x0 + hidden.max() + 1 == pytest.approx(60 + shift, abs=1.0)
    middle = scene.render(t_s, *ALL).light[45, :, 0]
    assert np.flatnonzero(middle > 0.5).max() + 1 == pytest.approx(60 + shift, abs=1.0)


@pytest.mark.parametrize("seed", range(6))
def test_people_are_where_actor_centre_says(seed):
    scene = random_scene(seed, MOVING)
    for t_s in (0.0, 0.04, 0.09):
        for coverage in scene.render(t_s, *ALL).coverage:
            y, x = np.mgrid[: coverage.silhouette.shape[0], : coverage.silhouette.shape[1]]
            weights = coverage.silhouette
            found = np.average(x + 0.5 + coverage.x0, weights=weights), np.average(
                y + 0.5 + coverage.y0, weights=weights
            )
            np.testing.assert_allclose(found, scene.actor_centre(coverage.actor, t_s), atol=0.05)


@pytest.mark.parametrize("seed", range(8))
def test_nobody_is_faster_than_the_bound(seed):
    scene = random_scene(seed, MOVING if seed % 2 else None)
    times = np.linspace(0, 0.05, 100)
    for actor in range(scene.actor_count):
        path = np.array([scene.actor_centre(actor, t) for t in times])
        speed = np.hypot(*np.diff(path, axis=0).T).max() / (times[1] - times[0])
        assert speed <= scene.max_speed_px_s() * 1.001


def test_a_scene_in_which_nothing_moves_says_so():
    rng = np.random.default_rng([4])
    assert scene_of([blob(rng, 10.0, 10.0, 5.0)]).max_speed_px_s() == 0.0
    assert scene_of([]).render(0.0, *ALL).coverage == []


def test_the_background_moves_as_a_pan_moves_a_far_picture():
    """A pan that shifts the middle by two pixels moves a far point by two pixels."""
    background = np.zeros((HEIGHT, WIDTH, 3), np.float32)
    background[45, 60] = 1.0
    scene = scene_of([], CameraMotion(pan_rad_s=2 / VIEW.focal_px), background)
    light = scene.render(1.0, *ALL).light[..., 0]
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    assert np.average(x, weights=light) == pytest.approx(58.0, abs=0.1)
    assert np.average(y, weights=light) == pytest.approx(45.0, abs=0.1)
