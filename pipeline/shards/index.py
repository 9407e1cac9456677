"""What a set of shards is made of: an index with their checksums, and the labels of all as one."""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from pipeline.data.coco_set import CocoSet
from pipeline.data.files import write_json
from pipeline.errors import DataError
from pipeline.shards.checksums import read_checksums
from pipeline.shards.plan import Shard
from pipeline.shards.store import Store

INDEX = "index.json"
SCHEMA = 1
NUMBER, DIGEST = re.compile(r"[0-9]+"), re.compile(r"[0-9a-f]{64}")


def write_index(folder: Path, store: Store, shards: Sequence[Shard]) -> None:
    """Write `folder`/index.json: the shards in their order, with checksums; where they lie, if not beside it.

    What DVC keeps of a set behind a URL is this index: another content there means other checksums here.
    """
    rows = []
    for shard in shards:
        checksums = read_checksums(store.read(f"{shard.name}.sha256"))
        tar, labels = (checksums[f"{shard.name}.{suffix}"] for suffix in ("tar", "json"))
        rows.append({"name": f"{shard.number:05d}", "images": shard.count, "tar_sha256": tar, "json_sha256": labels})
    url = "" if store.is_local and Path(store.root) == folder.parent.resolve() else store.url
    write_json(folder / INDEX, {"schema": SCHEMA, "url": url, "shards": rows})


def read_index(folder: Path) -> dict:
    """What `write_index` wrote. Raises DataError if there is something else."""
    path = folder / INDEX
    try:
        index = json.loads(path.read_bytes())
        if index["schema"] == SCHEMA and index["shards"] and isinstance(index["url"], str):
            if all(_is_row(row) for row in index["shards"]):
                return index
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        pass
    raise DataError(f"{path}: expected an index of shards of schema {SCHEMA}, found none; run `dvc repro`")


def _is_row(row: dict) -> bool:
    """Raises KeyError or TypeError for what is no row at all."""
    digests = row["tar_sha256"], row["json_sha256"]
    return bool(NUMBER.fullmatch(row["name"])) and row["images"] > 0 and all(map(DIGEST.fullmatch, digests))


def merged(parts: Iterable[CocoSet]) -> CocoSet:
    """The sets of neighbouring shards as one, its annotations numbered from 1."""
    images, annotations, categories = [], [], ()
    for part in parts:
        images += part.images
        annotations += [replace(one, id=len(annotations) + i) for i, one in enumerate(part.annotations, 1)]
        categories = part.categories
    return CocoSet(images, annotations, categories)
