import contextlib
import io
import json
import re

import cv2
import numpy as np
import pytest
from pycocotools.coco import COCO

from pipeline.data.coco import Annotation, Image, read_coco, write_coco
from pipeline.data.coco_set import Category, CocoSet
from pipeline.data.files import write_image
from pipeline.data.problems import LISTED_PROBLEMS
from pipeline.errors import DataError


@pytest.fixture
def dataset(tmp_path):
    """A valid dataset: its file, its image folder, and its content as plain data to spoil."""
    for name in ("a.png", "b.jpg", "c.bmp"):
        write_image(tmp_path / "images" / name, np.full((40, 60, 3), 128, np.uint8))
    images = [Image(1, "a.png", 60, 40), Image(2, "b.jpg", 60, 40), Image(3, "c.bmp", 60, 40)]
    annotations = [
        Annotation(1, 1, (0, 0, 10.5, 20.25), False, {"visible_fraction": 0.75}),
        Annotation(2, 1, (30, 5, 60, 40), True),
    ]
    write_coco(tmp_path / "annotations.json", images, annotations)
    return tmp_path / "annotations.json", tmp_path / "images"


def spoil(path, change):
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))


def problems_of(path, folder):
    with pytest.raises(DataError) as raised:
        read_coco(path, folder)
    return str(raised.value).split("\n")


def test_what_is_written_is_read(dataset):
    coco = read_coco(*dataset)
    boxes, iscrowd = coco.boxes(1)
    assert boxes.dtype == np.float32 and boxes.tolist() == [[0, 0, 10.5, 20.25], [30, 5, 60, 40]]
    assert iscrowd.tolist() == [False, True]
    assert coco.annotations[0].extra == {"visible_fraction": 0.75}
    boxes, iscrowd = coco.boxes(2)
    assert boxes.shape == (0, 4) and iscrowd.shape == (0,)


def test_pycocotools_reads_the_same_boxes(dataset):
    with contextlib.redirect_stdout(io.StringIO()):
        theirs = COCO(str(dataset[0]))
    assert [theirs.anns[i]["bbox"] for i in (1, 2)] == [[0, 0, 10.5, 20.25], [30, 5, 30, 35]]
    assert theirs.anns[1]["area"] == pytest.approx(10.5 * 20.25, abs=1e-3)
    assert theirs.getCatIds(catNms=["person"]) == [1]


def test_equal_input_gives_equal_bytes_and_random_boxes_survive(tmp_path):
    rng = np.random.default_rng(3)
    corners = np.sort(rng.uniform(0, 1, (200, 2, 2)) * [60, 40], axis=1)
    corners[:, 1] = np.minimum(corners[:, 1] + 0.01, [60, 40])
    corners[:, 0] -= 0.01 * (corners[:, 0] > 30)
    annotations = [Annotation(i, 1, tuple(c.ravel())) for i, c in enumerate(corners)]
    for name in ("x.json", "y.json"):
        write_coco(tmp_path / name, [Image(1, "a.png", 60, 40)], annotations)
    assert (tmp_path / "x.json").read_bytes() == (tmp_path / "y.json").read_bytes()
    boxes, _ = read_coco(tmp_path / "x.json", None).boxes(1)
    np.testing.assert_allclose(boxes, corners.reshape(-1, 4), atol=1.1e-3)


def set_annotation(**values):
    return lambda content: content["annotations"][0].update(values)


def set_image(**values):
    return lambda content: content["images"][0].update(values)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (set_annotation(bbox=[50, 0, 20, 10]), "annotation 1: expected a box inside the 60 x 40 px of a.png"),
        (set_annotation(bbox=[-1, 0, 20, 10]), "annotation 1: expected a box inside"),
        (set_annotation(bbox=[5, 5, 0, 10]), "annotation 1: expected a box with positive width"),
        (set_annotation(bbox=[5, 5, 4, -1]), "annotation 1: expected a box with positive width"),
        (set_annotation(bbox=[5, 5, float("nan"), 1]), "annotation 1: expected bbox .* finite"),
        (set_annotation(bbox=[5, 5, float("inf"), 1]), "annotation 1: expected bbox .* finite"),
        (set_annotation(bbox=[5, 5, "4", 1]), "annotation 1: expected bbox"),
        (set_annotation(bbox=[5, 5, 4]), "annotation 1: expected bbox"),
        (set_annotation(bbox=None), "annotation 1: expected bbox"),
        (set_annotation(id=2), "annotation 2: expected a unique annotation id"),
        (set_annotation(id="1"), r"annotations\[0\]: expected an object with a whole-number id"),
        (set_annotation(id=True), r"annotations\[0\]: expected an object with a whole-number id"),
        (set_annotation(category_id=7), r"annotation 1: expected category_id 1 \(person\), found 7"),
        (set_annotation(category_id=[]), "annotation 1: expected category_id"),
        (set_annotation(image_id=9), "annotation 1: expected an image_id listed under images, found 9"),
        (set_annotation(image_id=None), "annotation 1: expected an image_id"),
        (set_annotation(image_id={}), "annotation 1: expected an image_id"),
        (set_annotation(iscrowd=3), "annotation 1: expected iscrowd 0 or 1, found 3"),
        (set_annotation(visible_fraction="half"), "annotation 1: expected visible_fraction as a number, found half"),
        (set_annotation(tags={"sure": [float("nan")]}), "annotation 1: expected a finite number or text as tags"),
        (set_annotation(tags=["\ud800"]), "annotation 1: expected a finite number or text as tags"),
        (set_image(file_name="\ud800.png"), "image 1: expected a file_name inside the image folder"),
        (set_annotation(bbox=[5, 5, 10**400, 1]), "annotation 1: expected bbox"),
        (set_annotation(blur_px=float("nan")), "annotation 1: expected a finite number or text as blur_px"),
        (set_image(id=2), "image 2: expected a unique image id"),
        (set_image(id=1.0), r"images\[0\]: expected an object with a whole-number id"),
        (set_image(file_name="c.png"), "image 1 .*c.png.: expected an image file, found none"),
        (set_image(file_name="../a.png"), "image 1: expected a file_name inside the image folder"),
        (set_image(file_name="/a.png"), "image 1: expected a file_name inside the image folder"),
        (set_image(file_name=5), "image 1: expected a file_name"),
        (set_image(file_name="/\n\x1b[31m"), r"found /\\n\\x1b\[31m; correct it"),  # in one line, nothing obeyed
        (set_image(file_name="b.jpg"), "image 2: expected a unique file_name"),
        (set_image(width=61), "image 1 .*: expected 61 x 40 px, found 60 x 40 px"),
        (set_image(width=-60), "image 1: expected width and height as positive"),
        (set_image(height="40"), "image 1: expected width and height as positive"),
        (lambda c: c.update(images=[]), "images: expected at least one image"),
        (lambda c: c.update(images={}), "images: expected a list"),
        (lambda c: c.pop("annotations"), "annotations: expected a list, found null"),
        (lambda c: c.update(categories=[]), "categories: expected"),
        (lambda c: c["annotations"].append(5), r"annotations\[2\]: expected an object"),
    ],
)
def test_every_problem_is_named(dataset, change, expected):
    spoil(dataset[0], change)
    problems = "\n".join(problems_of(*dataset))
    assert re.search(expected, problems), problems
    assert str(dataset[0]) in problems


def test_all_problems_come_together(dataset):
    def change(content):
        content["images"][0]["file_name"] = "missing.png"
        content["annotations"][0]["category_id"] = 2
        content["annotations"][1]["bbox"] = [0, 0, 0, 0]

    spoil(dataset[0], change)
    assert len(problems_of(*dataset)) == 3


def test_a_flood_of_problems_is_cut(dataset):
    spoil(dataset[0], lambda c: c.update(annotations=[{} for _ in range(1000)]))
    problems = problems_of(*dataset)
    assert len(problems) == LISTED_PROBLEMS + 1
    assert problems[-1].endswith(f"and {1000 - LISTED_PROBLEMS} more problems")


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe\x00", b"[" * 100_000, b"5"])
def test_what_is_no_coco_file_is_named(tmp_path, content):
    (tmp_path / "a.json").write_bytes(content)
    assert "a.json: expected" in problems_of(tmp_path / "a.json", None)[0]


def test_a_missing_file_is_named(tmp_path):
    assert "a.json: expected a COCO file, found no readable file" in problems_of(tmp_path / "a.json", None)[0]


@pytest.mark.parametrize("name", ["a.png", "b.jpg", "c.bmp"])
def test_damaged_images_are_named(dataset, name):
    path = dataset[1] / name
    whole = path.read_bytes()
    for damaged in (b"", whole[:1], whole[:20], whole[:-1], whole[: len(whole) // 2], b"no image"):
        path.write_bytes(damaged)
        assert f"{name}): expected an image file, found" in problems_of(*dataset)[0]
    path.write_bytes(whole)
    assert read_coco(*dataset).images


def test_images_may_be_written_by_others(dataset):
    """A JPEG of another quality and a PNG of another compression level are as good."""
    grey = np.full((40, 60, 3), 128, np.uint8)
    cv2.imwrite(str(dataset[1] / "b.jpg"), grey, [cv2.IMWRITE_JPEG_QUALITY, 20])
    cv2.imwrite(str(dataset[1] / "a.png"), grey, [cv2.IMWRITE_PNG_COMPRESSION, 9])
    assert len(read_coco(*dataset).images) == 3


CATEGORIES = (Category(90, "bus"), Category(2, "größe"), Category(7, "person"))


def test_several_categories_keep_their_order_and_extras_their_kind(tmp_path):
    extra = {"track": 7, "pose": "Left", "tags": ["a", {"b": None}], "sure": True, "score": 0.25}
    annotations = [Annotation(5, 1, (1, 2, 3.5, 4), category_id=2), Annotation(6, 1, (1, 2, 3, 4), True, extra, 90)]
    written = CocoSet([Image(1, "a.png", 60, 40)], annotations, CATEGORIES)
    write_coco(tmp_path / "a.json", written.images, written.annotations, written.categories)
    assert read_coco(tmp_path / "a.json", None, categories=None) == written
    with contextlib.redirect_stdout(io.StringIO()):
        theirs = COCO(str(tmp_path / "a.json"))
    assert [(c["id"], c["name"]) for c in theirs.loadCats(theirs.getCatIds())] == [(c.id, c.name) for c in CATEGORIES]
    assert theirs.anns[6]["tags"] == ["a", {"b": None}] and theirs.anns[6]["track"] == 7


def test_a_set_of_other_categories_is_no_set_of_persons(tmp_path):
    bus = Annotation(5, 1, (1, 2, 3, 4), category_id=90)
    write_coco(tmp_path / "a.json", [Image(1, "a.png", 60, 40)], [bus], CATEGORIES)
    problems = problems_of(tmp_path / "a.json", None)
    assert len(problems) == 2
    assert 'categories: expected {"id": 1, "name": "person"}' in problems[0]
    assert "annotation 5: expected category_id 1 (person), found 90" in problems[1]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([], "categories: expected at least one category"),
        ([5], r"categories\[0\]: expected an object with a whole-number id"),
        ([{"id": 1, "name": "a"}, {"id": 1, "name": "b"}], r"categories\[1\]: expected a unique category id, found 1"),
        ([{"id": 1, "name": "\ud800"}], r"categories\[0\]: expected a name, found \\ud800"),
        ([{"id": 1}], r"categories\[0\]: expected a name, found null"),
    ],
)
def test_wrong_categories_are_named(dataset, rows, expected):
    spoil(dataset[0], lambda content: content.update(categories=rows))
    with pytest.raises(DataError, match=expected):
        read_coco(*dataset, categories=None)


def test_an_outline_keeps_its_area(dataset, tmp_path):
    outline = [[1.0, 1.0, 9.0, 1.0, 5.0, 20.0]]
    spoil(dataset[0], set_annotation(segmentation=outline, area=76.0))
    coco = read_coco(*dataset)
    write_coco(tmp_path / "again.json", coco.images, coco.annotations)
    again = json.loads((tmp_path / "again.json").read_text())["annotations"]
    assert again[0]["segmentation"] == outline and again[0]["area"] == 76.0
    assert "segmentation" not in again[1] and again[1]["area"] == 30 * 35
