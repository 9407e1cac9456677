"""python -m pipeline.detect on pictures, folders and videos."""

import json
import shlex
import shutil
import sys

import cv2
import numpy as np
import pytest
import torch
import yaml

from pipeline.config import load_params
from pipeline.data.coco import PERSON, Category
from pipeline.data.files import read_image, write_image
from pipeline.data.video import read_frames
from pipeline.detect.command import write_categories
from pipeline.detect.detector import Detector, save
from pipeline.detect.network import build
from pipeline.errors import UserError
from pipeline.look.program import run
from tests.detect.test_command import ROOT, STAND_IN
from tests.look.test_export import needs_onnx

CATEGORIES = (PERSON, Category(7, "car"))
MODEL = "data/out/train/site/seed0.pt"


@pytest.fixture
def project(tmp_path, monkeypatch, detector_params):
    """A folder with a detector of rung site, which is unsure of everything, and pictures."""
    monkeypatch.chdir(tmp_path)
    shutil.copy(ROOT / "params.yaml", tmp_path)
    torch.manual_seed(0)
    network = build(detector_params, 2)
    with torch.no_grad():
        network.output.weight.mul_(300)  # untrained as it is it says the same everywhere
        network.output.bias.zero_()
    save(tmp_path / MODEL, network, detector_params, CATEGORIES)
    rng = np.random.default_rng(0)
    for name in ("b.png", "a.jpg"):
        write_image(tmp_path / "pictures" / name, rng.integers(0, 256, (90, 120, 3), np.uint8))
    (tmp_path / "pictures/notes.txt").write_text("no picture")
    return tmp_path


def entries(folder):
    return json.loads((folder / "detections.json").read_text())


def test_a_picture(project, capsys):
    out = project / "data/out/detect/b"
    detector = Detector.load(MODEL, load_params().decoding)
    picture = read_image("pictures/b.png")
    boxes, scores, place = detector.detect(picture)
    least = f"{np.median(scores):.4f}"
    chosen = scores >= float(least)
    assert 0 < chosen.sum() < len(scores) and set(place[chosen]) == {0, 1}
    run("pictures/b.png", "--score", least)
    told = entries(out)
    np.testing.assert_allclose([e["score"] for e in told], scores[chosen], atol=1e-5)
    xywh = np.concatenate([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]], 1)[chosen]
    np.testing.assert_allclose([e["bbox"] for e in told], xywh, atol=0.01)
    assert [e["category_id"] for e in told] == [(1, 7)[k] for k in place[chosen]]
    assert {(e["image_id"], e["file_name"]) for e in told} == {(1, "b.png")}
    drawn = read_image(out / "b.png")
    assert drawn.shape == picture.shape and (drawn != picture).any()
    line = f"{len(told)} found in 1 image, score at least {least}, by {MODEL}; boxes: detections.json"
    assert capsys.readouterr().out == f"data/out/detect/b: {line}\n"


def test_nothing_is_drawn_where_nothing_is_sure(project):
    run("pictures/b.png", "--score", "1")
    np.testing.assert_array_equal(read_image("data/out/detect/b/b.png"), read_image("pictures/b.png"))
    assert entries(project / "data/out/detect/b") == []


def test_a_folder(project):
    run("pictures", "--out", "marked")
    assert sorted(path.name for path in (project / "marked").iterdir()) == ["a.jpg", "b.png", "detections.json"]
    assert {(e["image_id"], e["file_name"]) for e in entries(project / "marked")} == {(1, "a.jpg"), (2, "b.png")}


def write_video(path, count=7):
    """A bright box of 20 x 40 px that moves 5 px a frame over a dark ground."""
    video = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 10.0, (120, 90))
    for i in range(count):
        frame = np.zeros((90, 120, 3), np.uint8)
        frame[20:60, 10 + 5 * i : 30 + 5 * i] = 255
        video.write(frame)
    video.release()


def test_a_video(project):
    write_video("film.avi")
    run("film.avi", "--score", "0.1")
    out = project / "data/out/detect/film"
    assert [frame.shape for frame in read_frames(out / "film.mp4")] == [(90, 120, 3)] * 7
    assert {e["file_name"] for e in entries(out)} == {f"frame_{i:06d}.png" for i in range(7)}


def test_a_video_with_a_detector_of_ones_own(project):
    raw = yaml.safe_load((ROOT / "params.yaml").read_text())
    start = f"{shlex.quote(sys.executable)} {shlex.quote(str(STAND_IN))}"
    raw["detector"] |= {
        "kind": "command",
        "train_command": "none {train_annotations} {model}",
        "predict_command": f"{start} predict {{model}} {{images}} {{image_list}} {{output}}",
    }
    (project / "params.yaml").write_text(yaml.safe_dump(raw))
    model = project / "data/out/train/site/seed0"
    model.mkdir()
    (model / "sizes.json").write_text(json.dumps({"size": [20, 40], "kinds": [1]}))
    write_categories(model, (PERSON,))
    write_video("film.avi")
    run("film.avi", "--out", "marked")
    told = entries(project / "marked")
    assert [e["image_id"] for e in told] == list(range(1, 8))
    np.testing.assert_allclose([e["bbox"] for e in told], [[10 + 5 * i, 20, 20, 40] for i in range(7)], atol=1.0)
    assert len(list(read_frames("marked/film.mp4"))) == 7


@needs_onnx
def test_export_tells_what_goes_in_and_what_comes_out(project, capsys):
    run("--export", "onnx", "model.onnx", "--size", "120", "90")
    told = capsys.readouterr().out
    assert 'input "image" (1, 3, 64, 64) RGB' in told and told.endswith("person, car\n")
    network = cv2.dnn.readNetFromONNX("model.onnx")
    network.setInput(np.zeros((1, 3, 64, 64), np.float32))
    assert network.forward("boxes").shape == (1, 16 * 16, 4)


@pytest.mark.parametrize(("words", "expected"), [
    (["pictures", "--rung", "noise"], "data/out/train/noise/seed0.pt: no trained detector there"),
    (["pictures", "--seed", "5"], "data/out/train/site/seed5.pt: no trained detector there"),
    (["pictures", "--rung", "sight"], "--rung: 'sight' is no detector of params.yaml; expected one of composite"),
    (["nowhere"], "nowhere: expected an image, a folder of images or a video, found nothing"),
    (["data"], "data: expected a folder of images .*, found none in it"),
    (["pictures/notes.txt"], "notes.txt: expected a video, found nothing that decodes"),
    (["pictures", "--out", "pictures"], "pictures holds the pictures themselves"),
    (["pictures/b.png", "--out", "pictures"], "pictures holds the pictures themselves"),
])  # fmt: skip
def test_problems_are_told(words, expected, project):
    before = {path: path.read_bytes() for path in (project / "pictures").iterdir()}
    with pytest.raises(UserError, match=expected):
        run(*words)
    assert {path: path.read_bytes() for path in (project / "pictures").iterdir()} == before
