"""python -m pipeline.stages.alarms, with tiny trainings on made-up frames, side by side in threads."""

import json
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import yaml

from pipeline.alarms.experiment import arms_of, validation_part
from pipeline.config import load_params
from pipeline.data.coco import Annotation, Image, write_coco
from pipeline.data.files import write_image
from pipeline.errors import UserError
from pipeline.laboratory.alarms import alarms_section
from pipeline.measure import folders
from pipeline.stages import alarms
from pipeline.stages.laboratory import read_current
from tests.fabricated import REPOSITORY, picture

WIDTH, HEIGHT = 96, 64


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A folder with params.yaml and all sets; three of the test frames are training frames."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("pipeline.alarms.curves.SHARES", (0.5, 0.7, 0.85, 1.0))
    monkeypatch.setattr(alarms, "FEWEST_STEPS", 8)
    monkeypatch.setattr("pipeline.alarms.experiment.start_workers", lambda *_: ThreadPoolExecutor(1))
    write_params(detector={"stem_channels": 4, "channels": [4, 4, 4], "blocks": [0, 0, 0], "head_channels": 4},
                 train={"steps": 8, "batch": 2, "crop_px": 32, "seeds": 1},
                 evaluate={"bootstrap_samples": 100}, stress={"seeds": 1})  # fmt: skip
    make_set(folders.real_set("train"), range(15))
    make_set(folders.real_set("test"), range(12, 18))
    make_set(folders.synth_set("site"), range(100, 104))
    make_set(folders.synth_set("site").with_name("train"), range(200, 206))


def write_params(**sections):
    raw = yaml.safe_load((REPOSITORY / "params.yaml").read_text())
    for name, values in sections.items():
        raw[name] |= values
    with open("params.yaml", "w") as stream:
        yaml.safe_dump(raw, stream)


def make_set(folder, numbers):
    images = [Image(k + 1, f"{number:04d}.png", WIDTH, HEIGHT) for k, number in enumerate(numbers)]
    for image, number in zip(images, numbers, strict=True):
        pixels = picture(np.random.default_rng([number]), WIDTH, HEIGHT)
        pixels[10:50, 20:36] = 255
        write_image(folder / "images" / image.file_name, pixels)
    write_coco(folder / "annotations.json", images, [Annotation(i.id, i.id, (20, 10, 36, 50)) for i in images])


def test_everything_is_judged_and_said(project, capsys):
    alarms.run()
    content = json.loads((alarms.OUT / "alarms.json").read_text())
    judged = [(finding["alarm"], finding["detector"]) for finding in content["findings"]]
    each = ["over_regularization", "slow_convergence", "real_falls", "calibration"]
    assert judged == [*((alarm, "site") for alarm in each), ("over_regularization", "real_only"),
                      ("slow_convergence", "real_only"), ("calibration", "real_only"), ("overlap", "all")]
    said = capsys.readouterr().out.splitlines()
    assert [line.split(": ", 1) for line in said[:-1]] == [
        ["ALARM" if finding["fired"] else "quiet", finding["sentence"]] for finding in content["findings"]]
    copies = content["findings"][-1]
    assert copies["fired"] and ["test: 0012.png", "real training: 0012.png"] in copies["numbers"]["pairs"]
    for name, curves in content["recall"].items():
        for curve in curves.values():
            assert len(curve["steps"]) == len(curve["values"]) == 4 and name.startswith(("site", "real_only"))
    metrics = json.loads(alarms.METRICS.read_text())
    assert {(alarm, name): row["fired"] for alarm, of in metrics.items() for name, row in of.items()} == {
        (finding["alarm"], finding["detector"]): finding["fired"] for finding in content["findings"]}
    assert metrics["slow_convergence"]["site"]["ratio"] == content["findings"][1]["numbers"]["ratio"]
    section = alarms_section(content)
    assert section.count("<tr>") == 8 and section.count('<section id="alarms">') == 1


def test_the_page_shows_it_while_it_is_current(project):
    params = load_params()
    arms = arms_of(params)
    path = alarms.OUT / "alarms.json"
    assert read_current("alarms", params) == {}
    alarms.write_json(path, alarms.content_of([], {}, arms, params))
    assert read_current("alarms", params)["validation"]["site"] == [f"{i:04d}.png" for i in range(15)]
    write_params(train={"steps": 60})
    assert read_current("alarms", load_params()) == {}
    make_set(folders.real_set("train"), range(14))
    assert read_current("alarms", params) == {}


def test_what_validates_is_not_learned_and_is_no_test_frame(project):
    site, real_only = arms_of(load_params())
    validates = {path.name for path in real_only.sets["validation"].paths}
    learned = {image.file_name for image in real_only.coco.images}
    assert validates == {f"{i:04d}.png" for i in range(5, 10)} and not validates & learned
    assert len(learned) == 10 == len(real_only.sets["training"])
    assert len(site.sets["validation"]) == 15 and len(site.coco.images) == 6
    for arm in (site, real_only):
        assert all("real/test" not in path.as_posix() for one in arm.sets.values() for path in one.paths)


@pytest.mark.parametrize(("count", "block", "expected"), [
    (15, 5, range(5, 10)), (24, 5, [*range(5, 10), *range(20, 24)]), (2, 5, [1]), (9, 1, [1, 4, 7]),
])  # fmt: skip
def test_whole_blocks_validate(count, block, expected):
    assert validation_part(count, block).tolist() == list(expected)


def test_what_cannot_be_watched_is_refused(project):
    write_params(train={"steps": 7})
    with pytest.raises(UserError, match="train.steps: expected at least 8 .*found 7"):
        alarms.run()
    write_params(detector={"kind": "command", "train_command": "learn {train_annotations} {model}",
                           "predict_command": "find {model} {images} {output}"})  # fmt: skip
    with pytest.raises(UserError, match="detector.kind: expected builtin"):
        alarms.run()
