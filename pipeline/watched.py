"""Is the code of the user's own detector where DVC watches it? Else a changed script would keep its old detectors."""

import shlex
from pathlib import Path, PurePath


def unwatched_code(commands: dict[str, str], code: str) -> list[str]:
    """A line for every file of the repository that a command names outside of `code`, a file or folder.

    commands: {key: command line}, with relative paths; what is installed elsewhere is not looked for.
    """
    problems = []
    for key, command in commands.items():
        for word in _words(command):
            inside = PurePath(code) in (PurePath(word), *PurePath(word).parents)
            if not PurePath(word).is_absolute() and not inside and Path(word).is_file():
                problems.append(f"detector.code: expected a file or folder that holds {word}, which {key} runs, found "
                                f"{code!r}; name it, so that DVC trains again when it changes")  # fmt: skip
    return problems


def _words(command: str) -> list[str]:
    try:
        return shlex.split(command)
    except ValueError:  # told elsewhere
        return []
