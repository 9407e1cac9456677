from xml.sax.saxutils import escape

import numpy as np
import pytest

from pipeline.data.safe_xml import read_xml
from pipeline.data.voc import read_voc
from pipeline.errors import DataError
from tests.data.random_sets import KINDS, save_picture

SIZE = (40, 20)


def write_xml(path, file_name, objects, size=SIZE):
    """objects: (name, xmin, ymin, xmax, ymax, further elements)."""
    parts = [f"<filename>{escape(file_name)}</filename>"]
    if size:
        parts.append(f"<size><width>{size[0]}</width><height>{size[1]}</height><depth>3</depth></size>")
    for name, x0, y0, x1, y1, further in objects:
        corners = f"<xmin>{x0}</xmin><ymin>{y0}</ymin><xmax>{x1}</xmax><ymax>{y1}</ymax>"
        parts.append(f"<object><name>{escape(name)}</name>{further}<bndbox>{corners}</bndbox></object>")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f'<?xml version="1.0"?>\n<annotation>{"".join(parts)}</annotation>', encoding="utf-8")


def one(tmp_path, *objects, size=SIZE):
    if not (tmp_path / "JPEGImages").exists():
        save_picture(tmp_path / "JPEGImages", "a", SIZE, ".jpg", np.random.default_rng(0))
    write_xml(tmp_path / "Annotations" / "a.xml", "a.jpg", objects, size)
    return tmp_path


def fails(match, source):
    with pytest.raises(DataError, match=match) as raised:
        read_voc(source)
    return str(raised.value).splitlines()


def test_the_first_pixel_is_number_one_and_the_last_is_inside(tmp_path):
    """An object that covers the pixels of a mask has the edges of that mask."""
    rng = np.random.default_rng(1)
    masks, objects = [], []
    for _ in range(40):
        rows, columns = (np.sort(rng.integers(0, n, 2)) for n in SIZE[::-1])
        mask = np.zeros(SIZE[::-1], bool)
        mask[rows[0] : rows[1] + 1, columns[0] : columns[1] + 1] = True
        masks.append(mask)
        ys, xs = np.nonzero(mask)
        objects.append(("dog", xs.min() + 1, ys.min() + 1, xs.max() + 1, ys.max() + 1, ""))
    (split,) = read_voc(one(tmp_path, *objects))
    for mask, annotation in zip(masks, split.coco.annotations, strict=True):
        x0, y0, x1, y1 = annotation.box
        assert (x1 - x0) * (y1 - y0) == mask.sum()
        assert mask[int(y0) : int(y1), int(x0) : int(x1)].all()


def test_difficult_objects_are_ignored_and_what_is_known_of_them_is_kept(tmp_path):
    part = "<part><name>head</name><bndbox><xmin>1</xmin></bndbox></part>"
    further = "<pose>Left</pose><truncated>1</truncated><occluded>0</occluded>"
    objects = [
        ("dog", 1, 1, 10, 10, "<difficult>1</difficult>" + further),
        ("cat & mouse", 1.5, 2.5, 10.25, 10, "<difficult>0</difficult><pose>Unspecified</pose>" + part),
    ]
    (split,) = read_voc(one(tmp_path, *objects))
    dog, cat = split.coco.annotations
    assert [(c.id, c.name) for c in split.coco.categories] == [(1, "cat & mouse"), (2, "dog")]
    assert (dog.category_id, dog.iscrowd, dog.extra) == (2, True, {"truncated": 1, "occluded": 0, "pose": "Left"})
    assert (cat.category_id, cat.iscrowd, cat.extra, cat.box) == (1, False, {}, (0.5, 1.5, 10.25, 10))


@pytest.mark.parametrize("layout", ["voc", "folders", "beside"])
def test_layouts(tmp_path, layout):
    rng = np.random.default_rng(2)
    for number, kind in enumerate(KINDS):
        split = "train" if number % 2 else "val"
        folder = {"voc": "JPEGImages", "folders": "valid" if split == "val" else split, "beside": "."}[layout]
        name = save_picture(tmp_path / folder, f"p{number}", SIZE, kind, rng)
        labels = "Annotations" if layout == "voc" else folder
        written = name if number else "p0"  # some exporters leave the suffix out
        write_xml(tmp_path / labels / f"p{number}.xml", written, [(split, number + 1, 1, 10, 10, "")])
        lists = tmp_path / "ImageSets" / "Main"
        lists.mkdir(parents=True, exist_ok=True)
        if layout == "voc":
            for listed in (f"{split}.txt", "trainval.txt", f"person_{split}.txt"):
                with open(lists / listed, "a", encoding="utf-8") as stream:
                    stream.write(f"p{number} -1\n")
    splits = {split.name: split for split in read_voc(tmp_path)}
    assert splits.keys() == ({""} if layout == "beside" else {"train", "val"})
    for name, split in splits.items():
        numbers = [n for n in range(len(KINDS)) if not name or (n % 2 == 1) == (name == "train")]
        assert [annotation.box[0] for annotation in split.coco.annotations] == numbers
        assert [c.name for c in split.coco.categories] == ["train", "val"]
        assert all((split.image_folder / image.file_name).is_file() for image in split.coco.images)
        assert {(image.width, image.height) for image in split.coco.images} == {SIZE}


def test_a_set_that_counts_from_0_is_cut_and_told(tmp_path):
    (split,) = read_voc(one(tmp_path, ("dog", 0, 0, 39, 19, ""), ("dog", 3, 3, 9, 9, "")))
    assert split.coco.annotations[0].box == (0, 0, 39, 19)
    assert split.notes == ("1 boxes reached over their picture's edge, by up to 1 px: cut",)


@pytest.mark.parametrize(
    ("objects", "size", "expected"),
    [
        ([("dog", 5, 5, 4, 9, "")], SIZE, r"a.xml: object 1 \(dog\): expected a box with positive width"),
        ([("dog", 1, 1, 4, 9, ""), ("dog", 1, 1, 42, 9, "")], SIZE, r"a.xml: object 2 \(dog\): expected a box inside"),
        ([("dog", -1, 1, 4, 9, "")], SIZE, r"a.xml: object 1 \(dog\): expected a box inside"),
        ([("dog", "x", 1, 4, 9, "")], SIZE, r"a.xml: object 1 \(dog\): expected numbers xmin, ymin, xmax, ymax"),
        ([("dog", "nan", 1, 4, 9, "")], SIZE, r"a.xml: object 1 \(dog\): expected numbers"),
        ([(" ", 1, 1, 4, 9, "")], SIZE, "a.xml: object 1: expected a name"),
        ([("dog", 1, 1, 4, 9, "<difficult>2</difficult>")], SIZE, "object 1: difficult: expected 0 or 1, found 2"),
        ([("dog", 1, 1, 4, 9, "")], SIZE[::-1], "a.xml: size: expected 40 x 20 px as shown, found 20 x 40 px"),
        ([], SIZE, "expected objects in the XML files, found none"),
    ],
)
def test_wrong_objects_are_named(tmp_path, objects, size, expected):
    fails(expected, one(tmp_path, *objects, size=size))


def test_a_size_that_is_not_told_is_that_of_the_picture(tmp_path):
    for size in (None, (0, 0)):
        (split,) = read_voc(one(tmp_path, ("dog", 1, 1, 4, 9, ""), size=size))
        assert (split.coco.images[0].width, split.coco.images[0].height) == SIZE


def test_names_that_lead_elsewhere_are_refused(tmp_path):
    one(tmp_path, ("dog", 1, 1, 4, 9, ""))
    write_xml(tmp_path / "Annotations" / "b.xml", "../../a.jpg", [])
    (tmp_path / "Annotations" / "c.xml").write_text("<svg/>")
    problems = fails("b.xml: filename: expected a name inside the folder of pictures, found ../../a.jpg", tmp_path)
    assert len(problems) == 2 and "c.xml: expected an element annotation, found svg" in problems[1]
    (tmp_path / "ImageSets" / "Main").mkdir(parents=True)
    (tmp_path / "ImageSets" / "Main" / "train.txt").write_text("../../a\n")
    fails("train.txt: expected names of XML files in Annotations, found ../../a", tmp_path)
    (tmp_path / "ImageSets" / "Main" / "train.txt").write_text("a\nnone\n")
    fails("none.xml: expected XML, found no readable file", tmp_path)


LAUGHS = '<!DOCTYPE a [<!ENTITY b "ha"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><annotation>&c;</annotation>'
READS = '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><annotation>&b;</annotation>'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-8-sig"])
@pytest.mark.parametrize("text", [LAUGHS, READS, '<!DOCTYPE annotation SYSTEM "a.dtd"><annotation/>'])
def test_entities_are_refused(tmp_path, text, encoding):
    (tmp_path / "a.xml").write_text(text, encoding=encoding)
    with pytest.raises(DataError, match="a.xml: expected XML without a DOCTYPE, found one"):
        read_xml(tmp_path / "a.xml")


NONSENSE = b'<?xml version="1.0" encoding="nonsense"?><a/>'


@pytest.mark.parametrize("content", [b"", b"<a>", b"\xff", b"<a>&b;</a>", NONSENSE])
def test_what_is_no_xml_is_named(tmp_path, content):
    (tmp_path / "a.xml").write_bytes(content)
    with pytest.raises(DataError, match="a.xml: expected XML, found none"):
        read_xml(tmp_path / "a.xml")
