import copy
import dataclasses
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from pipeline.compare.fingerprint import fingerprint
from pipeline.config import load_params
from pipeline.gate import CANNOT_TELL, FAILED, PASSED, judge, run

ROOT = Path(__file__).parents[1]
PARAMS = ROOT / "params.yaml"


def gap_content(params, gap_high=0.01, recall_low=0.9):
    rung = {
        "gap": 0.0,
        "gap_ci95": [-0.05, gap_high],
        "recall_real": 0.95,
        "recall_real_ci95": [recall_low, 0.99],
    }
    return {"schema": 1, "params_sha256": fingerprint(params), "rungs": {params.gate.rung: rung}}


@pytest.fixture
def params():
    params = load_params(PARAMS)
    return dataclasses.replace(
        params, gate=dataclasses.replace(params.gate, max_gap=0.02, min_real_recall=0.88)
    )


@pytest.mark.parametrize(
    "gap_high, recall_low, code",
    [
        (0.01, 0.90, PASSED),
        (0.02, 0.88, PASSED),
        (0.0201, 0.90, FAILED),
        (0.01, 0.8799, FAILED),
        (0.3, 0.1, FAILED),
        (-0.01, 0.90, PASSED),
    ],
)
def test_truth_table(params, gap_high, recall_low, code):
    found, sentence = judge(gap_content(params, gap_high, recall_low), params)
    assert found == code
    assert sentence.startswith({PASSED: "PASSED", FAILED: "FAILED"}[code])
    assert sentence.count("\n") == 0 and params.gate.rung in sentence
    assert ("the gap may be" in sentence) == (gap_high > 0.02)
    assert ("recall may be" in sentence) == (recall_low < 0.88)


def rung_of(gap, params):
    return gap["rungs"][params.gate.rung]


SPOILS = {
    "schema missing": lambda gap, params: gap.pop("schema"),
    "schema newer": lambda gap, params: gap.update(schema=2),
    "rungs missing": lambda gap, params: gap.pop("rungs"),
    "rungs a list": lambda gap, params: gap.update(rungs=[]),
    "rung missing": lambda gap, params: gap["rungs"].clear(),
    "rung null": lambda gap, params: gap["rungs"].update({params.gate.rung: None}),
    "other parameters": lambda gap, params: gap.update(params_sha256="f" * 64),
    "no fingerprint": lambda gap, params: gap.pop("params_sha256"),
    "gap missing": lambda gap, params: rung_of(gap, params).pop("gap"),
    "gap text": lambda gap, params: rung_of(gap, params).update(gap="0.0"),
    "gap bool": lambda gap, params: rung_of(gap, params).update(gap=True),
    "gap nan": lambda gap, params: rung_of(gap, params).update(gap=float("nan")),
    "interval missing": lambda gap, params: rung_of(gap, params).pop("gap_ci95"),
    "interval null": lambda gap, params: rung_of(gap, params).update(recall_real_ci95=None),
    "interval short": lambda gap, params: rung_of(gap, params).update(recall_real_ci95=[0.9]),
    "interval infinite": lambda gap, params: rung_of(gap, params).update(gap_ci95=[0.0, float("inf")]),
    "interval reversed": lambda gap, params: rung_of(gap, params).update(gap_ci95=[0.1, 0.0]),
}


@pytest.mark.parametrize("case", SPOILS)
def test_what_cannot_be_told_is_said_in_one_sentence(params, tmp_path, capsys, case):
    gap = copy.deepcopy(gap_content(params))
    SPOILS[case](gap, params)
    path = tmp_path / "gap.json"
    path.write_text(json.dumps(gap))
    assert run(PARAMS, path) == CANNOT_TELL
    said = capsys.readouterr().out
    assert said.startswith("CANNOT TELL: ") and said.count("\n") == 1 and "dvc repro" in said


@pytest.mark.parametrize("content", ["", "{", "[]", "null", "\udcff"])
def test_files_that_are_no_gap(tmp_path, content):
    path = tmp_path / "gap.json"
    path.write_bytes(content.encode("utf-8", "surrogateescape"))
    assert run(PARAMS, path) == CANNOT_TELL


def test_missing_files(tmp_path, capsys):
    assert run(PARAMS, tmp_path / "gap.json") == CANNOT_TELL
    assert run(tmp_path / "params.yaml", tmp_path / "gap.json") == CANNOT_TELL
    assert capsys.readouterr().out.count("CANNOT TELL: ") == 2


@pytest.mark.parametrize("gap_high, code", [(-0.5, 0), (0.9, 1), (None, 2)])
def test_exit_codes_of_the_program(tmp_path, gap_high, code):
    raw = yaml.safe_load(PARAMS.read_text(encoding="utf-8"))
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(raw))
    if gap_high is not None:
        (tmp_path / "data/report").mkdir(parents=True)
        gap = gap_content(load_params(PARAMS), gap_high, 0.985)
        gap["rungs"][raw["gate"]["rung"]]["gap_ci95"][0] = -0.6
        (tmp_path / "data/report/gap.json").write_text(json.dumps(gap))
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "ascii"}
    program = [sys.executable, "-m", "pipeline.gate"]
    answer = subprocess.run(program, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert answer.returncode == code
    assert answer.stdout.count("\n") == 1 and answer.stderr == ""


def test_the_gates_own_thresholds_do_not_make_a_measurement_old(params):
    moved = dataclasses.replace(params, gate=dataclasses.replace(params.gate, max_gap=0.5))
    assert fingerprint(moved) == fingerprint(params)
    other = dataclasses.replace(params, seed=params.seed + 1)
    assert fingerprint(other) != fingerprint(params)
