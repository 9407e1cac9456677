"""Shards that were finished before a kill: their images must still be the same files, not equal ones made again."""

import contextlib
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.shards.checksums import read_checksums


@dataclass
class KeptShards:
    """found: shards that were finished when a kill of this kind came; kept: those that were not made again."""

    kills: Counter = field(default_factory=Counter)
    found: Counter = field(default_factory=Counter)
    kept: Counter = field(default_factory=Counter)
    _noted: list[tuple[str, str, dict[Path, tuple[int, int]]]] = field(default_factory=list)

    def note(self, root: Path, kind: str, rung: str) -> None:
        """Call it after a kill in the stage synth of `rung`."""
        self.kills[kind] += 1
        for checksums in root.glob(f"data/out/progress/synth-{rung}-*/*/shards/*.sha256"):
            with contextlib.suppress(FileNotFoundError):  # the stage goes on, and was just done
                paths = [path for path in read_checksums(checksums.read_bytes()) if "/images/" in path]
                work, out = checksums.parents[2], Path("data/out/synth", rung)
                self._noted.append((kind, str(checksums), {out / path: identity(work / path) for path in paths}))
                self.found[kind] += 1

    def compare(self, root: Path) -> list[str]:
        """Call it when the stage has come to its end; a sentence for every shard that was made again."""
        lost = []
        for kind, shard, images in self._noted:
            if all((root / path).exists() and identity(root / path) == before for path, before in images.items()):
                self.kept[kind] += 1
            else:
                lost.append(f"made again after a kill of {kind}: {shard}")
        self._noted.clear()
        return lost


def identity(path: Path) -> tuple[int, int]:
    """Of a file, whatever it is called; a new one of the same content has another."""
    status = path.stat()
    return status.st_ino, status.st_mtime_ns
