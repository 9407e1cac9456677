"""Whom `kill -9` hits: dvc, a stage, the workers of its pool."""

import contextlib
import os
import signal
from pathlib import Path

import psutil

EVERYTHING, DVC, WORKER, STAGE = "dvc and all it started", "dvc alone", "one worker", "the stage itself"
KINDS = (EVERYTHING, DVC, WORKER, STAGE)


def kill(dvc_pid: int, kind: str, rng) -> bool:
    """Whether there was somebody of this kind to kill."""
    if kind == EVERYTHING:
        os.killpg(dvc_pid, signal.SIGKILL)
        return True
    if kind == DVC:
        os.kill(dvc_pid, signal.SIGKILL)
        return True
    victims = workers(dvc_pid) if kind == WORKER else [one for one in started_by(dvc_pid) if is_stage(one)]
    with contextlib.suppress(psutil.NoSuchProcess):
        if victims:
            victims[rng.integers(len(victims))].kill()
            return True
    return False


def started_by(dvc_pid: int) -> list[psutil.Process]:
    try:
        return psutil.Process(dvc_pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def workers(dvc_pid: int) -> list[psutil.Process]:
    """Of the pool of the stage that runs: a server, which has imported everything, forks them."""
    return [one for one in started_by(dvc_pid) if is_forked(one) and is_forked(one.parent())]


def is_forked(process: psutil.Process | None) -> bool:
    return process is not None and "multiprocessing.forkserver" in " ".join(words_of(process))


def is_stage(process: psutil.Process) -> bool:
    return any(word.startswith("pipeline.stages.") for word in words_of(process))


def words_of(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def works_in(process: psutil.Process, folder: Path) -> bool:
    try:
        return process.cwd() == str(folder)
    except psutil.Error:
        return False
