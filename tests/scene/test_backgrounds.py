import cv2
import numpy as np
import pytest

from pipeline.data.files import write_json
from pipeline.errors import UserError
from pipeline.scene import textures
from pipeline.scene.bank import Bank, save_place
from pipeline.scene.colour import to_linear
from pipeline.scene.develop import NO_VEIL, Development, expose_for
from pipeline.scene.layer import Layer, Patch, lay_over
from pipeline.scene.light import draw_light
from pipeline.scene.photographs import draw_photograph, load_photographs
from pipeline.scene.places import FAR_M, draw_place
from pipeline.scene.plates import draw_plate_light, plate_light
from pipeline.scene.things import CLUTTER, OCCLUDERS, draw_thing
from pipeline.scene.view import View
from sensors import Camera, CameraProfile, Isp, Optics
from tests import fabricated

VIEW = View(192, 144, 4.0, 15.0, 230.0)


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    folder = tmp_path_factory.mktemp("photos")
    fabricated.write_photographs(folder)
    return folder


@pytest.fixture(scope="module")
def tiles(photos):
    return textures.load_tiles(photos)


def linear(display):
    """IEC 61966-2-1, by its formula."""
    v = np.asarray(display, float) / 255
    return np.where(v <= 0.04045, v / 12.92, ((v + 0.055) / 1.055) ** 2.4)


# photographs


def test_textures_are_no_photographs(photos):
    assert len(load_photographs(photos)) == 3


@pytest.mark.parametrize("size", [(50, 40), (40, 700), (700, 40)])
def test_a_crop_fills_the_frame_whatever_the_photograph(size):
    rng = np.random.default_rng([1])
    picture = fabricated.picture(rng, *size)
    for _ in range(5):
        crop = draw_photograph(rng, [picture], 192, 144)
        assert crop.shape == (144, 192, 3) and crop.dtype == np.uint8


def test_a_crop_keeps_proportions():
    """Squares stay squares: a chessboard has as many edges per pixel across as down."""
    board = np.kron(np.indices((32, 40)).sum(axis=0) % 2, np.ones((16, 16)))[..., None].repeat(3, 2)
    for seed in range(5):
        crop = draw_photograph(np.random.default_rng([seed]), [(board * 255).astype(np.uint8)], 192, 144)
        white = crop[..., 0] > 127
        across, down = (np.diff(white, axis=1).mean(), np.diff(white, axis=0).mean())
        assert across == pytest.approx(down, rel=0.2)


# textures


@pytest.mark.parametrize("size", [64, 512])
@pytest.mark.parametrize("scale", [0.3, 3.7, 400.0])
def test_textures_repeat_as_opencv_wraps_them(size, scale):
    tile = np.random.default_rng([size]).random((size, size), np.float32)
    y, x = np.mgrid[:90, :120].astype(np.float32)
    x, y = (x - 50.7) * np.float32(scale) + 0.3 * y, (y * 1.3 - 40) * np.float32(scale) - 0.2 * x
    expected = cv2.remap(tile, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)
    np.testing.assert_array_equal(textures._look_up(tile, x, y), expected)


def test_tiles_have_mean_one_and_repeat_without_a_seam(tiles):
    for name, tile in tiles.items():
        assert tile.shape == (512, 512) and tile.dtype == np.float32 and tile.min() >= 0
        photograph = name in ("brick", "grass", "gravel")  # made up here, of few colours
        assert tile.mean() == pytest.approx(1, abs=0.25 if photograph else 0.06), name
        across_seam = np.abs(tile[:, 0] - tile[:, -1]).mean()
        inside = np.abs(np.diff(tile, axis=1)).mean()
        assert across_seam < 3 * inside + 0.01, name


def test_texture_positions_are_texels_where_pixels_are_small(tiles):
    tile = tiles["asphalt"]
    x, y = np.meshgrid(np.arange(100, 120, dtype=np.float32), np.arange(40, 50, dtype=np.float32))
    found = textures.sample(tile, x / 160, y / 160, 160.0, np.full(x.shape, 1e-4, np.float32))
    np.testing.assert_allclose(found, tile[40:50, 100:120], atol=1e-3)


def test_texture_fades_to_its_mean_where_a_pixel_covers_many_texels(tiles):
    rng = np.random.default_rng([2])
    x, y = rng.uniform(-50, 50, (2, 60, 60)).astype(np.float32)
    spread = [
        textures.sample(tiles["leaves"], x, y, 160.0, np.full(x.shape, size, np.float32)).std()
        for size in (0.001, 0.05, 0.5, 5.0)
    ]
    assert spread[0] > spread[1] > spread[2] > spread[3]
    assert spread[3] < 0.05 * spread[0]


# the bank of places


def test_a_place_comes_back_as_it_was_saved(tmp_path):
    rng = np.random.default_rng([3])
    image = cv2.GaussianBlur(rng.uniform(0, 2, (144, 192, 3)).astype(np.float32), (0, 0), 3)
    depth = rng.uniform(1, 400, (144, 192)).astype(np.float32)
    light = draw_light(rng, 0.5, (0.2, 0.6), VIEW.pitch_deg)
    record = save_place(tmp_path / "train", 0, image, depth, VIEW, light)
    write_json(tmp_path / "index.json", {"train": [record], "test": []})
    place = Bank(tmp_path).place("train", 5)  # counted around
    assert (place.view, place.light) == (VIEW, light)
    np.testing.assert_allclose(place.depth_m, depth, atol=0.006)
    # the picture is the light, times the gain, up to white; half a step of 8 bits of an sRGB curve
    lit = np.minimum(image * place.gain, 1)
    np.testing.assert_allclose(linear(place.display), lit, atol=0.0055)
    assert np.mean(image * place.gain > 1) < 0.02


def test_a_missing_bank_says_what_to_run(tmp_path):
    with pytest.raises(UserError, match="the bank of places is missing; run `dvc repro`"):
        Bank(tmp_path)


@pytest.mark.parametrize("seed", range(6))
def test_a_composed_place_is_lit_finite_and_deterministic(seed, tiles, photos):
    effect = fabricated.tiny_params().effects.places
    light = draw_light(np.random.default_rng([seed]), 0.5, (0.2, 0.6), VIEW.pitch_deg)
    photographs = load_photographs(photos)
    args = VIEW, light, effect, tiles, photographs
    image, depth = draw_place(np.random.default_rng([seed]), *args)
    again, _ = draw_place(np.random.default_rng([seed]), *args)
    np.testing.assert_array_equal(image, again)
    assert image.shape == (144, 192, 3) and image.dtype == np.float32
    assert np.isfinite(image).all() and image.min() >= 0 and image.std() > 0.005
    # nothing is behind the ground plane, and a part of the ground shows
    ground = np.minimum(VIEW.camera_height_m / np.maximum(VIEW.rays()[1], 1e-6), FAR_M)
    assert np.all(depth <= ground * 1.001) and depth.min() > 0
    assert np.isclose(depth, ground, rtol=1e-3).mean() > 0.1


@pytest.mark.parametrize("make", sorted(set(CLUTTER + OCCLUDERS), key=lambda make: make.__name__))
def test_things_stand_on_their_point_and_grow_with_the_scale(make, tiles):
    light = draw_light(np.random.default_rng([1]), 1.0, (0.3, 0.5), VIEW.pitch_deg)
    rows = []
    for z_m in (8.0, 16.0):
        rng = np.random.default_rng([7])
        thing = draw_thing(rng, tiles, light, VIEW, 0.5, z_m, (make,))
        alpha = thing.rgba.values[..., 3]
        assert np.isfinite(thing.rgba.values).all() and alpha.max() == pytest.approx(1, abs=0.01)
        assert np.all(thing.rgba.values[..., :3] >= 0) and not thing.person
        u, v, depth = VIEW.project(0.5, 0.0, z_m)
        assert thing.depth_m == pytest.approx(float(depth))
        ys, xs = np.nonzero(alpha > 0.5)
        assert thing.rgba.y0 + ys.max() + 1 == pytest.approx(v, abs=0.35 * (np.ptp(ys) + 1) + 3)
        assert thing.rgba.x0 + xs.min() - 3 <= u <= thing.rgba.x0 + xs.max() + 4
        rows.append(np.ptp(ys) + 1)
    assert rows[0] / rows[1] == pytest.approx(16 / 8, rel=0.35)


# plates


def test_the_plate_photographed_again_looks_like_the_plate():
    """By the camera that took it; without undoing that camera, sharpening, contrast and blur count twice."""
    profile = CameraProfile(
        optics=Optics(psf_sigma_px=0.7),
        isp=Isp(sharpening=0.6, sharpening_sigma_px=1.5, saturation=0.8, black=-0.05, white=1.05, denoise_sigma_px=0.4),
    )
    camera, rng = Camera(profile), np.random.default_rng([4])
    grain = rng.uniform(0.2, 0.8, (90, 120, 3)).astype(np.float32)
    plate, _ = camera.develop(cv2.GaussianBlur(grain, (0, 0), 1.5), rng)
    again, _ = camera.develop(plate_light(plate, profile.to_dict(), {}), rng)
    twice, _ = camera.develop(to_linear(plate), rng)
    error, error_twice = (np.abs(image.astype(int) - plate).mean() for image in (again, twice))
    assert error < 2 and error < 0.2 * error_twice


def test_light_on_a_plate_is_slow_and_within_its_gain():
    effect = fabricated.tiny_params().effects.site
    fields = [draw_plate_light(np.random.default_rng([i]), effect, (90, 120, 3)) for i in range(60)]
    means = np.array([field[..., 1].mean() for field in fields])
    low, high = effect.light_gain_range
    assert means.min() > low * 0.75 and means.max() < high * 1.3 and np.ptp(means) > 0.3
    for field in fields:
        assert field.dtype == np.float32 and field.min() > 0
        assert np.abs(np.diff(field, axis=1)).max() < 0.02


# development


def test_developing_a_picture_is_a_factor_and_a_veil_on_linear_light():
    display = np.random.default_rng([5]).integers(0, 256, (20, 30, 3)).astype(np.uint8)
    develop = Development(np.array([0.9, 1.1, 1.3]), np.array([0.01, 0.02, 0.0]))
    expected = linear(display) * develop.factor + develop.veil
    np.testing.assert_allclose(develop.of_picture(display), expected, atol=1e-5)


def test_developing_before_or_after_laying_people_over_is_the_same():
    rng = np.random.default_rng([6])
    display = rng.integers(0, 256, (20, 30, 3)).astype(np.uint8)
    alpha = rng.uniform(0, 1, (9, 8, 1))
    rgba = np.concatenate([rng.uniform(0, 1, (9, 8, 3)) * alpha, alpha], axis=2).astype(np.float32)
    layer = Layer(Patch(rgba, 4.0, 5.0), (8.0, 14.0), 5.0)
    develop = Development(np.array([0.7, 1.2, 1.0]), np.array([0.05, 0.02, 0.1]))
    window = slice(0, 20), slice(0, 30)
    before = develop.of_picture(display)
    (developed,) = develop.of_layers([layer])
    lay_over(before, developed.rgba.values, 4, 5, *window)
    after = to_linear(display).copy()
    lay_over(after, rgba, 4, 5, *window)
    np.testing.assert_allclose(before, after * develop.factor + develop.veil, atol=1e-5)
    np.testing.assert_array_equal(Development(np.ones(3), NO_VEIL).of_layers([layer])[0].rgba.values, rgba)


@pytest.mark.parametrize("haze", [0.0, 0.15])
def test_exposure_reaches_its_target_whatever_the_picture_and_the_haze(haze):
    for seed in range(5):
        rng = np.random.default_rng([seed])
        display = cv2.GaussianBlur(fabricated.picture(rng, 192, 144), (0, 0), 5)
        balance = np.exp(rng.normal(0, 0.1, 3))
        light = expose_for(display, 0.22, 1.3, balance, haze).of_picture(display)
        plain = linear(display)
        gain = light.mean(axis=(0, 1)) / plain.mean(axis=(0, 1)) / (balance / balance.mean())
        assert gain == pytest.approx(0.22 * 1.3 / plain.mean(), rel=0.03)  # in every channel
        # haze takes contrast and keeps the mean
        clear = expose_for(display, 0.22, 1.3, balance, 0.0).of_picture(display)
        assert light.std(axis=(0, 1)) == pytest.approx(clear.std(axis=(0, 1)) * (1 - haze), rel=1e-3)


def test_a_black_picture_is_exposed_without_harm():
    light = expose_for(np.zeros((8, 8, 3), np.uint8), 0.22, 1.0, np.ones(3), 0.1)
    assert np.isfinite(light.of_picture(np.zeros((8, 8, 3), np.uint8))).all()
