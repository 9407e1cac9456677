import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from pipeline.scene.layer import Patch
from pipeline.scene.light import FRONTAL, Light, draw_light
from pipeline.scene.shadow import cast_shadow, contact_shadow

LIGHTS = [draw_light(np.random.default_rng([i]), 0.7, (0.2, 0.6), 5.0 + i) for i in range(30)]


@pytest.mark.parametrize("light", LIGHTS[:12])
def test_flat_ground_of_reflectance_one_receives_light_one(light):
    assert light.on(np.array(light.up))[1] == pytest.approx(1.0, abs=1e-5)  # green; the rest is tint


@pytest.mark.parametrize("light", LIGHTS[:12])
def test_light_is_a_cosine_law_plus_a_sky(light):
    normals = Rotation.random(200, random_state=1).as_matrix()[:, 0]
    found = light.on(normals)
    for normal, value in zip(normals, found, strict=True):
        facing = max(sum(a * b for a, b in zip(normal, light.to_sun, strict=True)), 0)
        up = sum(a * b for a, b in zip(normal, light.up, strict=True))
        expected = np.array(light.sky) * (0.68 + 0.32 * up) + np.array(light.sun) * facing
        np.testing.assert_allclose(value, expected, atol=1e-4)
    assert found.min() >= 0


def test_directions_are_those_of_a_pitched_camera():
    for i, light in enumerate(LIGHTS):
        pitch = np.deg2rad(5.0 + i)
        # the world's up (y up) in axes x right, y down, z to the camera, of a camera that is pitched down
        np.testing.assert_allclose(light.up, (0, -np.cos(pitch), np.sin(pitch)), atol=1e-12)
        assert np.linalg.norm(light.to_sun) == pytest.approx(1)
        elevation = np.rad2deg(np.arcsin(np.dot(light.to_sun, light.up)))
        assert 20 - 1e-6 <= elevation <= 75 + 1e-6


def test_the_sun_shines_as_often_as_asked():
    lights = [draw_light(np.random.default_rng([i]), 0.3, (0.2, 0.6), 15.0) for i in range(400)]
    sunny = [1 - light.sky[1] > 0.2 for light in lights]  # the share of the sun in the light on the ground
    assert np.mean(sunny) == pytest.approx(0.3, abs=0.08)


@pytest.mark.parametrize("light", LIGHTS[:12])
def test_the_shadow_of_a_tip_lies_where_its_sunray_meets_the_ground(light):
    """By parallel projection of a body of one metre: its tip, and the ground along the sun's ray."""
    up, to_sun = np.array(light.up), np.array(light.to_sun)
    across = np.cross(up, [0, 0, 1.0])
    *_, way = np.linalg.solve(np.column_stack([across, np.cross(up, across), to_sun]), up)
    hit = up - way * to_sun
    assert np.dot(hit, up) == pytest.approx(0, abs=1e-9)
    np.testing.assert_allclose(light.shadow_direction(), hit[:2] / -up[1], atol=1e-6)


@pytest.mark.parametrize("seed", range(12))
def test_a_cast_shadow_is_the_silhouette_laid_along_the_shadow_direction(seed):
    """The middle of an upright block's shadow is half way to the shadow of its top."""
    rng = np.random.default_rng([seed])
    light = LIGHTS[seed]
    rgba = np.ones((60, 24, 4), np.float32)
    foot = rng.uniform(50, 100, 2)
    shadow = cast_shadow(Patch(rgba, foot[0] - 12, foot[1] - 60.0), tuple(foot), light)
    assert shadow.values.max() <= light.shadow_strength + 1e-6 and shadow.values.min() >= 0
    y, x = np.mgrid[: shadow.values.shape[0], : shadow.values.shape[1]]
    middle = [
        np.average(x + 0.5 + shadow.x0, weights=shadow.values),
        np.average(y + 0.5 + shadow.y0, weights=shadow.values),
    ]
    direction = np.array(light.shadow_direction())
    if abs(direction[1]) >= 0.06:  # a flatter one is drawn at a least height
        error = middle - foot - 30 * direction
        length = np.linalg.norm(direction)
        along = error @ direction / length
        across = error @ [-direction[1], direction[0]] / length
        # a flat shadow has few rows: to a row, it is as long as it should be
        assert abs(across) < 1.25 and abs(along) < 0.8 + length / abs(direction[1]) / 2


def test_a_shadow_straight_to_the_side_is_drawn_too():
    level = Light((0.5,) * 3, (0.7,) * 3, (-0.8, -0.6, 0.0), (0.0, -1.0, 0.0), 0.5)
    assert level.shadow_direction()[1] == pytest.approx(0)
    rgba = np.ones((40, 10, 4), np.float32)
    shadow = cast_shadow(Patch(rgba, 0.0, 0.0), (5.0, 40.0), level)
    assert np.isfinite(shadow.values).all() and shadow.values.max() > 0.1


def test_a_contact_shadow_is_darkest_at_the_foot_and_fades():
    shadow = contact_shadow((30.0, 40.0), 6.0)
    row, col = np.unravel_index(shadow.values.argmax(), shadow.values.shape)
    assert (shadow.x0 + col + 0.5, shadow.y0 + row + 0.5) == pytest.approx((30.0, 40.0))
    assert shadow.values.max() == pytest.approx(0.45)
    assert max(shadow.values[0].max(), shadow.values[:, 0].max()) < 0.01


def test_frontal_light_shows_colours_evenly():
    light = FRONTAL.on(np.array([[0, -1, 0], [0.0, 0, 1]]))
    np.testing.assert_allclose(light, [[1, 1, 1], [0.68] * 3], atol=1e-6)
