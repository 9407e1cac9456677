"""Real processes, killed without warning."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import yaml

from pipeline.detect.checkpoint import EVERY

ROOT = Path(__file__).parents[2]
STAGE = ["-m", "pipeline.stages.train", "real_only"]
TORCHRUN = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]


@pytest.fixture
def long_project(project):
    raw = yaml.safe_load((project / "params.yaml").read_text())
    raw["train"] |= {"seeds": 1, "steps": 3 * EVERY + 20, "crop_px": 32}
    raw["stress"]["seeds"] = 1
    (project / "params.yaml").write_text(yaml.safe_dump(raw))
    return project


def start(*words):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    return subprocess.Popen([sys.executable, *words], env=environment, start_new_session=True, text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)  # fmt: skip


def finish(process):
    output, _ = process.communicate(timeout=900)
    assert process.returncode == 0, output
    return output


def result(folder):
    return {path.name: path.read_bytes() for path in (folder / "data/out/train/real_only").iterdir()}


def remove_result(folder):
    """As DVC does before it runs a stage again."""
    for path in (folder / "data/out/train/real_only").glob("*"):
        path.unlink()


def checkpoints(folder):
    return list((folder / "data/out/progress").glob("train-real_only-*/**/seed*.pt"))


def kill_after(process, delay_s, folder):
    """Kill the program once it has a checkpoint, so many seconds later, and wait until its helpers are gone too."""
    while not checkpoints(folder) and process.poll() is None:
        time.sleep(0.005)
    time.sleep(delay_s)
    process.kill()
    process.communicate(timeout=300)  # its helpers hold the pipe open for as long as they live


def test_killed_at_random_moments(long_project):
    finish(start(*STAGE))
    expected = result(long_project)
    assert sorted(expected) == ["curve.csv", "seed0.pt"] and not checkpoints(long_project)
    resumed = 0
    for delay_s in np.random.default_rng(11).uniform(0, 0.4, 3):
        remove_result(long_project)
        kill_after(start(*STAGE), delay_s, long_project)
        resumed += bool(checkpoints(long_project))
    assert resumed, "every training ended before it was killed"
    remove_result(long_project)
    finish(start(*STAGE))
    assert result(long_project) == expected and not checkpoints(long_project)

    remove_result(long_project)
    kill_after(start(*STAGE), 0.0, long_project)
    for path in checkpoints(long_project):
        path.write_bytes(path.read_bytes()[:-1] + b"?")
    assert "warning: data/out/progress/train-real_only-" in finish(start(*STAGE))
    assert result(long_project) == expected


def test_processes_of_a_killed_torchrun_leave_and_are_followed(long_project):
    finish(start(*TORCHRUN, *STAGE))
    expected = result(long_project)
    remove_result(long_project)
    killed = start(*TORCHRUN, *STAGE)
    kill_after(killed, 0.0, long_project)
    assert killed.returncode == -signal.SIGKILL and checkpoints(long_project)
    finish(start(*TORCHRUN, *STAGE))
    assert result(long_project) == expected
    assert not checkpoints(long_project)
