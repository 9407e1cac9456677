"""One run of a stage at a time in a folder: two would write over each other's half-made files.

DVC locks what its own runs write, but a stage outlives a killed `dvc`, and a stage can be started by hand.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LOCKS = Path("data/out/locks")


class AlreadyRunning(Exception):
    """Another process runs the stage; its text says which and what to do."""


@contextmanager
def only_run(stage: str) -> Iterator[None]:
    """Hold the lock of `stage` during the block; the system gives it back however the process ends.

    Raises `AlreadyRunning` if another process holds it.
    """
    path = LOCKS / f"{stage}.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "a+", encoding="utf-8") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            stream.seek(0)
            holder = stream.read() or "another"
            raise AlreadyRunning(
                f"{stage}: expected no other run of this stage in this folder, found that of process {holder}; "
                f"wait until it has ended or end it (kill {holder}), then run again"
            ) from None
        stream.truncate(0)
        stream.write(str(os.getpid()))
        stream.flush()
        yield
