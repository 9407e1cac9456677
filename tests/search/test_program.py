"""The whole program on a small set: two trials of a few steps, in this process."""

import csv
import json
import shutil
import sys
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.config import load_params
from pipeline.errors import UserError
from pipeline.measure import folders
from pipeline.measure.results import load_test_set
from pipeline.params import DetectorParams, StepParams
from pipeline.report.search import search_section
from pipeline.search import __main__ as program
from tests.detect.conftest import decoding_params, detector_params, small_dataset, train_params

__all__ = ["decoding_params", "detector_params", "small_dataset", "train_params"]

SHIPPED = load_params(Path(__file__).parents[2] / "params.yaml")
HAND = ((StepParams("blur", 0.5, 0.2),),)
opened = []


def watch(event, arguments):
    """An audit hook cannot be taken away: it notes the paths of files and folders only, in this module's list."""
    if event in ("open", "os.listdir", "os.scandir") and isinstance(arguments[0], str | Path):
        opened.append(str(arguments[0]))


class AtOnce:
    """A pool that does each job when it is asked."""

    def submit(self, function, *arguments):
        future = Future()
        future.set_result(function(*arguments))
        return future


@contextmanager
def at_once(start):
    yield AtOnce()


@pytest.fixture
def params(tmp_path, monkeypatch, small_dataset, train_params, decoding_params, detector_params):
    """Parameters of a small experiment in the working folder; its test frames are there, to be left alone."""
    for folder in (folders.real_set("train"), folders.real_set("test"), folders.synth_set("site").with_name("train")):
        shutil.copytree(small_dataset, tmp_path / folder)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(program, "start_workers", at_once)
    detector = DetectorParams(**vars(detector_params), kind="builtin", train_command="", predict_command="", code="")
    search = replace(SHIPPED.search, trials=2, proxy_images=1, shortest_steps=1, halvings=1, best=1, seeds=2,
                     hand_policy=HAND)  # fmt: skip
    evaluate = replace(SHIPPED.evaluate, bootstrap_samples=100, block_frames=1)
    params = replace(SHIPPED, train=replace(train_params, steps=3), decoding=decoding_params, detector=detector,
                     search=search, evaluate=evaluate)  # fmt: skip
    monkeypatch.setattr(program, "load_params", lambda: params)
    return params


def test_the_test_frames_are_never_opened(params):
    sys.addaudithook(watch)
    opened.clear()
    program.run()
    touched = [path for path in opened if "real/test" in path]
    assert touched == [] and any("real/train" in path for path in opened)
    load_test_set(folders.real_set("test"))
    assert any("real/test" in path for path in opened), "the watch saw nothing"


def test_it_tells_what_it_tried_and_trains_nothing_twice(params, monkeypatch):
    program.run()
    found = json.loads((program.OUT / "search.json").read_text())
    rows = list(csv.DictReader((program.OUT / "trials.csv").open()))
    assert [row["trial"] for row in rows] == ["0", "1"] and {row["state"] for row in rows} <= {"complete", "pruned"}
    winner = next(name for name in found["policies"] if name != "hand")
    assert found["policies"]["hand"]["policy"] == "blur 0.2 (50 %)" and winner in ("trial_0", "trial_1")
    assert found["proxy"] == {"images": 1, "steps": 2} and found["full"] == {"images": 2, "steps": 3}
    assert found["validation"] == {"frames": 2, "boxes": 4, "block_frames": 1}
    page = search_section(found)
    assert winner.replace("_", " ") in page and "no policy" in page and f"{found['none']['recall_full']:.3f}" in page
    monkeypatch.setattr(AtOnce, "submit", lambda *_: pytest.fail("it was trained before"))
    program.run()
    assert json.loads((program.OUT / "search.json").read_text()) == found


def test_another_parameter_is_another_search(params, monkeypatch):
    program.run()
    monkeypatch.setattr(program, "load_params", lambda: replace(params, train=replace(params.train, steps=2)))
    program.run()
    assert json.loads((program.OUT / "search.json").read_text())["full"]["steps"] == 2
    assert len(list((folders.OUT / "search_progress").iterdir())) == 2


def test_what_cannot_be_searched_is_refused_by_name(params, monkeypatch):
    command = replace(params, detector=replace(params.detector, kind="command"))
    with pytest.raises(UserError, match="detector.kind: expected builtin"):
        program.check(command)
