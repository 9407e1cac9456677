"""A sound set of one shard, made with the standard library, and what can stand in place of its parts."""

import hashlib
import io
import json
import tarfile
from pathlib import Path

PICTURE = bytes(range(40))
COCO = json.dumps({
    "categories": [{"id": 1, "name": "person"}],
    "images": [{"id": 0, "file_name": "00000.jpg", "width": 64, "height": 48}],
    "annotations": [{"id": 1, "image_id": 0, "category_id": 1, "bbox": [1, 2, 3, 4], "area": 12, "iscrowd": 0}],
}).encode()  # fmt: skip


def member(name: str, **more) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    for key, value in {"size": len(PICTURE), **more}.items():
        setattr(info, key, value)
    return info


def archive(*members: tarfile.TarInfo, mode: str = "w") -> bytes:
    """A tar file of such members, each of which has PICTURE for content."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode=mode, format=tarfile.USTAR_FORMAT) as tar:
        for info in members:
            tar.addfile(info, io.BytesIO(PICTURE))
    return stream.getvalue()


SOUND_TAR = archive(member("00000.jpg"), member("00000.json"))


def index(tar: bytes, **row) -> bytes:
    digests = {"tar_sha256": hashlib.sha256(tar).hexdigest(), "json_sha256": hashlib.sha256(COCO).hexdigest()}
    rows = [{"name": "00000", "images": 1, **digests, **row}]
    return json.dumps({"schema": 1, "url": "", "shards": rows}).encode()


def write_set(folder: Path, tar: bytes = SOUND_TAR, index_json: bytes | None = None) -> Path:
    """Write the split `folder`/train; returns it. index_json None: the one that fits."""
    split = folder / "train"
    (split / "shards").mkdir(parents=True, exist_ok=True)
    (split / "shards/00000.tar").write_bytes(tar)
    (split / "shards/00000.json").write_bytes(COCO)
    (split / "index.json").write_bytes(index(tar) if index_json is None else index_json)
    return split
