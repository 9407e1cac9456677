"""A training set of either format as the detector sees it; of a sharded one, one shard at a time is on this disk."""

import shutil
import tempfile
from pathlib import Path

from pipeline.data.coco import read_coco
from pipeline.data.files import write_bytes
from pipeline.detect.dataset import PackedSet, pack
from pipeline.shards.read import is_sharded, shards_in


def pack_folder(folder: Path, scale: float, path: Path) -> PackedSet:
    """Decode and shrink every picture of the set `folder` into the file `path`, which trainings map into memory.

    The labels of the whole set are in memory; its pictures never are, and of a sharded set they are nowhere but in
    `path`. Raises DataError if something is missing or damaged.
    """
    if not is_sharded(folder):
        return pack(read_coco(folder / "annotations.json", folder / "images", None), folder / "images", scale, path)
    parts = []
    with open(path, "wb") as whole:
        for coco, pictures in shards_in(folder):
            with tempfile.TemporaryDirectory(prefix="shard-", dir=path.parent) as scratch:
                for name, content in pictures.items():
                    write_bytes(Path(scratch) / name, content)
                parts.append(pack(coco, Path(scratch), scale, Path(scratch) / "pixels.bin"))
                with open(parts[-1].path, "rb") as part:
                    shutil.copyfileobj(part, whole)
    joined = {name: [one for part in parts for one in getattr(part, name)]
              for name in ("sizes", "boxes", "ignore", "category")}  # fmt: skip
    return PackedSet(path, **joined, categories=parts[0].categories)
