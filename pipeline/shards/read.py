"""Sets whose pictures lie in tar shards, here or behind a URL: one shard in memory at a time, each one checked."""

import hashlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

from pipeline.data.coco import read_coco, write_coco
from pipeline.data.coco_set import CocoSet
from pipeline.data.files import atomic_folder, sha256_of, write_bytes
from pipeline.errors import DataError
from pipeline.shards.index import INDEX, merged, read_index
from pipeline.shards.store import Store
from pipeline.shards.tar import pictures_in

UNPACKED = Path("data/out/progress")


def is_sharded(folder: Path) -> bool:
    return (folder / INDEX).is_file()


def shards_in(folder: Path) -> Iterator[tuple[CocoSet, dict[str, bytes]]]:
    """(labels, {file name: picture}) of each shard of the split `folder`, in order.

    Raises DataError if the index is none or a shard is missing, damaged or not what the stage synth writes.
    """
    index = read_index(folder)
    store = Store(index["url"] or str(folder.parent))
    for row in index["shards"]:
        stem = f"{folder.name}/shards/{row['name']}"
        tar, labels = (_checked(store, f"{stem}.{suffix}", row[f"{suffix}_sha256"], folder)
                       for suffix in ("tar", "json"))  # fmt: skip
        with tempfile.TemporaryDirectory(prefix="shard-") as scratch:
            path = Path(scratch) / "labels.json"
            path.write_bytes(labels)
            coco = read_coco(path, None, None)
        yield coco, _pictures_of(coco, tar, f"{store.url}/{stem}")


def plain_folder(folder: Path) -> Path:
    """The set as a folder of image files with annotations.json: itself, or unpacked below data/out/progress.

    For what needs files, as a detector's command does. What is unpacked stays for the next one who asks, and may be
    deleted at any time.
    """
    if not is_sharded(folder):
        return folder
    whole = UNPACKED / f"unpacked-{folder.parent.name}-{sha256_of(folder / INDEX)[:16]}"
    if not whole.is_dir():
        with atomic_folder(whole) as partial:
            parts = []
            for coco, pictures in shards_in(folder):
                parts.append(coco)
                for name, content in pictures.items():
                    write_bytes(partial / "images" / name, content)
            coco = merged(parts)
            write_coco(partial / "annotations.json", coco.images, coco.annotations, coco.categories)
    return whole


def _pictures_of(coco: CocoSet, tar: bytes, stem: str) -> dict[str, bytes]:
    try:
        pictures = pictures_in(tar)
    except ValueError as error:
        raise DataError(f"{stem}.tar: expected a shard as the stage synth writes it, found {error}") from None
    labelled = {image.file_name for image in coco.images}
    if labelled != pictures.keys():
        odd = sorted(labelled ^ pictures.keys())[0]
        raise DataError(f"{stem}.tar: expected the pictures of {stem}.json, found {odd!r} in only one of them")
    return pictures


def _checked(store: Store, name: str, digest: str, folder: Path) -> bytes:
    content = store.read(name)
    found = "none" if content is None else hashlib.sha256(content).hexdigest()
    if found != digest:
        raise DataError(f"{store.url}/{name}: expected a file with SHA-256 {digest}, found {found}; "
                        f"`dvc repro --force --single-item synth@{folder.parent.name}` makes it again")  # fmt: skip
    return content
