import cv2
import numpy as np
import pytest

from pipeline.errors import DataError
from pipeline.scene.cutouts import cutout_sprite, read_cutout
from pipeline.scene.dress import light_paint, paint_thing
from pipeline.scene.light import FRONTAL, Light
from tests.own_things import glyph, write_picture

SUFFIXES = (".png", ".webp", ".tiff")


def linear(display):
    """IEC 61966-2-1, one number at a time."""
    return display / 12.92 if display <= 0.04045 else ((display + 0.055) / 1.055) ** 2.4


def random_cutout(rng, height=30, width=20):
    """Random colours; alpha 0, 128 and 255, a border of 0."""
    picture = rng.integers(0, 256, (height, width, 4)).astype(np.uint8)
    picture[..., 3] = rng.choice([128, 255], (height, width))
    picture[:3], picture[-2:], picture[:, :4], picture[:, -1:] = 0, 0, 0, 0
    return picture


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_colours_and_alpha_survive_and_the_border_is_trimmed(suffix, tmp_path):
    picture = random_cutout(np.random.default_rng([1]))
    write_picture(tmp_path / f"a{suffix}", picture)
    sprite = cutout_sprite(tmp_path / f"a{suffix}", 3, 1000)
    inside = picture[3:-2, 4:-1]
    np.testing.assert_array_equal(sprite.alpha, inside[..., 3])
    expected = np.vectorize(linear)(inside[..., :3] / 255)
    np.testing.assert_allclose(sprite.albedo / 65535, expected, atol=1e-5)
    # and back: the display values are those of the file
    display = np.where(expected <= 0.0031308, 12.92 * expected, 1.055 * np.maximum(expected, 1e-9) ** (1 / 2.4) - 0.055)
    np.testing.assert_array_equal(np.round(255 * display), inside[..., :3])
    assert (sprite.person, sprite.pose, sprite.foot_xy) == (3, f"a{suffix}", (7.5, 25.0))


@pytest.mark.parametrize("suffix", [".png", ".tiff"])
def test_16_bits_are_read_to_the_last(suffix, tmp_path):
    rng = np.random.default_rng([2])
    picture = rng.integers(0, 65536, (9, 7, 4)).astype(np.uint16)
    path = tmp_path / f"a{suffix}"
    cv2.imwrite(str(path), picture[..., [2, 1, 0, 3]])
    colour, alpha = read_cutout(path)
    np.testing.assert_allclose(alpha, picture[..., 3] / 65535, atol=1e-7)
    np.testing.assert_allclose(colour, np.vectorize(linear)(picture[..., :3] / 65535), atol=1e-6)


def test_a_shrunk_cutout_keeps_its_light(tmp_path):
    """Averages are of linear light, by alpha: hidden colours under alpha 0 do not leak in."""
    picture = random_cutout(np.random.default_rng([3]), 65, 45)
    hidden = picture.copy()
    hidden[picture[..., 3] == 0] = (255, 0, 255, 0)
    for name, pixels in (("a", picture), ("b", hidden)):
        write_picture(tmp_path / f"{name}.png", pixels)
    whole, half, leaking = (
        paint_thing(cutout_sprite(tmp_path / f"{name}.png", 0, size))
        for name, size in (("a", 1000), ("a", 30), ("b", 30))
    )
    assert half.shape == (30, 20, 4)
    np.testing.assert_array_equal(half, leaking)
    np.testing.assert_allclose(half.mean(axis=(0, 1)), whole.mean(axis=(0, 1)), atol=2e-3)


def test_it_faces_the_camera_and_frontal_light_shows_its_own_colours(tmp_path):
    write_picture(tmp_path / "a.png", glyph())
    sprite = cutout_sprite(tmp_path / "a.png", 0, 1000)
    assert (sprite.normal == (0, 0, 127)).all()
    facing_sun = Light((0.0,) * 3, (1.0, 0.5, 0.25), (0.0, 0.0, 1.0), (0.0, -1.0, 0.0), 0.0)
    lit = light_paint(paint_thing(sprite), sprite.normal, facing_sun, 1.0)
    white = lit[(sprite.albedo[..., 0] == 65535) & (sprite.alpha == 255)]
    np.testing.assert_allclose(white, np.tile((1.0, 0.5, 0.25, 1.0), (len(white), 1)), atol=1e-5)
    assert len(white) > 500 and light_paint(paint_thing(sprite), sprite.normal, FRONTAL, 1.0).max() <= 1.0


def rgb(pixels):
    return pixels[..., :3]


def alpha_of(value):
    def change(pixels):
        pixels[..., 3] = value
        return pixels

    return change


@pytest.mark.parametrize(
    ("change", "words"),
    [(rgb, "with alpha"), (alpha_of(0), "alpha 0 everywhere"), (alpha_of(255), "alpha 1 everywhere")],
)
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_pictures_that_are_no_cutouts_are_named(change, words, suffix, tmp_path):
    path = tmp_path / f"bad{suffix}"
    write_picture(path, change(glyph()))
    if suffix == ".webp":  # whose encoder leaves alpha away that is 1 everywhere
        words = words.replace("alpha 1 everywhere", "with alpha")
    with pytest.raises(DataError, match=words) as caught:
        cutout_sprite(path, 0, 1000)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("share", [0.0, 0.05, 0.5])
def test_damaged_files_are_named(share, tmp_path):
    path = tmp_path / "bad.png"
    write_picture(path, random_cutout(np.random.default_rng([4])))
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    with pytest.raises(DataError, match=r"bad\.png: expected a"):
        read_cutout(path)
    with pytest.raises(DataError, match="nowhere.png"):
        read_cutout(tmp_path / "nowhere.png")
