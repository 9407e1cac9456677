import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from pipeline import lock
from pipeline.errors import UserError
from pipeline.lock import stale_stages

PARAMS = {"rungs": ["a", "b"], "values": {"a": 1, "b": 2}}
STAGES = """
stages:
  recipes:
    cmd: python recipes.py
    deps: [recipes.py]
    params: [rungs, values]
    outs: [out/recipes]
  synth:
    matrix: {rung: "${rungs}"}
    cmd: cp out/recipes/${item.rung} out/${item.rung}
    deps: [out/recipes, code.py]
    outs: ["out/${item.rung}"]
"""
OPT_IN = """
stages:
  extra:
    wdir: ..
    cmd: cp out/a lab/extra
    deps: [out/a]
    outs: [lab/extra]
"""
RECIPES = """
import os, yaml
os.makedirs("out/recipes", exist_ok=True)
for name, value in yaml.safe_load(open("params.yaml"))["values"].items():
    open(f"out/recipes/{name}", "w").write(str(value))
"""


def dvc(*words):
    subprocess.run([sys.executable, "-m", "dvc", *words], check=True, capture_output=True)


@pytest.fixture(scope="module")
def reproduced(tmp_path_factory):
    """The committed files of a small experiment after `dvc repro`, by name."""
    folder = tmp_path_factory.mktemp("experiment")
    files = {"params.yaml": yaml.safe_dump(PARAMS), "dvc.yaml": STAGES, "recipes.py": RECIPES, "code.py": "1"}
    for name, text in files.items():
        (folder / name).write_text(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("DVC_NO_ANALYTICS", "1")
        patch.setenv("PATH", str(Path(sys.executable).parent), prepend=":")
        dvc("init", "-q", "--no-scm")
        dvc("repro", "-q")
    return {name: (folder / name).read_text() for name in (*files, "dvc.lock")}


@pytest.fixture
def clone(reproduced, tmp_path, monkeypatch):
    """A fresh clone: no data, no cache."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DVC_NO_ANALYTICS", "1")
    dvc("init", "-q", "--no-scm")
    for name, text in reproduced.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def test_a_fresh_clone_is_current_and_stale_stages_are_named(clone, capsys):
    assert lock.run() == 0
    (clone / "code.py").write_text("2")
    assert lock.run() == 1
    out = capsys.readouterr().out
    assert "synth@a: code.py is modified" in out and "synth@b: code.py is modified" in out
    (clone / "code.py").write_text("1")
    (clone / "params.yaml").write_text(yaml.safe_dump({"rungs": ["a", "b", "c"], "values": {"a": 1, "b": 3}}))
    assert lock.run() == 1
    out = capsys.readouterr().out
    assert "recipes: params.yaml: values is modified" in out and "synth@c: never run" in out
    assert "code.py" not in out


def test_an_opt_in_stage_that_never_ran_is_not_stale(clone):
    (clone / "lab").mkdir()
    (clone / "lab" / "dvc.yaml").write_text(OPT_IN)
    assert lock.run() == 0


def test_a_missing_committed_file_is_stale():
    made = {"one": {"outs": [{"path": "out/one", "md5": "1"}]}}
    status = {"one": [{"changed deps": {"out/one/x": "deleted", "code.py": "deleted"}}, "changed command"]}
    assert lock.stale_stages(status, made) == ["one: code.py is deleted", "one: changed command"]
    status = {"one": [{"changed outs": {"out/one": "not in cache", "report.json": "modified"}}]}
    assert lock.stale_stages(status, made) == ["one: output report.json is modified"]


def test_a_lock_that_was_half_updated_is_torn():
    stages = {
        "one": {"outs": [{"path": "out/one", "md5": "1"}]},
        "two": {"deps": [{"path": "out/one", "md5": "2"}, {"path": "code.py", "md5": "3"}]},
    }
    assert lock.torn_stages(stages) == ["two: read another version of out/one than the one that was made"]


def test_no_lock_is_a_user_error(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match="dvc.lock: expected"):
        lock.run()


def test_a_folder_that_holds_other_stages_outputs_may_be_missing():
    lock = {
        "synth@a": {"outs": [{"path": "data/out/synth/a"}]},
        "transfer": {"deps": [{"path": "data/out/synth"}], "outs": [{"path": "data/out/transfer"}]},
    }
    gone = {"transfer": [{"changed deps": {"data/out/synth": "deleted"}}]}
    assert stale_stages(gone, lock) == []
    code_gone = {"transfer": [{"changed deps": {"pipeline/measure": "deleted"}}]}
    assert stale_stages(code_gone, lock) == ["transfer: pipeline/measure is deleted"]
