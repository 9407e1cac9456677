"""The whole experiment with `dvc repro`, tiny, in a folder of its own, without network, while the clock jumps."""

import json
import re

import pytest

from pipeline.data.coco import read_coco
from tests.tiny_experiment import LADDER, Experiment, merge, stages_in

OF_A_RUNG = ("synth", "train", "evaluate")
FAN_IN = {"transfer", "stress", "realism", "gap", "frames_needed", "report"}
STAGES = {"real", "calibrate", "reexpose", "places", "recipes", "train_real_only", "evaluate_real_only"} | FAN_IN
STAGES |= {f"{stage}@{rung}" for stage in OF_A_RUNG for rung in LADDER}


@pytest.fixture(scope="module")
def experiment(tmp_path_factory):
    """The experiment after a `dvc repro` that was killed and one that continued; `.first` ran in that one."""
    made = Experiment(tmp_path_factory.mktemp("experiment"))
    made.kill_while_it_makes("data/out/progress/synth-noise-*/train/shards/0*.sha256")
    made.first = made.dvc("repro")
    return made


def test_a_killed_run_is_continued(experiment):
    ran = stages_in(experiment.first)
    assert {"synth@noise", "train@noise", "evaluate@noise"} | FAN_IN <= ran
    assert not {"real", "calibrate", "assets", "recipes"} & ran
    assert ran < STAGES
    assert re.search("synth: [1-3] of 3 shards were finished before and are kept", experiment.first)
    assert not list(experiment.root.glob("data/out/progress/*"))


def test_everything_is_there_and_fits_together(experiment):
    gap = json.loads(experiment.read("data/report/gap.json"))
    assert list(gap["rungs"]) == LADDER
    assert gap["real"]["test_images"] == 3 and gap["real_only"]["train_images"] == 9
    assert gap["transfer"]["columns"] == [*LADDER, "real"]
    assert experiment.read("data/report/gap.csv").count("\n") >= 3
    stress = json.loads(experiment.read("data/out/stress/results.json"))
    assert stress["images"] == 2 and stress["kinds"]["compression"]["values"] == [20, 5]
    assert experiment.read("data/report/stress.csv").count("\n") == 1 + (2 + 5) * 3  # a head; levels x detectors
    page = experiment.read("data/report/index.html")
    assert page.lower().startswith("<!doctype html>") and str(experiment.root) not in page
    for rung in LADDER:
        folder = experiment.root / "data/out/synth" / rung / "train"
        assert len(read_coco(folder / "annotations.json", folder / "images").images) == 6
    assert not list(experiment.root.rglob(".partial-*"))


def test_the_gate_judges_it(experiment):
    gate = experiment.start("pipeline.gate")
    sentence, _ = gate.communicate()
    assert gate.returncode == 1 and len(sentence.splitlines()) == 1, sentence  # three steps teach nothing


def test_nothing_changed_runs_nothing(experiment):
    assert "Data and pipelines are up to date." in experiment.dvc("repro")


def test_the_same_again_is_the_same_bytes(experiment):
    """A rung made anew, with the data set of the killed run."""
    lock, gap = experiment.read("dvc.lock"), experiment.read("data/report/gap.json")
    again = {"synth@noise", "train@noise"}
    assert experiment.repro("--force", "--single-item", *sorted(again, reverse=True)) == again
    assert experiment.read("dvc.lock") == lock
    assert experiment.read("data/report/gap.json") == gap


def test_a_changed_noise_parameter_runs_only_the_rung_that_uses_it(experiment):
    merge(experiment.params, {"effects": {"noise": {"read_noise_e_range": [2.0, 3.0]}}})
    experiment.write_params(experiment.params)
    ran = experiment.repro()
    assert ran == {"recipes", "synth@noise", "train@noise", "evaluate@noise"} | FAN_IN


def test_changed_code_of_an_own_detector_trains_and_asks_it_again(experiment):
    with open(experiment.root / experiment.params["detector"]["code"], "a") as script:
        script.write("# changed\n")
    stages = json.loads(experiment.dvc("status", "--json").splitlines()[-1])
    users = {f"{stage}@{rung}" for stage in ("train", "evaluate") for rung in LADDER}
    assert set(stages) == {*users, "train_real_only", "evaluate_real_only", "transfer", "stress"}
