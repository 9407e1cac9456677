import numpy as np
import pytest

from pipeline.data.yolo import read_yolo
from pipeline.errors import DataError
from tests.data.random_sets import save_picture

SIZE = (40, 20)  # width, height of every picture here
LINE = "1 0.5 0.25 0.5 0.5\n"
BOX = (10, 0, 30, 10)
NAMES = "names: [dog, cat]\n"


def save(folder, files):
    """Files by name: text, or None for a picture."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if content is None:
            save_picture(path.parent, path.stem, SIZE, path.suffix, np.random.default_rng(0))
        else:
            path.write_text(content, encoding="utf-8")
    return folder


def boxes(split):
    """By file name."""
    return {image.file_name: [a.box for a in split.coco.of_image(image.id)] for image in split.coco.images}


def fails(match, source):
    with pytest.raises(DataError, match=match) as raised:
        read_yolo(source)
    return str(raised.value).splitlines()


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (
            {"data.yaml": NAMES + "train: images/train\nval: images/val\ntest:\n", "images/train/a.png": None,
             "labels/train/a.txt": LINE, "images/val/b.jpg": None, "labels/val/b.txt": LINE},
            {"train": {"a.png": [BOX]}, "val": {"b.jpg": [BOX]}},
        ),
        (  # data.yaml written on another disk, by an exporter that leads out of its own folder
            {"data.yaml": "path: /nowhere/at/all\nnames: {1: cat, 0: dog}\nnc: 2\ntrain: ../train/images\n",
             "train/images/a.png": None, "train/labels/a.txt": LINE},
            {"train": {"a.png": [BOX]}},
        ),
        (
            {"dataset.yaml": NAMES + "path: set\ntrain: [images/one, images/two]\n", "set/images/one/a.png": None,
             "set/labels/one/a.txt": LINE, "set/images/two/a.png": None, "set/labels/two/a.txt": ""},
            {"train": {"one/a.png": [BOX], "two/a.png": []}},
        ),
        (
            {"data.yaml": NAMES + "val: lists/val.txt\n", "lists/val.txt": "./images/b.png\nimages/a.png\n\n",
             "images/a.png": None, "images/b.png": None, "images/c.png": None, "labels/a.txt": LINE},
            {"val": {"a.png": [BOX], "b.png": []}},
        ),
        (
            {"classes.txt": "dog\ncat\n", "images/a.png": None, "labels/a.txt": LINE, "labels/below/b.txt": LINE,
             "images/below/b.png": None},
            {"": {"a.png": [BOX], "below/b.png": [BOX]}},
        ),
        (
            {"classes.txt": "\ufeffdog\r\ncat\r\n\r\n", "a.png": None, "a.txt": "\ufeff" + LINE, "b.png": None},
            {"": {"a.png": [BOX], "b.png": []}},
        ),
        (
            {"labels/classes.txt": "dog\ncat", "valid/images/a.png": None, "valid/labels/a.txt": LINE},
            {"val": {"a.png": [BOX]}},
        ),
        (  # darknet, as CVAT writes it
            {"obj.names": "dog\ncat\n", "train.txt": "data/obj_train_data/a.png\n", "obj_train_data/a.png": None,
             "obj_train_data/a.txt": LINE},
            {"train": {"a.png": [BOX]}},
        ),
    ],
)  # fmt: skip
def test_layouts(tmp_path, files, expected):
    splits = read_yolo(save(tmp_path, files))
    assert {split.name: boxes(split) for split in splits} == expected
    for split in splits:
        assert [(c.id, c.name) for c in split.coco.categories] == [(1, "dog"), (2, "cat")]
        assert {a.category_id for a in split.coco.annotations} == {2}
        assert {(image.width, image.height) for image in split.coco.images} == {SIZE}
        assert all((split.image_folder / image.file_name).is_file() for image in split.coco.images)


def one_label(tmp_path, text, classes="dog\ncat\n"):
    return save(tmp_path, {"classes.txt": classes, "images/a.png": None, "labels/a.txt": text})


@pytest.mark.parametrize(
    ("line", "box"),
    [
        ("0 0.25 0.5 0.5 1", (0, 0, 20, 20)),
        ("0.0\t2.5e-1 .5 0.5 1e0", (0, 0, 20, 20)),
        ("0 0.1 0.1 0.9 0.2 0.5 0.7", (4, 2, 36, 14)),  # an outline of three corners
        ("0 0 0 1 0 1 1 0 1", (0, 0, 40, 20)),
        ("0 0.49 0.5 1 1", (0, 0, 39.6, 20)),  # 0.4 px over the edge
    ],
)
def test_lines(tmp_path, line, box):
    (split,) = read_yolo(one_label(tmp_path, line))
    np.testing.assert_allclose(boxes(split)["a.png"], [box], atol=1e-9)


def test_what_was_decided_is_told(tmp_path):
    save(tmp_path, {"images/b.png": None})
    (split,) = read_yolo(one_label(tmp_path, "0 0.49 0.5 1 1\n0 0.1 0.1 0.9 0.2 0.5 0.7\n0 0.50001 0.5 1 1"))
    assert split.notes == (
        "1 boxes reached over their picture's edge, by up to 0.4 px: cut",
        "1 outlines were read as the boxes around them",
        "1 pictures have no label file: nothing is to be found in them",
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0 0.5 0.5 0.1", "a.txt:1: expected class, x, y, width, height, or .* found 0 0.5 0.5 0.1"),
        (LINE + "\n0 0.5 0.5 0.1 0.1 0.9", "a.txt:3: expected class, x, y, width, height"),
        ("0 0.5 x 0.1 0.1", "a.txt:1: expected class, x, y, width, height"),
        ("0 0.5 nan 0.1 0.1", "a.txt:1: expected class, x, y, width, height"),
        ("0 0.5 0.5 1e999 0.1", "a.txt:1: expected class, x, y, width, height"),
        ("2 0.5 0.5 0.1 0.1", "a.txt:1: expected a class of 0, 1, found 2"),
        ("-1 0.5 0.5 0.1 0.1", "a.txt:1: expected a class of 0, 1, found -1"),
        ("0.5 0.5 0.5 0.1 0.1", "a.txt:1: expected a class of 0, 1, found 0.5"),
        ("0 0.5 0.5 0 0.1", "a.txt:1: expected a box with positive width and height, found 0 x 2 px"),
        ("0 0.5 0.5 -0.1 0.1", "a.txt:1: expected a box with positive width and height"),
        ("0 20 10 10 5", "a.txt:1: expected a box inside the 40 x 20 px of a.png"),
        ("0 0.46 0.5 1 1", "a.txt:1: expected a box inside"),  # 1.6 px over the edge
        ("0 1.0125 0.5 0.025 1", "a.txt:1: expected a box inside"),  # outside altogether, by a pixel
    ],
)
def test_wrong_lines_are_named(tmp_path, text, expected):
    fails(expected, one_label(tmp_path, text))


def test_all_problems_come_together(tmp_path):
    one_label(tmp_path, "5 0.5 0.5 0.1 0.1\n0 0.5")
    save(tmp_path, {"images/b.png": "no picture", "labels/c.txt": LINE})
    (tmp_path / "labels/d.txt").write_bytes(b"\xff\xfe")
    save(tmp_path, {"images/d.png": None})
    problems = fails("a.txt:1: expected a class", tmp_path)
    expected = ("a.txt:2: expected class, x", "b.png: expected an image file", "c.txt: expected a picture for these",
                "d.txt: expected a text file")  # fmt: skip
    assert len(problems) == 5 and all(any(text in problem for problem in problems) for text in expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("names: [a", "data.yaml: expected YAML"),
        ("[" * 10_000, "data.yaml: expected YAML"),
        ("- a", "data.yaml: expected names, train and val, found list"),
        ("train: images", "data.yaml: names: expected names as a list of text, or a mapping .* found null"),
        ("names: []\ntrain: images", "data.yaml: names: expected names"),
        ("names: [yes, no]\ntrain: images", "names such as yes and no need quotation marks"),
        ("names: {a: b}\ntrain: images", "data.yaml: names: expected names"),
        ("names: [a, [b]]\ntrain: images", "data.yaml: names: expected names"),
        ("names: [a]\nnc: 2\ntrain: images", "data.yaml: nc: expected 1, as many as names, found 2"),
        ("names: [a]\nkpt_shape: [17, 3]\ntrain: images", "found kpt_shape"),
        ("names: [a]", "data.yaml: expected train, val or test, found none of them"),
        ("names: [a]\ntrain: elsewhere", "data.yaml: train: expected a folder or a .txt list .* found elsewhere"),
        ("names: [a]\ntrain: 5", "data.yaml: train: expected a folder or a .txt list of pictures, found 5"),
        ("names: [a]\ntrain: list.txt", r"list.txt:1: expected a picture in .*, found ../../../etc/passwd"),
        ("!!python/object/apply:os.system [true]", "data.yaml: expected YAML"),
    ],
)
def test_wrong_descriptions_are_named(tmp_path, text, expected):
    files = {"data.yaml": text, "list.txt": "../../../etc/passwd\n", "images/a.png": None, "labels/a.txt": ""}
    fails(expected, save(tmp_path, files))


def test_names_that_are_missing_and_labels_that_are_nowhere_are_named(tmp_path):
    fails("expected the names of the classes in data.yaml, classes.txt or obj.names", save(tmp_path, {"a.png": None}))
    fails("classes.txt: expected one name a line", save(tmp_path, {"classes.txt": "dog\n\ncat"}))
    fails("expected label files such as .*a.txt, found none", save(tmp_path, {"classes.txt": "dog"}))
