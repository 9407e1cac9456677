import cv2
import numpy as np
import pytest

from pipeline.data.files import atomic_folder, atomic_write, read_image, sha256_of, write_image, write_json
from pipeline.errors import DataError


def test_a_file_appears_whole_and_keeps_its_suffix_while_it_is_written(tmp_path):
    path = tmp_path / "deep" / "a.npz"
    with atomic_write(path) as partial:
        assert partial.suffix == ".npz" and partial.parent == path.parent
        partial.write_bytes(b"12")
        assert not path.exists()
    assert path.read_bytes() == b"12"
    assert list(path.parent.iterdir()) == [path]


def test_an_exception_leaves_the_old_file_and_no_other(tmp_path):
    path = tmp_path / "a.json"
    write_json(path, {"old": 1})
    with pytest.raises(RuntimeError), atomic_write(path) as partial:
        partial.write_text("half")
        raise RuntimeError
    assert path.read_text() == '{\n "old": 1\n}\n'
    assert list(tmp_path.iterdir()) == [path]


def test_what_a_killed_run_left_is_overwritten(tmp_path):
    (tmp_path / ".partial-a").write_text("half, and longer than the new content")
    with atomic_write(tmp_path / "a") as partial:
        partial.write_text("new")
    assert [p.read_text() for p in tmp_path.iterdir()] == ["new"]


def test_a_folder_is_replaced_as_a_whole(tmp_path):
    out = tmp_path / "out"
    (tmp_path / ".partial-out").mkdir()
    (tmp_path / ".partial-out" / "left").write_text("of a killed run")
    for name in ("first", "second"):
        with atomic_folder(out) as folder:
            (folder / name).write_text(name)
    assert [p.name for p in out.iterdir()] == ["second"]
    with pytest.raises(RuntimeError), atomic_folder(out) as folder:
        (folder / "third").write_text("third")
        raise RuntimeError
    assert [p.name for p in out.iterdir()] == ["second"] and list(tmp_path.iterdir()) == [out]


def test_json_refuses_nan_and_writes_nothing(tmp_path):
    with pytest.raises(ValueError, match="JSON compliant"):
        write_json(tmp_path / "a.json", {"x": float("nan")})
    assert not list(tmp_path.iterdir())


def test_images_are_rgb(tmp_path):
    image = np.random.default_rng(0).integers(0, 256, (5, 7, 3), np.uint8)
    write_image(tmp_path / "a.png", image)
    assert (read_image(tmp_path / "a.png") == image).all()
    assert (cv2.imread(str(tmp_path / "a.png")) == image[..., ::-1]).all()


@pytest.mark.parametrize("content", [None, b"", b"no image", b"\x89PNG\r\n\x1a\n1234"])
def test_an_image_that_cannot_be_read_is_named(tmp_path, content):
    path = tmp_path / "a.png"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(DataError, match="a.png: expected an image"):
        read_image(path)


def test_sha256(tmp_path):
    (tmp_path / "a").write_bytes(b"abc")  # FIPS 180-4, example of one block
    assert sha256_of(tmp_path / "a") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
