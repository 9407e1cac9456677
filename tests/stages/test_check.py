"""The check as a program: on the experiment, on any data set, its report and its exit codes."""

import json
import shutil
import subprocess
import sys

import numpy as np
import pytest
import yaml

from pipeline.check.command import check_any
from pipeline.data.coco import Annotation, Image, write_coco
from pipeline.data.files import write_image, write_json
from pipeline.errors import UserError
from pipeline.stages import check, synth
from tests import fabricated
from tests.stages.test_synth import digests

WIDTH, HEIGHT = 192, 144


def moment(number):
    """A frame of the static camera whose plate `fabricated.write_calibration` writes: people elsewhere each time."""
    rng = np.random.default_rng([8, number])
    image = fabricated.picture(np.random.default_rng([99]), WIDTH, HEIGHT)
    for x, y in rng.uniform([0.1, 0.1], [0.8, 0.7], (3, 2)):
        left, top = int(x * WIDTH), int(y * HEIGHT)
        image[top : top + 36, left : left + 14] = 255 * (number % 2)
    return image


def write_split(folder, numbers):
    images = [Image(n, f"frame_{n:04d}.png", WIDTH, HEIGHT) for n in numbers]
    for image in images:
        write_image(folder / "images" / image.file_name, moment(image.id))
    boxes = [Annotation(n, n, (10, 10, 24, 46)) for n in numbers]
    write_coco(folder / "annotations.json", images, boxes)


@pytest.fixture
def root(tmp_path, monkeypatch):
    """An experiment up to the stage `check`: frames of a static camera in splits, photographs, places, a plate."""
    params = fabricated.tiny_params()
    fabricated.write_inputs(tmp_path, params)
    real = tmp_path / "data/out/real"
    write_split(real / "train", range(0, 6))
    write_split(real / "test", range(20, 26))
    write_split(tmp_path / "data/real", [*range(0, 6), *range(20, 26)])
    for number in range(10):
        write_image(real / "calibration/images" / f"frame_{number:04d}.png", moment(number))
    raw = yaml.safe_load((fabricated.REPOSITORY / "params.yaml").read_text(encoding="utf-8"))
    raw["real"]["annotations"] = "data/real/annotations.json"
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(raw), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def result(root):
    return json.loads((root / "data/out/check/check.json").read_text(encoding="utf-8"))


def test_a_sound_experiment_passes_and_its_plate_is_declared(root, capsys):
    assert check.run() == 0
    found = result(root)
    assert found["schema"] == 1 and found["errors"] == [] and found["pairs"] == []
    assert [(row["b"], row["kind"]) for row in found["declared"]] == [("background:site: plate.png", "place")]
    assert found["counts"]["all"]["test_at_places_of_train"] == 6
    assert (root / "data/out/check/passed").is_file() and (root / "data/out/check/pairs/000.jpg").is_file()
    assert "check: 0 errors" in capsys.readouterr().out


def test_the_report_depends_on_the_data_alone(root):
    check.run()
    first = digests(root / "data/out/check")
    check.run()
    assert digests(root / "data/out/check") == first
    assert not any(str(root) in (root / "data/out/check" / name).read_text("latin-1") for name in first)


def test_a_test_frame_among_the_train_frames_fails(root):
    shifted = np.pad(moment(22), ((2, 0), (2, 0), (0, 0)), "edge")[:-2, :-2]
    write_image(root / "data/out/real/train/images/frame_0003.png", shifted)
    assert check.run() == 1
    errors = result(root)["errors"]
    assert [(e["code"], e["file"]) for e in errors] == [("near_duplicate_across_splits", "train: frame_0003.png")]
    assert "test: frame_0022.png" in errors[0]["found"]
    assert [row["picture"] for row in result(root)["pairs"]] == ["pairs/000.jpg"]
    assert not (root / "data/out/check/passed").exists()
    assert "pairs/000.jpg" in (root / "data/out/check/index.html").read_text(encoding="utf-8")


def test_a_plate_fails_among_the_photographs_and_where_no_rung_declares_it(root):
    shutil.copy(root / "data/out/calibration/plate.png", root / "data/out/real/photos/z.png")
    assert check.run() == 1
    assert [(e["code"], e["file"]) for e in result(root)["errors"]] == [
        ("background_shows_test_place", "background:photographs: z.png")
    ]


def test_backgrounds_that_no_rung_uses_are_not_compared(root):
    raw = yaml.safe_load((root / "params.yaml").read_text(encoding="utf-8"))
    raw["ladder"], raw["gate"]["rung"] = ["composite"], "composite"
    (root / "params.yaml").write_text(yaml.safe_dump(raw), encoding="utf-8")
    assert check.run() == 0
    assert result(root)["declared"] == [] and "background:places" not in result(root)["counts"]


def test_it_says_which_stage_is_missing(root):
    shutil.rmtree(root / "data/out/places")
    with pytest.raises(UserError, match="data/out/places: expected .* run `dvc repro`"):
        check.run()


def spoil(root, change):
    path = root / "data/out/real/train/annotations.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    change(content)
    path.write_text(json.dumps(content), encoding="utf-8")
    return root / "data/out/real"


def test_any_folder_of_splits_is_checked_and_all_problems_are_told_together(root, capsys):
    def change(content):
        content["annotations"][0]["bbox"] = [0, 0, float("nan"), 4]
        content["annotations"][1]["bbox"] = [180, 0, 50, 4]
        content["images"][2]["file_name"] = "<b>none</b>.png"
        content["categories"][0]["name"] = "Person"

    folder = spoil(root, change)
    shutil.copy(folder / "test/images/frame_0021.png", folder / "train/images/frame_0004.png")
    assert check_any(str(folder), "--json", str(root / "out.json")) == 1
    found = json.loads((root / "out.json").read_text(encoding="utf-8"))
    assert {(e["code"], e["file"]) for e in found["errors"]} == {
        ("json_nan", "train/annotations.json"),
        ("box_not_finite", "train/annotations.json"),
        ("box_outside", "train/annotations.json"),
        ("image_missing", "train/annotations.json"),
        ("category_differs", "categories"),
        ("exact_duplicate_across_splits", "train: frame_0004.png"),
    }
    assert {w["code"] for w in found["warnings"]} == {"unlisted"}
    lines = capsys.readouterr().out.splitlines()
    kinds = [line.split(":")[0] for line in lines if line.startswith(("error", "warning"))]
    assert kinds == sorted(kinds) and len(kinds) == 7


def test_names_cannot_write_markup_into_the_page(root):
    spoil(root, lambda content: content["images"][2].update(file_name="<script>x</script>.png"))
    spoil(root, lambda content: content["categories"].append(dict(content["categories"][0], name="<script>y</script>")))
    assert check.run() == 1
    page = (root / "data/out/check/index.html").read_text(encoding="utf-8")
    assert "&lt;script&gt;x" in page and "<script>" not in page


@pytest.mark.parametrize(
    "words", [["none"], ["data/out/real", "--images", "data"], ["params.yaml", "--images", "none"]]
)
def test_what_cannot_be_checked_is_said(root, words):
    with pytest.raises(UserError, match="expected .*, found"):
        check_any(*words)


def program(root, *words):
    environment = {"PYTHONPATH": str(fabricated.REPOSITORY), "OMP_NUM_THREADS": "1", "PATH": "/usr/bin:/bin"}
    command = [sys.executable, "-m", "pipeline.stages.check", *words]
    return subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, timeout=120)


def test_exit_codes_of_the_program(root):
    assert program(root).returncode == 0
    assert program(root, "data/out/real/test").returncode == 0
    broken = spoil(root, lambda content: content["annotations"][0].update(bbox=[0, 0, 0, 0]))
    assert program(root, str(broken / "train" / "annotations.json")).returncode == 1
    missing = program(root, "none")
    assert missing.returncode == 2 and missing.stderr.startswith("none: expected")
    assert program(root, "a", "b").returncode == 2
    names = sorted(path.name for path in (root / "data/out/durations").iterdir())
    assert names == ["check.json"]  # a data set that is looked at in between is no stage


@pytest.mark.parametrize("content", [b"", b"null", b"[]", b"{}", b'{"images": [], "annotations": []}'])
def test_an_empty_data_set_fails(root, content, capsys):
    (root / "empty.json").write_bytes(content)
    assert check_any(str(root / "empty.json")) == 1
    assert "error: empty.json: " in capsys.readouterr().out


@pytest.mark.parametrize("rung", ["composite", "site"])
def test_what_the_pipeline_makes_has_no_errors(root, rung, capsys):
    synth.run(rung)
    assert check_any(str(root / "data/out/synth" / rung)) == 0, capsys.readouterr().out


def test_a_file_without_images_folder_beside_it_takes_its_own(root):
    write_json(root / "flat.json", json.loads((root / "data/out/real/test/annotations.json").read_text()))
    assert check_any(str(root / "flat.json"), "--images", str(root / "data/out/real/test/images")) == 0
    assert check_any(str(root / "flat.json")) == 1


def write_yolo(folder, splits):
    """Pictures and labels as text, by the format's own definition; splits: name -> numbers of `moment`."""
    for name, numbers in splits.items():
        (folder / "labels" / name).mkdir(parents=True)
        for n in numbers:
            write_image(folder / "images" / name / f"frame_{n:04d}.png", moment(n))
            (folder / "labels" / name / f"frame_{n:04d}.txt").write_text("0 0.5 0.5 0.25 0.25\n")
    (folder / "data.yaml").write_text("train: images/train\ntest: images/test\nnames: [person]\n")


def test_real_frames_with_labels_in_yolo_pass_as_the_splits_that_were_read(root):
    write_yolo(root / "data/own/frames", {"train": range(6), "test": range(20, 26)})
    raw = yaml.safe_load((root / "params.yaml").read_text(encoding="utf-8"))
    raw["real"]["annotations"] = "data/own/frames"
    (root / "params.yaml").write_text(yaml.safe_dump(raw), encoding="utf-8")
    assert check.run() == 0
    assert list(result(root)["counts"])[:2] == ["train", "test"]


def test_the_coco_files_of_a_folder_are_checked_as_they_came(root):
    folder = root / "data/own/frames/annotations"
    for name in ("instances_train", "instances_test"):
        write_json(folder / f"{name}.json", json.loads((root / "data/real/annotations.json").read_text()))
    content = json.loads((folder / "instances_test.json").read_text())
    content["annotations"][3]["bbox"] = [1, 1, -5, 4]
    write_json(folder / "instances_test.json", content)
    raw = yaml.safe_load((root / "params.yaml").read_text(encoding="utf-8"))
    raw["real"]["annotations"] = "data/own/frames"
    (root / "params.yaml").write_text(yaml.safe_dump(raw), encoding="utf-8")
    assert check.run() == 1
    (error,) = result(root)["errors"]
    assert error["file"] == "data/own/frames/annotations/instances_test.json"
    assert "annotations:train" in result(root)["counts"]


def test_a_yolo_set_is_checked_like_any_other(tmp_path, capsys):
    write_yolo(tmp_path, {"train": range(3), "test": range(20, 23)})
    assert check_any(str(tmp_path), "--json", str(tmp_path / "out.json")) == 0
    counts = json.loads((tmp_path / "out.json").read_text())["counts"]
    assert counts["train"] == {"images": 3, "annotations": 3, "images_without_annotations": 0, "readable_images": 3}
    shutil.copy(tmp_path / "images/test/frame_0021.png", tmp_path / "images/train/frame_0002.png")
    assert check_any(str(tmp_path)) == 1
    assert "exact_duplicate_across_splits" in capsys.readouterr().out
    (tmp_path / "labels/train/frame_0001.txt").write_text("0 0.5 0.5 nan 0.25\n7 0.5 0.5 0.1 0.1\n")
    assert check_any(str(tmp_path), "--json", str(tmp_path / "out.json")) == 1
    errors = json.loads((tmp_path / "out.json").read_text())["errors"]
    assert [e["file"] for e in errors] == ["labels/train/frame_0001.txt:1", "labels/train/frame_0001.txt:2"]
    assert all(e["expected"] and e["found"] and e["fix"] for e in errors)


def test_splits_of_a_voc_set_share_their_folder_of_pictures(tmp_path, capsys):
    for n in (1, 2, 20, 21):
        write_image(tmp_path / "JPEGImages" / f"{n:03d}.png", moment(n))
        box = "<bndbox><xmin>11</xmin><ymin>11</ymin><xmax>40</xmax><ymax>40</ymax></bndbox>"
        size = f"<size><width>{WIDTH}</width><height>{HEIGHT}</height><depth>3</depth></size>"
        xml = f"<annotation><filename>{n:03d}.png</filename>{size}<object><name>cup</name>{box}</object></annotation>"
        (tmp_path / "Annotations").mkdir(exist_ok=True)
        (tmp_path / "Annotations" / f"{n:03d}.xml").write_text(xml)
    lists = tmp_path / "ImageSets/Main"
    lists.mkdir(parents=True)
    (lists / "train.txt").write_text("001\n002\n")
    (lists / "test.txt").write_text("020\n021\n")
    assert check_any(str(tmp_path)) == 0
    assert "check: 0 errors, 0 warnings" in capsys.readouterr().out


def test_a_folder_without_any_data_set_says_what_is_read(tmp_path):
    with pytest.raises(UserError, match="expected COCO .* YOLO .* Pascal VOC"):
        check_any(str(tmp_path))
