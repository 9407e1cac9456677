import io

import cv2
import numpy as np
import pytest
from PIL import Image as PillowImage
from PIL import ImageOps

from pipeline.data.files import read_image
from pipeline.data.images import read_picture, shown_size
from pipeline.errors import DataError
from tests.data import picture_files
from tests.data.picture_files import encode, exif, stored

SHOWN = np.random.default_rng(5).integers(0, 256, (5, 8, 3), np.uint8)
SHOWN_16 = np.random.default_rng(6).integers(0, 65536, (5, 8, 3), np.uint16)


def save(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    return tmp_path / name


def by_pillow(kind, image, **options):
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("order", [">", "<"])
@pytest.mark.parametrize("kind", ["png", "webp"])
def test_pictures_are_turned_as_exif_says(tmp_path, kind, order, orientation):
    write = getattr(picture_files, kind)
    path = save(tmp_path, f"a.{kind}", write(stored(SHOWN, orientation), exif(orientation, order)))
    assert (read_picture(path) == SHOWN).all()
    assert shown_size(path) == (8, 5)
    with PillowImage.open(path) as picture:  # the file is what it is meant to be
        assert (np.asarray(ImageOps.exif_transpose(picture)) == SHOWN).all()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_jpegs_are_turned_as_opencv_does(tmp_path, orientation):
    smooth = cv2.resize(SHOWN, (80, 48), interpolation=cv2.INTER_LINEAR)
    path = save(tmp_path, "a.jpg", picture_files.jpeg(stored(smooth, orientation), exif(orientation)))
    assert (read_picture(path) == cv2.imread(str(path))[..., ::-1]).all()
    assert np.abs(read_picture(path).astype(float) - smooth).mean() < 3
    assert shown_size(path) == (80, 48)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("compression", ["raw", "tiff_lzw"])
def test_tiffs_are_turned_as_their_tag_says(tmp_path, compression, orientation):
    def tiff(pixels):
        image = PillowImage.fromarray(stored(pixels, orientation))
        return by_pillow("tiff", image, tiffinfo={274: orientation}, compression=compression)

    path = save(tmp_path, "a.tif", tiff(SHOWN))
    assert (read_picture(path) == SHOWN).all() and shown_size(path) == (8, 5)
    path = save(tmp_path, "b.tif", tiff(SHOWN_16[..., 0]))
    assert (read_picture(path) == reduced(SHOWN_16[..., :1])).all() and shown_size(path) == (8, 5)
    path = save(tmp_path, "c.tif", tiff(np.dstack([SHOWN, SHOWN[..., :1]])))
    assert (read_picture(path) == SHOWN).all() and shown_size(path) == (8, 5)


def reduced(pixels_16):
    return np.array([round(int(v) / 257) for v in pixels_16.ravel()], np.uint8).reshape(pixels_16.shape)


@pytest.mark.parametrize("suffix", [".png", ".tiff"])
def test_16_bits_are_rounded_to_8(tmp_path, suffix):
    path = save(tmp_path, f"a{suffix}", encode(suffix, SHOWN_16))
    assert (read_picture(path) == reduced(SHOWN_16)).all() and shown_size(path) == (8, 5)
    every = np.arange(65536, dtype=np.uint16).reshape(256, 256)
    path = save(tmp_path, f"b{suffix}", encode(suffix, every))
    assert (read_picture(path) == reduced(every)[..., None]).all()
    with_alpha = cv2.imencode(suffix, np.dstack([SHOWN_16[..., ::-1], SHOWN_16[..., 0]]))[1].tobytes()
    assert (read_picture(save(tmp_path, f"c{suffix}", with_alpha)) == reduced(SHOWN_16)).all()


@pytest.mark.parametrize("kind", ["png", "webp", "tiff"])
def test_alpha_is_dropped_and_grey_is_repeated(tmp_path, kind):
    exact = {"lossless": True, "exact": True} if kind == "webp" else {}
    with_alpha = by_pillow(kind, PillowImage.fromarray(np.dstack([SHOWN, SHOWN[..., :1]])), **exact)
    assert (read_picture(save(tmp_path, f"a.{kind}", with_alpha)) == SHOWN).all()
    if kind != "webp":  # which has no grey
        grey = PillowImage.fromarray(SHOWN[..., 0])
        assert (read_picture(save(tmp_path, f"b.{kind}", by_pillow(kind, grey))) == SHOWN[..., :1]).all()
        both = PillowImage.merge("LA", [grey, PillowImage.fromarray(SHOWN[..., 1])])
        assert (read_picture(save(tmp_path, f"c.{kind}", by_pillow(kind, both))) == SHOWN[..., :1]).all()


def test_palettes_bitmaps_and_cmyk_are_read(tmp_path):
    palette = PillowImage.fromarray(SHOWN).convert("P")
    for kind in ("png", "tiff"):
        path = save(tmp_path, f"a.{kind}", by_pillow(kind, palette))
        assert (read_picture(path) == np.asarray(palette.convert("RGB"))).all()
        path = save(tmp_path, f"b.{kind}", by_pillow(kind, palette.convert("1")))
        assert (read_picture(path) == np.asarray(palette.convert("1").convert("RGB"))).all()
    cmyk = PillowImage.new("CMYK", (8, 5), (0, 255, 255, 0))
    path = save(tmp_path, "a.jpg", by_pillow("jpeg", cmyk))
    assert np.abs(read_picture(path).astype(int) - [255, 0, 0]).max() <= 4
    path = save(tmp_path, "a.bmp", by_pillow("bmp", PillowImage.fromarray(SHOWN)))
    assert (read_picture(path) == SHOWN).all() and shown_size(path) == (8, 5)


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
@pytest.mark.parametrize("kind", ["png", "jpeg", "webp"])
def test_a_damaged_exif_block_turns_nothing(tmp_path, kind):
    rng = np.random.default_rng(7)
    suffix = {"jpeg": "jpg"}.get(kind, kind)
    plain = read_picture(save(tmp_path, f"plain.{suffix}", getattr(picture_files, kind)(SHOWN, exif(1))))
    block = exif(6)
    blocks = [block[:n] for n in range(22)] + [exif(0), exif(9), exif(65535), b"MM" + bytes(40), b"II" + b"\xff" * 40]
    blocks += [bytes(rng.integers(0, 256, 40, np.uint8)) for _ in range(10)]
    for damaged in blocks:
        path = save(tmp_path, f"a.{suffix}", getattr(picture_files, kind)(SHOWN, damaged))
        assert shown_size(path) == (8, 5) and (read_picture(path) == plain).all()


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.jpg", encode(".jpg", SHOWN)),
        ("a.png", encode(".png", SHOWN)),
        ("a.webp", encode(".webp", SHOWN)),
        ("a.tiff", encode(".tiff", SHOWN)),
    ],
)
def test_bad_files_are_named(tmp_path, name, content):
    for damaged in (b"", b"no picture", content[:1], content[:11]):
        path = save(tmp_path, name, damaged)
        with pytest.raises(DataError, match=f"{name}: expected an image"):
            read_picture(path)
        with pytest.raises(DataError, match=f"{name}: expected an image file, found"):
            shown_size(path)
    half = save(tmp_path, name, content[: len(content) // 2])
    with pytest.raises(DataError, match=f"{name}: expected an image file, found"):
        shown_size(half)
    with pytest.raises(DataError, match="none.png: expected an image, found no readable file"):
        read_picture(tmp_path / "none.png")
    with pytest.raises(DataError, match="none.png: expected an image file, found none"):
        shown_size(tmp_path / "none.png")


@pytest.mark.parametrize("kind", ["jpeg", "png"])
def test_what_phones_write_behind_a_picture_does_no_harm(tmp_path, kind):
    small = encode(".jpg", SHOWN[:2, :2])
    block = exif(1) + small  # a JPEG in the EXIF block, whose end is not the end of the picture
    write = getattr(picture_files, kind)
    suffix = {"jpeg": "jpg"}.get(kind, kind)
    path = save(tmp_path, f"a.{suffix}", write(SHOWN, block) + b"a film")
    plain = save(tmp_path, f"b.{suffix}", write(SHOWN, block))
    assert shown_size(path) == shown_size(plain) == (8, 5) and (read_picture(path) == read_picture(plain)).all()
    for bytes_off in (1, 2, 5, 30):
        half = save(tmp_path, f"c.{suffix}", write(SHOWN, block)[:-bytes_off])
        with pytest.raises(DataError, match="found one that is cut off"):
            shown_size(half)


def test_numbers_that_are_no_display_values_are_refused(tmp_path):
    path = save(tmp_path, "a.tiff", encode(".tiff", SHOWN_16[..., 0].astype(np.float32)))
    with pytest.raises(DataError, match="a.tiff: expected 8 or 16 bits a channel, found float32"):
        read_picture(path)


def test_the_pipeline_reads_pictures_as_they_are_shown(tmp_path):
    path = save(tmp_path, "a.webp", picture_files.webp(stored(SHOWN, 6), exif(6)))
    assert (read_image(path) == SHOWN).all()
    path = save(tmp_path, "a.png", encode(".png", SHOWN_16))
    assert (read_image(path) == reduced(SHOWN_16)).all()
