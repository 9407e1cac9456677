"""python -m pipeline.select, with small untrained detectors on made-up frames."""

import csv
import json

import numpy as np
import pytest
import torch

from pipeline.data.coco import Annotation, Image, write_coco
from pipeline.data.files import read_image, write_image, write_json
from pipeline.detect.detector import save
from pipeline.detect.network import build
from pipeline.errors import UserError
from pipeline.measure import folders
from pipeline.measure.matching import Detections
from pipeline.measure.results import write_results
from pipeline.select.__main__ import run
from pipeline.select.frames import frame_name
from pipeline.stages.report import read_selection
from tests import fabricated

WIDTH, HEIGHT = 96, 64


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A folder with params.yaml, frames, two detectors of the gate's rung, and their results on its scenes."""
    monkeypatch.chdir(tmp_path)
    raw, size = fabricated.write_small_network(tmp_path)
    make_set(folders.real_set("train"), range(1, 40, 4))
    make_set(folders.real_set("test"), [90])
    make_set(folders.synth_set("site"), range(3))
    for number in range(0, 12):
        write_image(folders.real_set("calibration") / "images" / frame_name(number), picture(number))
    for seed in range(raw["train"]["seeds"]):
        torch.manual_seed(seed)
        save(folders.trained("site", seed, "builtin"), build(size), size)
        scores = np.array([0.9, 0.1])
        found = [Detections(np.array([[10.0, 10, 30, 50], [50.0, 10, 60, 30]]), scores)] * 3
        write_results(folders.results("site", "synth", seed), [1, 2, 3], found)
    return tmp_path


def make_set(folder, numbers):
    images = [Image(k + 1, frame_name(number), WIDTH, HEIGHT) for k, number in enumerate(numbers)]
    for number in numbers:
        write_image(folder / "images" / frame_name(number), picture(number))
    write_coco(folder / "annotations.json", images, [Annotation(i.id, i.id, (10, 10, 30, 50)) for i in images])


def picture(number):
    return np.random.default_rng([number]).integers(0, 255, (HEIGHT, WIDTH, 3), np.uint8)


def test_list_and_contact_sheet(project, capsys):
    run("--count", "3")
    out = project / "data/out/select"
    content = json.loads((out / "selected.json").read_text())
    names = [row["frame"] for row in content["selected"]]
    assert len(set(names)) == 3 and not {frame_name(i) for i in (1, 5, 9)} & set(names)  # those have labels
    assert content["frames"] == 9 and content["rung"] == "site"
    with open(out / "selected.csv", newline="") as stream:
        assert [row["frame"] for row in csv.DictReader(stream)] == names
    assert read_image(out / "contact_sheet.jpg").shape == (26 + 2 * (26 + 320), 2 * 480, 3)
    assert capsys.readouterr().out.endswith(f"annotate next: {', '.join(names)}\n")
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    run("--count", "3", "--out", "again")
    assert {path.name: path.read_bytes() for path in (project / "again").iterdir()} == before
    assert str(project) not in (out / "selected.json").read_text()


def test_frames_of_a_folder_with_an_odd_name(project):
    odd = 'a,"b".png'
    write_image(project / "mine" / odd, picture(50))
    run("--frames", "mine", "--count", "8")
    with open("data/out/select/selected.csv", newline="") as stream:
        assert [row["frame"] for row in csv.DictReader(stream)] == [odd]


def test_test_frames_and_unknown_rungs_are_refused(project):
    with pytest.raises(UserError, match="which is a test frame"):
        run("--frames", "data/out/real/test/images")
    with pytest.raises(UserError, match="--rung: expected one of .*site.*found 'sight'"):
        run("--rung", "sight")


def test_measure_on_candidates_and_held_out_blocks(project, monkeypatch):
    """What learned from a frame is not measured on it, and both choices learn with the same draws."""
    learned, recalls = [], iter([0.5, 0.7, 0.6] * 8)

    def fine_tune(checkpoint, coco, folder, params, run):
        learned.append((checkpoint.name, run, {image.id for image in coco.images}))
        return learned[-1][2]

    def recall(detector, coco, folder, params):
        held_out = {image.id for image in coco.images}
        assert not isinstance(detector, set) or not detector & held_out
        return next(recalls)

    monkeypatch.setattr("pipeline.select.measure.fine_tune", fine_tune)
    monkeypatch.setattr("pipeline.select.measure.recall", recall)
    run("--measure", "--seeds", "2", "--count", "3")
    content = json.loads((project / "data/report/select.json").read_text())
    assert (content["recall_before"], content["recall_selected"], content["recall_random"]) == (
        [0.5, 0.5], [0.7, 0.7], [0.6, 0.6])  # fmt: skip
    assert content["difference"] == 0.1 and "beats" in content["sentence"]
    assert all(len(ids) == 3 for *_, ids in learned)
    assert [one[:2] for one in learned[::2]] == [one[:2] for one in learned[1::2]]
    assert set(content["made_from"]) == {"data/out/real/train/annotations.json", "data/out/train/site/seed0.pt",
                                         "data/out/train/site/seed1.pt"}  # fmt: skip


def test_the_page_shows_a_result_of_these_detectors_and_labels_only(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = tmp_path / "select.json"
    assert read_selection(result) == {}
    (tmp_path / "seed0.pt").write_bytes(b"abc")
    abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"  # FIPS 180-2, appendix B.1
    write_json(result, {"made_from": {"seed0.pt": abc}})
    assert read_selection(result) == {"made_from": {"seed0.pt": abc}}
    (tmp_path / "seed0.pt").write_bytes(b"abd")
    assert read_selection(result) == {}
    (tmp_path / "seed0.pt").unlink()
    assert read_selection(result) == {}


def test_too_few_frames_to_measure(project):
    with pytest.raises(UserError, match="more than 7 labelled training frames beside a block, found 5 and 6"):
        run("--measure", "--count", "7")
