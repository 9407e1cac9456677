import json
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.errors import UserError, main

REPOSITORY = Path(__file__).parents[2]


def test_a_user_error_is_one_sentence_and_exit_code_2(capsys):
    def run():
        raise UserError("a.json: expected b, found c; do d")

    with pytest.raises(SystemExit) as raised:
        main(run, [])
    assert raised.value.code == 2
    assert capsys.readouterr() == ("", "a.json: expected b, found c; do d\n")


def test_an_integer_is_the_exit_code():
    with pytest.raises(SystemExit) as raised:
        main(lambda: 1, [])
    assert raised.value.code == 1
    assert main(lambda: 0, []) is None


def test_wrong_arguments_show_the_usage(capsys):
    with pytest.raises(SystemExit) as raised:
        main(lambda rung: None, [])
    assert raised.value.code == 2
    assert "<rung>`, found the arguments: none" in capsys.readouterr().err


def test_a_bug_keeps_its_traceback():
    with pytest.raises(ZeroDivisionError):
        main(lambda: 1 // 0, [])


def test_a_stage_writes_its_duration_under_its_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def run(rung):
        assert rung == "site"

    run.__module__ = "pipeline.stages.synth"
    main(run, ["site"])
    written = json.loads((tmp_path / "data/out/durations/synth-site.json").read_text())
    assert written["stage"] == "synth-site" and written["seconds"] >= 0


def test_a_stage_started_with_python_m_ends_without_traceback(tmp_path):
    command = [sys.executable, "-m", "pipeline.stages.real"]
    environment = {"PYTHONPATH": str(REPOSITORY), "PATH": ""}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr.startswith("params.yaml: ") and "Traceback" not in done.stderr
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["real.lock"]
