"""Files that are there whole or not at all, and images as RGB arrays."""

import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import cv2
import numpy as np


@contextmanager
def atomic_write(path: str | Path) -> Iterator[Path]:
    """Yield a path to write to; it becomes `path` when the block ends well and disappears when it does not.

    The temporary file stands beside `path` and has its suffix, so that writers that look at the suffix
    (cv2.imwrite, np.savez) do the right thing. Its name is fixed: what a killed run left behind, the next run
    overwrites.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".partial-{path.name}")
    try:
        yield partial
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


@contextmanager
def atomic_folder(path: str | Path) -> Iterator[Path]:
    """Yield an empty folder to fill; it becomes the folder `path` when the block ends well.

    A kill at any moment leaves at `path` the old folder, the new one or none: the old one steps aside in one move,
    because one that is deleted file by file would be there in part.
    """
    path = Path(path)
    partial, old = path.with_name(f".partial-{path.name}"), path.with_name(f".partial-old-{path.name}")
    shutil.rmtree(partial, ignore_errors=True)  # of a killed run
    partial.mkdir(parents=True)
    try:
        yield partial
        shutil.rmtree(old, ignore_errors=True)  # of a killed run
        with suppress(FileNotFoundError):
            os.replace(path, old)
        os.replace(partial, path)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)


def write_bytes(path: str | Path, content: bytes) -> None:
    """Write `content` to `path` atomically."""
    with atomic_write(path) as partial:
        partial.write_bytes(content)


def write_text(path: str | Path, text: str) -> None:
    """Write `text` to `path` atomically, as UTF-8 with the line ends it has."""
    write_bytes(path, text.encode("utf-8"))


def write_json(path: str | Path, obj: object) -> None:
    """Write `obj` as indented JSON atomically; keys keep their order and NaN is refused (ValueError)."""
    write_text(path, json.dumps(obj, indent=1, ensure_ascii=False, allow_nan=False) + "\n")


def write_image(path: str | Path, image: np.ndarray, options: Sequence[int] = ()) -> None:
    """Write an RGB uint8 image (H, W, 3) in the format that the suffix of `path` names, atomically.

    options: flags and values for cv2.imencode.
    """
    path = Path(path)
    done, encoded = cv2.imencode(path.suffix, cv2.cvtColor(image, cv2.COLOR_RGB2BGR), options)
    if not done:
        raise ValueError(f"{path}: OpenCV cannot encode {image.dtype} {image.shape} as {path.suffix}")
    write_bytes(path, encoded.tobytes())


def read_image(path: str | Path) -> np.ndarray:
    """Read an image file as RGB uint8 (H, W, 3), display values, as it is shown: `pipeline.data.images`.

    Raises `pipeline.errors.DataError` if the file is missing or no readable image.
    """
    from pipeline.data.images import read_picture  # which needs errors.py, which itself writes files

    return read_picture(path)


def sha256_of(path: str | Path) -> str:
    """The SHA-256 of the bytes of a file, in hexadecimal."""
    digest = hashlib.sha256()
    with open(path, "rb") as stream:
        for block in iter(lambda: stream.read(1 << 20), b""):
            digest.update(block)
    return digest.hexdigest()
