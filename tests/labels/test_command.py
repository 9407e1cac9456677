"""python -m pipeline.labels, from frames and a checkpoint to the page, with a detector that knows nothing."""

import json

import numpy as np
import pytest
import torch

from pipeline.data.coco import Annotation, Image, write_coco
from pipeline.data.files import write_image
from pipeline.detect.detector import save
from pipeline.detect.network import build
from pipeline.errors import UserError
from pipeline.labels import finetune, out_of_fold, report
from pipeline.labels.__main__ import run
from pipeline.measure import folders
from tests import fabricated


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A folder with params.yaml, five training and two test frames with two labels each, and a checkpoint."""
    monkeypatch.chdir(tmp_path)
    raw, size = fabricated.write_small_network(tmp_path)
    make_set(folders.real_set("train"), range(5))
    make_set(folders.real_set("test"), range(30, 32))
    torch.manual_seed(1)
    save(folders.trained(raw["gate"]["rung"], 0, "builtin"), build(size), size)
    monkeypatch.setattr(finetune, "STEPS", 1)
    monkeypatch.setattr(report, "MOST_PICTURES", 20)
    return tmp_path


def make_set(folder, numbers):
    images = [Image(number, f"frame_{number:04d}.png", 96, 64) for number in numbers]
    boxes = [(10, 10, 30, 50), (60, 5, 75, 40)]
    for image in images:
        picture = np.random.default_rng([image.id]).integers(0, 255, (64, 96, 3), np.uint8)
        write_image(folder / "images" / image.file_name, picture)
    annotations = [Annotation(10 * i.id + k, i.id, box) for i in images for k, box in enumerate(boxes)]
    write_coco(folder / "annotations.json", images, annotations)


def contents(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_stage(project, monkeypatch, capsys):
    learned = []
    fine_tune = out_of_fold.fine_tune

    def watched(checkpoint, coco, *rest):
        learned.append({image.id for image in coco.images})
        return fine_tune(checkpoint, coco, *rest)

    monkeypatch.setattr(out_of_fold, "fine_tune", watched)
    run()
    out = project / "data/out/labels"
    content = json.loads((out / "ranking.json").read_text())
    rows = content["suspicions"]
    assert content["labels"] == 14
    assert sorted(row["annotation"] for row in rows if row["annotation"] is not None) == [
        10 * i + k for i in (0, 1, 2, 3, 4, 30, 31) for k in (0, 1)]  # it knows nothing and confirms nothing
    assert {row["file"] for row in rows if row["split"] == "test"} == {"frame_0030.png", "frame_0031.png"}
    assert [row["score"] for row in rows] == sorted((row["score"] for row in rows), reverse=True)
    written = contents(out)
    assert {row["crop"] for row in rows if row["crop"]} == {name for name in written if name.startswith("crops/")}
    assert all(str(project).encode() not in data for data in written.values())
    assert not any({30, 31} & ids for ids in learned) and {0, 1, 2, 3, 4} in learned
    assert capsys.readouterr().out.startswith("data/out/labels/index.html: 14 labels; ")
    run()
    assert contents(out) == written


def test_too_few_frames_and_missing_ones_are_named(project):
    make_set(folders.real_set("train"), range(1))
    with pytest.raises(UserError, match="real/train: expected at least 2 labelled frames.*found 1"):
        run()
    (folders.real_set("train") / "annotations.json").unlink()
    with pytest.raises(UserError, match="real/train: expected labelled frames, found none; run `dvc repro`"):
        run()
