"""One problem of a data set, the sheet that collects those of one file, and their text."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

ERROR, WARNING = "error", "warning"
LONGEST = 120  # characters of what was found
LISTED = 5  # lines of one kind of problem in one file; the rest is counted


@dataclass(frozen=True)
class Problem:
    severity: str  # "error" or "warning"
    code: str  # the kind of problem: box_outside, image_missing, ...
    file: str
    where: str  # annotation, image or category id, line, key; empty: the file as a whole
    expected: str
    found: str
    fix: str

    def line(self) -> str:
        place = f"{self.file}: {self.where}" if self.where else self.file
        return f"{self.severity}: {place}: expected {self.expected}, found {self.found}; {self.fix} [{self.code}]"


class Sheet:
    """The problems of one file, in the order they were found."""

    def __init__(self, file: str) -> None:
        self.file = printable(file)
        self.problems: list[Problem] = []

    def error(self, code: str, where: str, expected: str, found: object, fix: str) -> None:
        self.problems.append(Problem(ERROR, code, self.file, printable(where), expected, shown(found), fix))

    def warning(self, code: str, where: str, expected: str, found: object, fix: str) -> None:
        self.problems.append(Problem(WARNING, code, self.file, printable(where), expected, shown(found), fix))


def shown(value: object) -> str:
    """A value in one short printable line; text stays as it is, all else becomes JSON."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=repr)
    text = printable(text[: LONGEST + 1])
    return text if len(text) <= LONGEST else text[: LONGEST - 3] + "..."


def printable(text: str) -> str:
    """Line ends, terminal codes and bytes that are no text (as in file names of other encodings) become \\x.."""
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)


def in_order(problems: Iterable[Problem]) -> list[Problem]:
    """Errors first, then by file, kind and place; numbers within names count as numbers."""
    return sorted(problems, key=lambda p: (p.severity, p.file, p.code, _natural(p.where), p.found))


def as_lines(problems: Iterable[Problem]) -> list[str]:
    """One line a problem, errors first; of one kind in one file only the first `LISTED`, then "and N more"."""
    lines = []
    for (severity, file, code), group in groupby(in_order(problems), lambda p: (p.severity, p.file, p.code)):
        same = list(group)
        lines += [problem.line() for problem in same[:LISTED]]
        if len(same) > LISTED:
            lines.append(f"{severity}: {file}: and {len(same) - LISTED} more [{code}]")
    return lines


def _natural(text: str) -> list[tuple[str, int]]:
    return [(word, int(number or 0)) for word, number in re.findall(r"(\D*)(\d{0,18})", text)]
