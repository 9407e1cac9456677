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


def test_annotations_may_be_a_folder_of_splits(root):
    name_annotations(root, "data/own/boards")
    for split in ("train", "test"):
        write_split(root / "data/own/boards" / split, range(20, 23))
    assert check.run() == 0
    names = [f"annotations: {split}/annotations.json" for split in ("test", "train")]
    assert [name for name in result(root)["counts"] if name.startswith("annotations")] == names
    path = root / "data/own/boards/test/annotations.json"
    path.write_text(path.read_text().replace("14", "NaN"), encoding="utf-8")
    assert check.run() == 1
    assert {e["file"] for e in result(root)["errors"]} == {"data/own/boards/test/annotations.json"}


def test_annotations_of_another_format_are_checked_as_the_stage_real_wrote_them(root):
    (root / "data/own/yolo").mkdir(parents=True)
    (root / "data/own/yolo/classes.txt").write_text("person\n")
    name_annotations(root, "data/own/yolo")
    assert check.run() == 0
    assert {"train", "test"} <= set(result(root)["counts"])
    assert not any(name.startswith("annotations") for name in result(root)["counts"])


def name_annotations(root, path):
    raw = yaml.safe_load((root / "params.yaml").read_text(encoding="utf-8"))
    raw["real"]["annotations"] = path
    (root / "params.yaml").write_text(yaml.safe_dump(raw), encoding="utf-8")


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
