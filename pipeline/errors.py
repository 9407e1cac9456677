"""What a user did wrong, said in one sentence, and the entry point that every stage shares.

A stage module ends with

    if __name__ == "__main__":
        main(run)

where `run` takes the words of the command line as strings: `def run(rung: str)` or `def run()`.
"""

import errno
import inspect
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import InvalidStateError
from concurrent.futures.process import BrokenProcessPool
from contextlib import nullcontext
from pathlib import Path

from pipeline.data.files import write_json
from pipeline.single_run import AlreadyRunning, only_run

DURATIONS = Path("data/out/durations")
STAGES = "pipeline.stages."
INTERRUPTED = 130  # the exit code that shells give to Ctrl-C
FIXES = {
    errno.ENOSPC: "free disk space (`df -h` shows what is full)",
    errno.EDQUOT: "free disk space of your quota",
    errno.EROFS: "mount it writable, or work in a folder on a disk that you can write to",
    errno.EACCES: "allow your user to read and write it (`ls -l` shows who may)",
    errno.EPERM: "allow your user to change it (`ls -l` and `lsattr` show who may)",
    errno.EMFILE: "allow more open files (`ulimit -n 4096`)",
}  # of what the system refuses; every other OSError is a bug and keeps its traceback
GO_ON = "then run again: what was finished is kept"


class UserError(Exception):
    """Something the user can mend.

    The text names file and key, what was expected, what was found and the fix; several problems stand one per
    line. It is shown without a traceback and the program exits with code 2.
    """


class DataError(UserError):
    """A data file (annotations, images, a video) that cannot be used as it is."""


def main(func: Callable[..., int | None], argv: Sequence[str] | None = None) -> None:
    """Run `func(*argv)` as a program; `argv` defaults to the words of the command line.

    What the user or the system did is one line on stderr without traceback: a `UserError`, a full disk, a refused
    permission, a killed worker and another run of the same stage exit with code 2, Ctrl-C with 130. An integer that
    `func` returns is the exit code. A stage that succeeds leaves its duration in data/out/durations/<stage>.json.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    module = _module_name(func)
    threading.excepthook = _tell_of_thread
    try:
        _check_words(func, module, words)
        code = _run_stage(func, module, words) if module.startswith(STAGES) else func(*words)
    except KeyboardInterrupt:
        _leave("interrupted; run again to go on: what was finished is kept", INTERRUPTED)
    except (UserError, AlreadyRunning) as error:
        _leave(str(error), 2)
    except BrokenProcessPool:
        _leave(f"a worker process was killed; see that there is enough memory (`dmesg` tells), {GO_ON}", 2)
    except OSError as error:
        if error.errno not in FIXES:
            raise
        place = error.filename or f"{os.getcwd()} or {tempfile.gettempdir()}"
        _leave(f"{place}: {os.strerror(error.errno)}; {FIXES[error.errno]}, {GO_ON}", 2)
    if code:
        raise SystemExit(code)


def _tell_of_thread(args: threading.ExceptHookArgs) -> None:
    """Python's pool of processes complains of jobs that Ctrl-C has cancelled just when their workers died of it."""
    if args.exc_type is not InvalidStateError:
        threading.__excepthook__(args)


def _leave(message: str, code: int) -> None:
    print(message, file=sys.stderr)
    raise SystemExit(code) from None


def _run_stage(func: Callable[..., int | None], module: str, words: list[str]) -> int | None:
    stage = "-".join([module.removeprefix(STAGES), *words])
    start = time.monotonic()
    is_first = os.environ.get("RANK", "0") == "0"  # torchrun starts a stage several times, on purpose
    with only_run(stage) if is_first else nullcontext():
        code = func(*words)
        if not code:
            write_json(DURATIONS / f"{stage}.json", {"stage": stage, "seconds": round(time.monotonic() - start, 2)})
    return code


def _module_name(func: Callable) -> str:
    """The dotted name of the module of `func`, also when that module was started with `python -m`."""
    if func.__module__ != "__main__":
        return func.__module__
    spec = getattr(sys.modules["__main__"], "__spec__", None)
    return spec.name if spec else "__main__"


def _check_words(func: Callable, module: str, words: list[str]) -> None:
    signature = inspect.signature(func)
    try:
        signature.bind(*words)
    except TypeError:
        usage = " ".join([f"python -m {module}", *(f"<{name}>" for name in signature.parameters)])
        raise UserError(f"expected `{usage}`, found the arguments: {' '.join(words) or 'none'}") from None
