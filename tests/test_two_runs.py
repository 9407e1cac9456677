"""Two `dvc repro` in one folder at once, Ctrl-C, and a `dvc` that is killed without its stage."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fabricated import REPOSITORY
from tests.test_interrupted import heed_ctrl_c

STAGES = """
stages:
  slow:
    cmd: python -u slow.py
    outs: [data/out/slow]
"""
SLOW = """
import time
from pathlib import Path
from pipeline.data.files import atomic_folder
from pipeline.errors import main

def run():
    with atomic_folder("data/out/slow") as folder:
        print("working", flush=True)
        while not Path("enough").exists():
            time.sleep(0.01)
        (folder / "file").write_text("whole")

run.__module__ = "pipeline.stages.slow"
main(run, [])
"""


@pytest.fixture
def root(tmp_path):
    (tmp_path / "dvc.yaml").write_text(STAGES)
    (tmp_path / "slow.py").write_text(SLOW)
    assert ended(dvc(tmp_path, "init", "-q", "--no-scm"))[0] == 0
    yield tmp_path
    (tmp_path / "enough").touch()  # whatever still runs, ends


def dvc(root, *words):
    environment = {"DVC_NO_ANALYTICS": "1", "DVC_SITE_CACHE_DIR": str(root / "site"), "PYTHONPATH": str(REPOSITORY)}
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    return subprocess.Popen(
        [sys.executable, "-m", "dvc", *words], cwd=root, env={**os.environ, **environment, "PATH": path}, text=True,
        start_new_session=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, preexec_fn=heed_ctrl_c,
    )  # fmt: skip


def working(root):
    """`dvc repro`, whose stage works until the file `enough` is there."""
    process = dvc(root, "repro")
    for line in process.stdout:
        if "working" in line:
            return process
    pytest.fail("the stage never worked")


def ended(process):
    said, _ = process.communicate(timeout=120)
    assert "Traceback" not in said
    return process.returncode, said


def finishes(root):
    (root / "enough").touch()
    return ended(dvc(root, "repro"))[0] == 0 and (root / "data/out/slow/file").read_text() == "whole"


def test_the_second_says_who_holds_the_lock(root):
    first = working(root)
    code, said = ended(dvc(root, "repro"))
    assert code != 0 and "is busy, it is being blocked by:" in said and f"(PID {first.pid}): " in said
    (root / "enough").touch()
    assert ended(first)[0] == 0 and finishes(root)


def test_ctrl_c_says_that_it_goes_on(root):
    first = working(root)
    os.killpg(first.pid, signal.SIGINT)  # as a terminal does
    code, said = ended(first)
    assert code != 0 and "interrupted; run again to go on: what was finished is kept" in said.splitlines()
    assert not (root / "data/out/slow").exists() and not list(root.rglob(".partial-*"))
    assert finishes(root)


def test_a_stage_that_outlived_its_dvc_is_named(root):
    first = working(root)
    os.kill(first.pid, signal.SIGKILL)
    first.wait()
    code, said = ended(dvc(root, "repro"))
    stage = (root / "data/out/locks/slow.lock").read_text()
    assert code != 0 and int(stage) != first.pid
    assert f"found that of process {stage}; wait until it has ended or end it (kill {stage}), then run again" in said
    os.kill(int(stage), signal.SIGKILL)
    assert finishes(root) and not list(root.rglob(".partial-*"))
