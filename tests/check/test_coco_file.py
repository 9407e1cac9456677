"""Every kind of problem of a COCO file, planted alone and all together."""

import copy
import json

import numpy as np
import pytest

from pipeline.check.boxes import check_box
from pipeline.check.coco_file import check_coco
from pipeline.check.image_names import check_names
from pipeline.check.json_text import read_json
from pipeline.check.problem import LISTED, Problem, Sheet, as_lines

NAN = float("nan")


def sound():
    """Three images, one without annotations (which is valid), a crowd region, two categories."""
    return {
        "images": [{"id": i, "file_name": f"{i}.png", "width": 60, "height": 40} for i in (1, 2, 3)],
        "annotations": [
            {"id": 1, "image_id": 1, "category_id": 1, "bbox": [0, 0, 60, 40], "area": 2400, "iscrowd": 0},
            {"id": 2, "image_id": 2, "category_id": 2, "bbox": [1.5, 2, 3, 4.25], "area": 12.75, "iscrowd": 1},
            {"id": 3, "image_id": 2, "category_id": 1, "bbox": [10, 10, 50, 30], "area": 1500},
        ],
        "categories": [{"id": 1, "name": "person"}, {"id": 2, "name": "car"}],
    }


def first(key, **values):
    return lambda content: content[key][0].update(values)


# (what is done to a sound file, severity, code, where, a part of what was found)
PLANTED = {
    "box far outside": (first("annotations", bbox=[50, 0, 20, 10]), "error", "box_outside", "annotation 1", "by 10 px"),
    "box left of it": (first("annotations", bbox=[-1, 0, 20, 10]), "error", "box_outside", "annotation 1", "by 1 px"),
    "box a little outside": (
        first("annotations", bbox=[0, 0, 60.5, 10]), "warning", "box_slightly_outside", "annotation 1", "by 0.5 px"),
    "no width": (first("annotations", bbox=[5, 5, 0, 10]), "error", "box_empty", "annotation 1", "[5, 5, 0, 10]"),
    "negative height": (first("annotations", bbox=[5, 5, 4, -1]), "error", "box_negative", "annotation 1", "-1"),
    "nan": (first("annotations", bbox=[5, 5, NAN, 1]), "error", "box_not_finite", "annotation 1", "NaN"),
    "inf": (first("annotations", bbox=[5, 5, float("inf"), 1]), "error", "box_not_finite", "annotation 1", "Inf"),
    "number as text": (first("annotations", bbox=[5, "5", 2, 1]), "error", "string_number", "annotation 1", '"5"'),
    "three numbers": (first("annotations", bbox=[5, 5, 2]), "error", "box_type", "annotation 1", "[5, 5, 2]"),
    "no box": (first("annotations", bbox=None), "error", "box_type", "annotation 1", "null"),
    "area nan": (first("annotations", area=NAN), "error", "not_finite", "annotation 1", "NaN"),
    "area text": (first("annotations", area="9"), "error", "area", "annotation 1", "9"),
    "crowd": (first("annotations", iscrowd=2), "error", "iscrowd", "annotation 1", "2"),
    "annotation id twice": (first("annotations", id=2), "error", "duplicate_id", "annotation 2", "2"),
    "image id twice": (first("images", id=2), "error", "duplicate_id", "image 2", "2"),
    "category id twice": (first("categories", id=2), "error", "duplicate_id", "category 2", "2"),
    "float annotation id": (first("annotations", id=1.0), "error", "float_id", "annotations[0]", "1.0"),
    "float image id": (first("images", id=1.0), "error", "float_id", "images[0]", "1.0"),
    "float image_id": (first("annotations", image_id=1.0), "error", "float_id", "annotation 1", "1.0"),
    "fraction as id": (first("annotations", id=1.5), "error", "not_whole", "annotations[0]", "1.5"),
    "id as text": (first("annotations", id="1"), "error", "string_number", "annotations[0]", '"1"'),
    "id true": (first("annotations", id=True), "error", "not_whole", "annotations[0]", "true"),
    "no id": (lambda c: c["annotations"][0].pop("id"), "error", "not_whole", "annotations[0]", "none"),
    "unknown image": (first("annotations", image_id=9), "error", "unknown_image", "annotation 1", "9"),
    "unknown category": (first("annotations", category_id=7), "error", "unknown_category", "annotation 1", "7"),
    "category 0": (
        lambda c: c["categories"].append({"id": 0, "name": "bus"}), "warning", "category_0", "category 0", "0"),
    "mixed case": (
        lambda c: c["categories"].append({"id": 3, "name": "Person"}), "warning", "category_case", "category 3",
        "Person"),
    "nameless category": (first("categories", name=" "), "error", "category_name", "category 1", " "),
    "width as text": (first("images", width="60"), "error", "string_number", "image 1", '"60"'),
    "negative height of an image": (first("images", height=-4), "error", "image_size", "image 1", "-4"),
    "no file name": (first("images", file_name=None), "error", "file_name", "image 1", "none"),
    "row of another type": (lambda c: c["annotations"].append(5), "error", "row_type", "annotations[3]", "5"),
    "no section": (lambda c: c.pop("categories"), "error", "section", "categories", "no such key"),
    "section of another type": (lambda c: c.update(annotations={}), "error", "section", "annotations", "{}"),
    "empty data set": (lambda c: c.update(images=[], annotations=[]), "error", "no_images", "images", "none"),
    "no annotations": (lambda c: c.update(annotations=[]), "warning", "no_annotations", "annotations", "none"),
    "the same box twice": (
        lambda c: c["annotations"].append({"id": 4, "image_id": 2, "category_id": 1, "bbox": [10, 10, 50, 30]}),
        "warning", "box_twice", "annotation 4", "[10"),
}  # fmt: skip


def problems_of(content):
    sheet = Sheet("annotations.json")
    coco = check_coco(content, sheet)
    return sheet.problems, coco


def test_a_sound_file_has_no_problems_and_is_counted():
    problems, coco = problems_of(sound())
    assert problems == []
    assert coco.counts == {"images": 3, "annotations": 3, "crowd": 1, "images_without_annotations": 1}


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_problem_is_found_with_its_place(name):
    change, severity, code, where, found = PLANTED[name]
    content = sound()
    change(content)
    problems, _ = problems_of(content)
    hits = [p for p in problems if (p.severity, p.code, p.where) == (severity, code, where)]
    assert len(hits) == 1 and found in hits[0].found, problems
    assert all((hits[0].file, hits[0].expected, hits[0].fix))


@pytest.mark.parametrize("name", [name for name, plant in PLANTED.items() if plant[2].startswith("box_")])
def test_a_planted_box_is_the_only_problem(name):
    content = sound()
    PLANTED[name][0](content)
    problems, _ = problems_of(content)
    assert len({p.code for p in problems}) == 1


def test_all_problems_come_together():
    """Every planted row beside all others, in one file."""
    content = sound()
    codes = set()
    number = 100
    for change, _, code, where, _ in PLANTED.values():
        if not where.startswith(("annotation 1", "annotations[0]", "image 1", "images[0]")):
            continue
        one = sound()
        change(one)
        for key in ("images", "annotations"):
            row = one[key][0]
            if row != sound()[key][0] and code != "duplicate_id":
                number += 1
                row = dict(row)
                if row.get("id") == 1 and type(row["id"]) is int:
                    row["id"] = number
                content[key].append(row)
                codes.add(code)
    problems, _ = problems_of(content)
    assert codes <= {p.code for p in problems}
    assert len(codes) > 12


ODD = [None, True, -1, 0, 2.0, 1.5, NAN, float("inf"), 10**400, "", "1", "\ud800", "../x"]
ODD += [[], [[]], {}, {"id": 1}, [1] * 5]


@pytest.mark.parametrize("seed", range(8))
def test_whatever_stands_anywhere_is_told_and_never_breaks_the_check(seed):
    """Any value of the file, or several, replaced by an odd one: problems that can be printed, no exception."""
    rng = np.random.default_rng([6, seed])
    for _ in range(150):
        content = sound()
        for _ in range(rng.integers(1, 4)):
            spot = content
            while isinstance(spot, dict | list) and spot:
                keys = list(spot) if isinstance(spot, dict) else range(len(spot))
                key = keys[rng.integers(len(keys))]
                if rng.random() < 0.3 or not isinstance(spot[key], dict | list):
                    spot[key] = copy.deepcopy(ODD[rng.integers(len(ODD))])
                    break
                spot = spot[key]
        problems, coco = problems_of(content)
        sheet = Sheet("names")
        check_names(coco.images, sheet)
        for problem in [*problems, *sheet.problems]:
            assert problem.line().encode("utf-8")


def test_ids_that_are_no_integers_still_find_their_images():
    """One float id is one problem, not one for each annotation of the image."""
    content = sound()
    content["images"][1]["id"] = 2.0
    problems, _ = problems_of(content)
    assert [p.code for p in problems] == ["float_id"]


@pytest.mark.parametrize("content", [[], 5, "text", None])
def test_what_is_no_coco_file_is_said_once(content):
    problems, _ = problems_of(content)
    assert [p.code for p in problems] == ["coco_type"]


@pytest.mark.parametrize(
    ("box", "size", "codes"),
    [
        ([0, 0, 60, 40], (60, 40), []),
        ([0, 0, 60.005, 40], (60, 40), []),
        ([-0.02, 0, 5, 5], (60, 40), ["box_slightly_outside"]),
        ([0, 39, 5, 2], (60, 40), ["box_outside"]),
        ([0, 0, 99, 99], None, []),
        ([0, 0, -1, 0], None, ["box_negative"]),
        (["1", 2, 3, 4], (60, 40), ["string_number"]),
        (["a", 2, 3, 4], (60, 40), ["box_type"]),
        ([True, 2, 3, 4], (60, 40), ["box_type"]),
        ([10**400, 2, 3, 4], (60, 40), ["box_not_finite"]),
    ],
)
def test_box_rules_need_no_coco_file(box, size, codes):
    sheet = Sheet("labels.txt")
    check_box(box, size, sheet, "line 3")
    assert [p.code for p in sheet.problems] == codes
    assert all(p.where == "line 3" for p in sheet.problems)


def read(tmp_path, content, **options):
    path = tmp_path / "a.json"
    path.write_bytes(content)
    sheet = Sheet("a.json")
    return read_json(path, sheet, **options), sheet.problems


@pytest.mark.parametrize(
    ("content", "severity", "code", "where", "value"),
    [
        (b"\xef\xbb\xbf{}", "warning", "bom", "byte 0", {}),
        (b'{"a": "caf\xe9"}', "error", "not_utf8", "byte 10", {"a": "caf\ufffd"}),
        ('{"a": 1}'.encode("utf-16"), "error", "not_utf8", "byte 0", {"a": 1}),
        (b'{"a": 1,\n "b": }', "error", "json_invalid", "line 2, column 7", None),
        (b"", "error", "json_invalid", "line 1, column 1", None),
        (b"null", "error", "json_invalid", "", None),
        (b"[" * 100_000, "error", "json_invalid", "", None),
        (b"9" * 5000, "error", "json_invalid", "", None),
    ],
)
def test_text_that_others_cannot_read(tmp_path, content, severity, code, where, value):
    got, problems = read(tmp_path, content)
    assert got == value
    assert [(p.severity, p.code, p.where) for p in problems] == [(severity, code, where)]


def test_nan_is_no_json_and_what_is_behind_it_is_found_too(tmp_path):
    content = sound()
    content["annotations"][0]["bbox"][2] = NAN
    got, problems = read(tmp_path, json.dumps(content).encode())
    assert [(p.code, p.found) for p in problems] == [("json_nan", "NaN, 1 times")]
    assert [p.code for p in problems_of(got)[0]] == ["box_not_finite"]


def test_a_file_above_the_limit_is_not_read(tmp_path):
    got, problems = read(tmp_path, b" " * 3_000_000, largest_bytes=2**21)
    assert got is None and [(p.code, p.found) for p in problems] == [("json_too_large", "3 MB")]


def test_a_file_that_is_missing_or_a_folder_or_a_loop(tmp_path):
    (tmp_path / "loop").symlink_to("loop")
    found = []
    for path in (tmp_path / "none", tmp_path, tmp_path / "loop"):
        sheet = Sheet("x")
        assert read_json(path, sheet) is None
        found += [p.code for p in sheet.problems]
    assert found == ["json_missing", "json_unreadable", "json_unreadable"]


def test_repeated_problems_are_counted_in_the_text():
    many = [Problem("warning", "w", "f", f"annotation {i}", "a", "b", "c") for i in range(20)]
    lines = as_lines([*many, Problem("error", "e", "z", "", "a", "b", "c")])
    assert lines[0] == "error: z: expected a, found b; c [e]"
    assert [line.split(":")[2] for line in lines[1 : LISTED + 1]] == [f" annotation {i}" for i in range(LISTED)]
    assert lines[-1] == f"warning: f: and {20 - LISTED} more [w]"


def test_unprintable_text_stays_on_its_line():
    sheet = Sheet("f")
    sheet.error("c", "w", "e", "a\nb\x1b[31m", "x")
    assert "\n" not in sheet.problems[0].line() and "\x1b" not in sheet.problems[0].line()
