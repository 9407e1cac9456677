"""All problems of a data set, collected and told together; and file names that may be trusted."""

import json
from pathlib import Path, PurePosixPath

from pipeline.errors import DataError

LISTED_PROBLEMS = 50


class Problems:
    """Problems found so far, one line each."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def add(self, where: object, expected: str, found: object, fix: str) -> None:
        """where: file, and annotation or line; found: what stands there, shown as JSON unless it is text."""
        text = found if isinstance(found, str) else _as_json(found)
        text = text if len(text) <= 80 else text[:77] + "..."
        self.lines.append(printable(f"{where}: expected {expected}, found {text}; {fix}"))

    def add_error(self, error: DataError) -> None:
        """The lines of an error that was raised for one file."""
        self.lines += str(error).splitlines()

    def stop(self, path: str | Path) -> None:
        """Raise `DataError` if there are problems; the line that counts those not listed begins with `path`."""
        if self.lines:
            lines = self.lines[:LISTED_PROBLEMS]
            if len(self.lines) > LISTED_PROBLEMS:
                lines.append(f"{path}: and {len(self.lines) - LISTED_PROBLEMS} more problems")
            raise DataError("\n".join(lines))


def _as_json(found: object) -> str:
    try:
        return json.dumps(found, default=str)
    except TypeError:  # YAML has keys that JSON does not: dates
        return str(found)


def printable(text: str) -> str:
    """The text in one line, without what a terminal might obey or cannot show."""
    return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in text)


def is_inside_name(value: object) -> bool:
    """Whether `value` is a relative path, with "/", that leads to a file below the folder it starts in."""
    if not isinstance(value, str) or not is_text(value) or "\0" in value or "\\" in value:
        return False
    name = PurePosixPath(value)
    return not name.is_absolute() and ".." not in name.parts and name.name != ""


def is_text(value: str) -> bool:
    """Whether a string is not empty and can be written; JSON can hold half of a character (a lone surrogate)."""
    return value != "" and not any("\ud800" <= letter <= "\udfff" for letter in value)
