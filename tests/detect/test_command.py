"""A stand-in for somebody else's detector, through the stages train and evaluate."""

import json
import shlex
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
import yaml

from pipeline.data.coco import Annotation, Image, read_coco, write_coco
from pipeline.data.files import write_image
from pipeline.detect.command import hold_back, run_command
from pipeline.errors import UserError
from pipeline.measure.results import read_results
from pipeline.stages import evaluate, train

ROOT = Path(__file__).parents[2]
STAND_IN = Path(__file__).with_name("stand_in.py")
WIDTH, HEIGHT, IMAGES = 160, 100, 10


def bright_things(folder, seed):
    """Dark noise with one bright box of 20 x 40 px per image, and its annotation."""
    rng = np.random.default_rng(seed)
    images, annotations = [], []
    for i in range(IMAGES):
        picture = rng.integers(0, 80, (HEIGHT, WIDTH, 3), np.uint8)
        x, y = int(rng.integers(0, WIDTH - 20)), int(rng.integers(0, HEIGHT - 40))
        picture[y : y + 40, x : x + 20] = 230
        write_image(folder / "images" / f"{i}.png", picture)
        images.append(Image(10 * i, f"{i}.png", WIDTH, HEIGHT))
        annotations.append(Annotation(i, 10 * i, (x, y, x + 20, y + 40)))
    write_coco(folder / "annotations.json", images, annotations)


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A folder with a space in its name, sets of bright things, and the stand-in as the detector."""
    folder = tmp_path / "my project"
    shutil.copytree(ROOT / "data/real", folder / "data/real")
    for seed, place in enumerate(("synth/site/train", "synth/site/test", "real/test")):
        bright_things(folder / "data/out" / place, seed)
    shutil.copy(STAND_IN, folder / "my trainer.py")
    start = f"{shlex.quote(sys.executable)} 'my trainer.py'"
    commands = {
        "train_command": f"{start} train {{train_annotations}} {{validation_annotations}} {{seed}} {{model}}",
        "predict_command": f"{start} predict {{model}} {{images}} {{image_list}} {{output}}",
    }
    monkeypatch.chdir(folder)
    set_detector(commands | {"kind": "command", "code": "my trainer.py"})
    return folder


def set_detector(changes):
    raw = yaml.safe_load((ROOT / "params.yaml").read_text())
    path = Path("params.yaml")
    raw["detector"] = (yaml.safe_load(path.read_text()) if path.is_file() else raw)["detector"] | changes
    path.write_text(yaml.safe_dump(raw))


def test_a_foreign_detector_is_trained_and_measured_like_our_own(project, capsys):
    train.run("site")
    models = [json.loads((project / f"data/out/train/site/seed{k}/sizes.json").read_text()) for k in range(2)]
    assert all(model["size"] == [20, 40] and model["validation"] == 1 for model in models)
    assert models[0]["seed"] != models[1]["seed"]
    assert "2 detectors, trained by detector.train_command on 10 images" in capsys.readouterr().out
    assert (project / "data/out/logs/train-site-seed0.log").read_text() == "9 boxes learned\n"

    evaluate.run("site")
    metrics = json.loads((project / "data/out/evaluate/site/metrics.json").read_text())
    assert metrics["recall_real"] == metrics["recall_synth"] == metrics["ap50_real"] == 1.0
    coco = read_coco("data/out/real/test/annotations.json", None)
    found = read_results("data/out/evaluate/site/real_seed1.json", [image.id for image in coco.images])
    for image, detections in zip(coco.images, found, strict=True):
        np.testing.assert_allclose(detections.boxes, coco.boxes(image.id)[0], atol=0.02)


def test_the_same_training_twice_leaves_the_same(project):
    train.run("site")
    before = {path: path.read_bytes() for path in project.glob("data/out/train/site/*/*")}
    train.run("site")
    assert before and all(path.read_bytes() == content for path, content in before.items())


def test_without_a_validation_set_it_trains_on_everything(project):
    raw = yaml.safe_load(Path("params.yaml").read_text())["detector"]["train_command"]
    set_detector({"train_command": raw.replace("{validation_annotations}", "{train_annotations}")})
    train.run("site")
    assert (project / "data/out/logs/train-site-seed0.log").read_text() == "10 boxes learned\n"


@pytest.mark.parametrize(("command", "expected"), [
    ("-c 'raise SystemExit(\"no GPU here\")' {train_annotations} {model}", "exited with 1.*seed0.log.*no GPU here"),
    ("-c pass {train_annotations} {model}", "expected a trained detector in the folder .model., found nothing"),
])  # fmt: skip
def test_a_training_that_fails_is_told(command, expected, project):
    set_detector({"train_command": f"{shlex.quote(sys.executable)} {command}"})
    with pytest.raises(UserError, match=f"(?s){expected}"):
        train.run("site")
    assert not (project / "data/out/train/site/seed0").exists()


def test_a_program_that_is_not_there(tmp_path):
    with pytest.raises(UserError, match="no-such-program: cannot be started"):
        run_command(["no-such-program"], tmp_path / "a.log")


def test_no_trained_model_and_no_results_are_told(project):
    with pytest.raises(UserError, match="site/seed0: no trained detector there"):
        evaluate.run("site")
    train.run("site")
    set_detector({"predict_command": f"{shlex.quote(sys.executable)} -c pass {{model}} {{images}} {{output}}"})
    with pytest.raises(UserError, match="results.json: expected COCO results of detector.predict_command, found no"):
        evaluate.run("site")


def test_the_last_images_are_held_back(tmp_path):
    bright_things(tmp_path, 0)
    coco = read_coco(tmp_path / "annotations.json", None)
    first, last = hold_back(coco)
    assert [image.file_name for image in last.images] == ["9.png"] and len(first.images) == 9
    assert {a.image_id for a in last.annotations} == {90} and len(first.annotations) == 9
