"""Which scenes make a shard: the unit that is made, checked, and made again."""

from collections.abc import Mapping
from dataclasses import dataclass

RETRIES = 3
"""So often a shard is begun again after its worker died; then the run ends, and the next one goes on from there."""


@dataclass(frozen=True)
class Shard:
    """Neighbouring scenes of a split."""

    split: str
    number: int
    first: int  # scene
    count: int

    @property
    def name(self) -> str:
        """The path, without suffix, of its labels, its checksums and its tar file, below the root of the set."""
        return f"{self.split}/shards/{self.number:05d}"


def shards_of(counts: Mapping[str, int], scenes: int) -> list[Shard]:
    """All shards of a set. counts: {split: scenes in it}. scenes: of a shard; the last of a split may have fewer."""
    return [
        Shard(split, number, first, min(scenes, count - first))
        for split, count in counts.items()
        for number, first in enumerate(range(0, count, scenes))
    ]
