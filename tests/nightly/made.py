"""What an experiment made: is it the same, byte for byte, as another run's?"""

import hashlib
import re
from pathlib import Path

from pipeline.data.files import sha256_of

MADE = ("data/out", "data/report")
NOT_COMPARED = ("data/out/durations", "data/out/locks")
UNFINISHED = "data/out/progress"  # finished shards and checkpoints of stages that have not come to their end
TIMES = re.compile(r"All stages together:.*?</details>", re.DOTALL)  # the page tells how long the stages took


def hashes(root: Path) -> dict[str, str]:
    """{path: SHA-256} of all that the experiment made, half-made files apart."""
    paths = [path for top in MADE for path in sorted((root / top).rglob("*")) if path.is_file()]
    names = {str(path.relative_to(root)): path for path in paths}
    return {
        name: hash_of(path)
        for name, path in names.items()
        if ".partial-" not in name and not name.startswith(NOT_COMPARED)
    }


def hash_of(path: Path) -> str:
    if path.name != "index.html":
        return sha256_of(path)
    return hashlib.sha256(TIMES.sub("", path.read_text(encoding="utf-8")).encode()).hexdigest()


def torn(root: Path, expected: dict[str, str]) -> list[str]:
    """Outputs that are there but are not the undisturbed run's."""
    return [
        name for name, found in hashes(root).items() if expected.get(name) != found and not name.startswith(UNFINISHED)
    ]


def differences(root: Path, expected: dict[str, str]) -> list[str]:
    """What is not as in the undisturbed run, or half-made, at the end of a run."""
    found = hashes(root)
    return [
        *(f"differs: {name}" for name in sorted(found.keys() | expected) if found.get(name) != expected.get(name)),
        *(f"half-made: {path.relative_to(root)}" for path in root.rglob(".partial-*")),
    ]
