"""The whole stage on a small made-up data set, in one process, with detectors that know nothing."""

import dataclasses
import json

import pytest
import torch

from pipeline.audit.experts import load_expert
from pipeline.augment.transforms import MIRRORING, TRANSFORMS
from pipeline.data.coco import Annotation, Category, Image, write_coco
from pipeline.data.files import write_image
from pipeline.detect.detector import Detector, save
from pipeline.detect.network import build
from pipeline.errors import UserError
from pipeline.stages import audit
from tests.audit.planted import HEIGHT, WIDTH, Expert, small_params, world

FRAMES = 8


class OneProcess:
    """A pool that does a job when it is asked for its result."""

    def __init__(self, start, *args):
        start(*args)

    def __enter__(self):
        return self

    def __exit__(self, *problem):
        return False

    def shutdown(self, cancel_futures):
        pass

    def submit(self, job, *args):
        return type("Job", (), {"result": staticmethod(lambda: job(*args))})


@pytest.fixture
def experiment(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    params = small_params(strengths=(0.5, 1.0))
    params = dataclasses.replace(params, evaluate=dataclasses.replace(params.evaluate, bootstrap_samples=100))
    torch.manual_seed(5)
    network = build(params.detector).eval()
    for name in ("real_only", params.gate.rung):
        save(f"data/out/train/{name}/seed0.pt", network, params.detector)

    def know_nothing(*_):
        return Detector(network, params.detector, params.decoding)

    monkeypatch.setattr("pipeline.audit.experts.fine_tune", know_nothing)
    monkeypatch.setattr("pipeline.audit.measure.load_expert", lambda *_: Expert())
    monkeypatch.setattr(audit, "start_workers", OneProcess)
    monkeypatch.setattr(audit, "load_params", lambda: params)
    monkeypatch.setattr(audit, "_worker", {})
    return params


def label(chiral=False, frames=FRAMES):
    images, annotations = [], []
    for i, sample in enumerate(world().samples[:frames]):
        write_image(f"data/out/real/train/images/{i}.png", sample.image)
        images.append(Image(i, f"{i}.png", WIDTH, HEIGHT))
        annotations += [Annotation(5 * i + k + 1, i, tuple(map(float, box))) for k, box in enumerate(sample.boxes)]
    write_coco("data/out/real/train/annotations.json", images, annotations, (Category(1, "person", chiral),))


def only(names, monkeypatch):
    for name in set(TRANSFORMS) - set(names):
        monkeypatch.delitem(TRANSFORMS, name)


def test_every_transform_is_in_the_table(experiment, tmp_path, monkeypatch):
    only({"vertical_flip", "mosaic", "mixup_naive", "erasing"}, monkeypatch)
    label()
    audit.run()
    text = (tmp_path / "data/out/audit/audit.json").read_text()
    found = json.loads(text)
    assert set(found["transforms"]) == set(TRANSFORMS) and found["frames"] == FRAMES
    for name, row in found["transforms"].items():
        assert not row["refused"] and row["verdict"] in ("safe", "shifts", "corrupts"), name
        assert [at["strength"] for at in row["at"]] == [0.5, 1.0]
    audit._worker.clear()
    audit.run()
    assert (tmp_path / "data/out/audit/audit.json").read_text() == text


def test_what_mirrors_is_refused_for_chiral_categories(experiment, tmp_path, monkeypatch):
    only({*MIRRORING, "blur"}, monkeypatch)
    label(chiral=True)
    audit.run()
    found = json.loads((tmp_path / "data/out/audit/audit.json").read_text())["transforms"]
    assert {name for name, row in found.items() if row["refused"]} == set(MIRRORING)
    assert all(found[name]["verdict"] == "corrupts" for name in MIRRORING) and not found["blur"]["refused"]


def test_too_few_frames_are_said(experiment):
    label(frames=7)
    with pytest.raises(UserError, match="expected at least 8 labelled training frames"):
        audit.run()


def test_experts_who_find_nothing_are_none(experiment, monkeypatch):
    only({"blur"}, monkeypatch)
    label()
    monkeypatch.setattr("pipeline.audit.measure.load_expert", load_expert)
    with pytest.raises(UserError, match="expected experts who find labels"):
        audit.run()


def test_detectors_of_a_command_cannot_be_looked_into(experiment, monkeypatch):
    label()
    by_command = dataclasses.replace(experiment, detector=dataclasses.replace(experiment.detector, kind="command"))
    monkeypatch.setattr(audit, "load_params", lambda: by_command)
    with pytest.raises(UserError, match="detector.kind: expected builtin"):
        audit.run()
