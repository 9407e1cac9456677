"""Every kind of problem of image files and their names, planted in a folder."""

import os

import cv2
import numpy as np
import pytest
from PIL import Image as PillowImage

from pipeline.check.coco_file import ListedImage
from pipeline.check.image_files import EXIF_ORIENTATION, check_images, list_images
from pipeline.check.problem import Sheet
from pipeline.data.files import write_image
from tests import fabricated

NAMES = ("a.png", "b.jpg", "deep/c.png", "d.jpeg")


@pytest.fixture
def folder(tmp_path):
    for number, name in enumerate(NAMES):
        write_image(tmp_path / "images" / name, fabricated.picture(np.random.default_rng([number]), 60, 40))
    return tmp_path / "images"


def listed(*names):
    return [ListedImage(number, name, 60, 40) for number, name in enumerate(names or NAMES, 1)]


def check(folder, images=None):
    sheet = Sheet("annotations.json")
    seen = check_images(listed() if images is None else images, folder, sheet)
    return [(p.severity, p.code, p.where) for p in sheet.problems], seen, sheet.problems


def test_a_sound_folder_has_no_problems(folder):
    found, seen, _ = check(folder)
    assert found == [] and [s.name for s in seen] == list(NAMES)
    assert [image.file_name for image in list_images(folder)] == sorted(NAMES)


@pytest.mark.parametrize(("name", "where"), [("a.png", "image 1"), ("b.jpg", "image 2")])
@pytest.mark.parametrize("kept", [-1, -2, 0.5, 0.9])
def test_an_image_that_is_cut_off(folder, name, where, kept):
    whole = (folder / name).read_bytes()
    (folder / name).write_bytes(whole[: kept if kept < 0 else int(kept * len(whole))])
    found, seen, _ = check(folder)
    assert found == [("error", "image_truncated", where)] and len(seen) == 3


def test_a_thumbnail_inside_does_not_hide_that_a_jpeg_is_cut_off(folder):
    """The end mark of a small JPEG in the metadata is not the end of the picture."""
    small = cv2.imencode(".jpg", np.zeros((8, 8, 3), np.uint8))[1].tobytes()
    whole = (folder / "b.jpg").read_bytes()
    segment = b"\xff\xe2" + (len(small) + 2).to_bytes(2, "big") + small
    (folder / "b.jpg").write_bytes(whole[:2] + segment + whole[2:-30])
    assert check(folder)[0] == [("error", "image_truncated", "image 2")]


def test_bytes_after_the_end_do_no_harm(folder):
    for name in NAMES[:2]:
        (folder / name).write_bytes((folder / name).read_bytes() + b"\0" * 100)
    assert check(folder)[0] == []


@pytest.mark.parametrize("content", [b"", b"no image", b"\x89PNG\r\n\x1a\nIEND\xaeB`\x82"])
def test_what_is_no_image(folder, content):
    (folder / "a.png").write_bytes(content)
    assert check(folder)[0] == [("error", "image_damaged", "image 1")]


def test_a_missing_file(folder):
    (folder / "a.png").unlink()
    found, _, problems = check(folder)
    assert found == [("error", "image_missing", "image 1")] and "a.png" in problems[0].found


def test_a_missing_folder_is_one_problem(tmp_path):
    assert check(tmp_path / "none")[0] == [("error", "folder_missing", "images")]


def test_a_name_in_other_letter_case_is_named(folder):
    found, _, problems = check(folder, [*listed("A.PNG"), *listed()[1:]])
    assert ("error", "image_missing", "image 1") in found
    assert "a.png" in problems[0].fix


def test_names_that_collide_on_some_disks(folder):
    write_image(folder / "A.png", np.zeros((40, 60, 3), np.uint8))
    found, seen, _ = check(folder, listed(*NAMES, "A.png"))
    assert found == [("warning", "name_case", "image 5")] and len(seen) == 5


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("../images/a.png", "path_traversal"),
        ("deep/../a.png", "path_traversal"),
        ("..\\a.png", "path_traversal"),
        ("/etc/passwd", "path_absolute"),
        ("C:\\a.png", "path_absolute"),
        ("\\\\host\\a.png", "path_absolute"),
        ("deep\\c.png", "backslash"),
        ("a\0.png", "file_name"),
        ("\ud800.png", "file_name"),
    ],
)
def test_names_that_leave_the_folder_are_not_opened(folder, name, code):
    (folder.parent / "a.png").write_bytes((folder / "a.png").read_bytes())
    found, seen, _ = check(folder, listed(*NAMES, name))
    assert found == [("error", code, "image 5")] and len(seen) == 4


def test_an_image_listed_twice(folder):
    assert check(folder, listed(*NAMES, "a.png", "./b.jpg"))[0] == [
        ("error", "image_twice", "image 5"),
        ("error", "image_twice", "image 6"),
    ]


def test_a_file_name_of_another_encoding(folder):
    os.rename(folder / "a.png", os.path.join(os.fsencode(folder), b"caf\xe9.png"))
    found, _, problems = check(folder, listed()[1:])
    assert found == [("warning", "unlisted", "caf\\xdce9.png")] and problems[0].line().encode()


def test_a_file_that_is_not_listed(folder):
    (folder / "notes.txt").write_text("no image")
    assert check(folder, listed()[1:])[0] == [("warning", "unlisted", "a.png")]


def test_another_size_than_stated(folder):
    found, seen, problems = check(folder, [ListedImage(1, "a.png", 40, 60), *listed()[1:]])
    assert found == [("error", "image_size", "image 1")]
    assert (problems[0].expected, problems[0].found) == ("40 x 60 px as stated", "60 x 40 px in a.png")
    assert len(seen) == 4  # it is compared with others all the same


@pytest.mark.parametrize(("orientation", "code"), [(1, None), (3, "exif_orientation"), (6, "image_size")])
def test_exif_rotation_is_named_as_the_cause(folder, orientation, code):
    exif = PillowImage.Exif()
    exif[EXIF_ORIENTATION] = orientation
    PillowImage.open(folder / "a.png").save(folder / "b.jpg", exif=exif)
    found, _, problems = check(folder)
    assert [c for _, c, _ in found] == ([code] if code else [])
    if code:
        assert f"EXIF orientation {orientation}" in problems[0].found
    stated_upright = [*listed()[:1], ListedImage(2, "b.jpg", 40, 60), *listed()[2:]]
    if orientation == 6:  # the size is right, and still other tools see it lying on its side
        assert check(folder, stated_upright)[0] == [("warning", "exif_orientation", "image 2")]


def test_loops_of_links(folder):
    (folder / "a.png").unlink()
    (folder / "a.png").symlink_to("a.png")
    (folder / "deep" / "again").symlink_to("..", target_is_directory=True)
    found, _, _ = check(folder)
    assert sorted(found) == [("error", "link_loop", "image 1"), ("warning", "link_loop", "deep/again")]


def test_a_link_out_of_the_folder_and_one_within(folder):
    (folder / "a.png").rename(folder.parent / "elsewhere.png")
    (folder / "a.png").symlink_to("../elsewhere.png")
    (folder / "d.jpeg").unlink()
    (folder / "d.jpeg").symlink_to("b.jpg")
    assert check(folder)[0] == [("warning", "link_outside", "image 1")]


def test_a_pipe_is_no_image_and_blocks_nothing(folder):
    (folder / "a.png").unlink()
    os.mkfifo(folder / "a.png")
    assert check(folder)[0] == [("error", "not_a_file", "image 1")]
