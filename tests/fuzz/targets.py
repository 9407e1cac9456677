"""Readers of files from elsewhere: any bytes must be read or refused in words, never end in another exception.

Each target takes the bytes of one file and returns whether it was accepted. Everything around that file is sound, so
that what is refused is refused for what the bytes say.
"""

import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import yaml

from pipeline.config import load_params, params_and_problems
from pipeline.data.coco import PERSON, read_coco
from pipeline.data.files import write_image
from pipeline.data.voc import read_voc
from pipeline.data.yolo import read_yolo
from pipeline.data.yolo_names import read_names
from pipeline.errors import UserError
from pipeline.measure.foreign_results import read_foreign_results
from pipeline.shards.checksums import checksums_of
from pipeline.shards.kept import damage_of
from pipeline.shards.read import shards_in
from pipeline.shards.store import Store
from pipeline.yaml_file import read_yaml
from tests.fuzz import sharded

REPOSITORY = Path(__file__).parents[2]
FRAME_PX = (64, 48)


@cache
def folder() -> Path:
    """For the files to read, in memory where the system has such a place; with one picture."""
    memory = Path("/dev/shm")
    made = Path(tempfile.mkdtemp(prefix="fuzz-", dir=memory if memory.is_dir() else None))
    write_image(made / "images" / "a.png", np.zeros((FRAME_PX[1], FRAME_PX[0], 3), np.uint8))
    for name in ("voc", "labels"):
        (made / name).mkdir()
    (made / "classes.txt").write_text("person\nchair\n", encoding="utf-8")
    return made


def written(name: str, content: bytes) -> Path:
    path = folder() / name
    path.write_bytes(content)
    return path


def coco(content: bytes) -> None:
    read_coco(written("annotations.json", content), folder() / "images", None)


def yolo_labels(content: bytes) -> None:
    written("labels/a.txt", content)
    read_yolo(folder())


def yolo_names(content: bytes) -> None:
    read_names(written("data.yaml", content))


def voc(content: bytes) -> None:
    written("voc/frame_0001.xml", content)
    read_voc(folder() / "voc", FRAME_PX)


def params_file(content: bytes) -> None:
    load_params(written("params.yaml", content))


def params_value(content: bytes) -> None:
    """The bytes choose a key of the shipped params.yaml and say its new value, in YAML."""
    value = read_yaml(written("value.yaml", content[2:]))
    raw, places = shipped()
    where, key = places[int.from_bytes(content[:2], "little") % len(places)]
    before, where[key] = where[key], value
    try:
        problems = params_and_problems(raw)[1]
    finally:
        where[key] = before
    if problems:
        raise UserError("\n".join(problems))


@cache
def shipped() -> tuple[dict, list[tuple[dict, str]]]:
    """params.yaml as plain data, and the places in it: (mapping, key)."""
    raw = yaml.safe_load((REPOSITORY / "params.yaml").read_text(encoding="utf-8"))
    mappings, places = [raw], []
    while mappings:
        mapping = mappings.pop()
        places += [(mapping, key) for key in mapping]
        mappings += [value for value in mapping.values() if isinstance(value, dict)]
    return raw, places


def foreign_results(content: bytes) -> None:
    read_foreign_results(written("foreign.json", content), ["a.png", "b.png"], (PERSON,), 100)


def shard_tar(content: bytes) -> None:
    """As if whoever wrote the shard had written its checksum, too."""
    list(shards_in(sharded.write_set(folder() / "tar", content)))


def shard_index(content: bytes) -> None:
    list(shards_in(sharded.write_set(folder() / "index", index_json=content)))


def shard_checksums(content: bytes) -> None:
    split = sharded.write_set(folder() / "checksums")
    (split / "shards/00000.sha256").write_bytes(content)
    damage = damage_of(Store(str(split.parent)), "train/shards/00000")
    if damage:
        raise UserError(damage)


TARGETS: dict[str, Callable[[bytes], None]] = {
    target.__name__: target
    for target in (coco, yolo_labels, yolo_names, voc, params_file, params_value, foreign_results, shard_tar,
                   shard_index, shard_checksums)
}  # fmt: skip
SEEDS: dict[str, tuple[bytes, ...]] = {
    "coco": (
        b'{"categories": [{"id": 1, "name": "person"}], "images": [{"id": 1, "file_name": "a.png", "width": 64,'
        b' "height": 48}], "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 2, 3.5, 4],'
        b' "area": 14.0, "iscrowd": 0, "segmentation": [[1, 2, 3, 4, 5, 6]], "note": null}]}',
    ),
    "yolo_labels": (b"0 0.5 0.5 0.25 0.25\n1 0.1 0.1 0.2 0.1 0.2 0.2\n",),
    "yolo_names": (b"names: [person, chair]\ntrain: images\nnc: 2\n", b"path: .\nnames: {0: person, 1: chair}\n"),
    "voc": (
        b"<annotation><filename>frame_0001.jpg</filename><size><width>64</width><height>48</height></size><object>"
        b"<name>person</name><difficult>0</difficult><truncated>1</truncated><pose>Left</pose><bndbox><xmin>1</xmin>"
        b"<ymin>2</ymin><xmax>10</xmax><ymax>12.5</ymax></bndbox></object></annotation>",
    ),
    "params_file": (
        b"seed: 1\nladder: [a, b]\nrungs: {a: [places], b: [noise]}\n",
        b"&a [*a, !!int '1', 2001-01-01]\n",
    ),
    "params_value": (
        b"\0\x007\n", b"\5\0[1.0, 2.0]\n", b"\1\0{a: [b, c]}\n", b"\2\0text\n", b"\3\0null\n", b"\4\x001e9\n"
    ),
    "foreign_results": (
        b'[{"image_id": 1, "category_id": 1, "bbox": [1, 2, 3, 4.25], "score": 0.5},'
        b' {"file_name": "b.png", "category_id": 1, "bbox": [0, 0, 3, 4], "score": 1}]',
    ),
    "shard_tar": (sharded.SOUND_TAR,),
    "shard_index": (sharded.index(sharded.SOUND_TAR),),
    "shard_checksums": (
        checksums_of({"train/shards/00000.tar": sharded.SOUND_TAR, "train/shards/00000.json": sharded.COCO}),
    ),
}  # fmt: skip


def seeds_of(name: str) -> list[bytes]:
    """Sound files, to start from."""
    return [*SEEDS[name]] + ([(REPOSITORY / "params.yaml").read_bytes()] if name == "params_file" else [])


def accepts(name: str, content: bytes) -> bool:
    """Whether the reader takes the file. Every exception but `UserError` is a bug of the reader."""
    try:
        TARGETS[name](content)
    except UserError as error:
        if not str(error).strip():
            raise AssertionError("refused without a word") from error
        return False
    return True
