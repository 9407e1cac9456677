"""What a user did wrong, said in one sentence, and the entry point that every stage shares.

A stage module ends with

    if __name__ == "__main__":
        main(run)

where `run` takes the words of the command line as strings: `def run(rung: str)` or `def run()`.
"""

import inspect
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from pipeline.data.files import write_json

DURATIONS = Path("data/out/durations")
STAGES = "pipeline.stages."


class UserError(Exception):
    """Something the user can mend.

    The text names file and key, what was expected, what was found and the fix; several problems stand one per
    line. It is shown without a traceback and the program exits with code 2.
    """


class DataError(UserError):
    """A data file (annotations, images, a video) that cannot be used as it is."""


def main(func: Callable[..., int | None], argv: Sequence[str] | None = None) -> None:
    """Run `func(*argv)` as a program; `argv` defaults to the words of the command line.

    A `UserError` is printed to stderr without traceback and exits with code 2. An integer that `func` returns
    is the exit code. A stage that succeeds leaves its duration in data/out/durations/<stage>.json.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    module = _module_name(func)
    start = time.monotonic()
    try:
        _check_words(func, module, words)
        code = func(*words)
        if not code and module.startswith(STAGES):
            _write_duration([module.removeprefix(STAGES), *words], time.monotonic() - start)
    except UserError as error:
        print(error, file=sys.stderr)
        raise SystemExit(2) from None
    if code:
        raise SystemExit(code)


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


def _write_duration(name: list[str], seconds: float) -> None:
    stage = "-".join(name)
    write_json(DURATIONS / f"{stage}.json", {"stage": stage, "seconds": round(seconds, 2)})
