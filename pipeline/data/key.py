"""A key of everything that a result depends on: another parameter, file, line of code or library is another key."""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

from pipeline.data.files import sha256_of

PIPELINE = Path(__file__).parents[1]


def key_of(settings: object, files: Iterable[Path], code: Iterable[str]) -> str:
    """16 hex digits. settings: what JSON can say. code: packages and modules, by their paths below pipeline/."""
    sources = [path for name in code for path in sorted([PIPELINE / name, *(PIPELINE / name).rglob("*.py")])]
    content = [settings, *map(sha256_of, files), *(sha256_of(path) for path in sources if path.is_file())]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:16]
