"""Random annotated sets as plain data, written to disk without the code under test."""

import json
from pathlib import Path

import numpy as np

from tests.data import picture_files

NAMES = ("bus", "größe", "traffic light", "person", "no")
KINDS = (".png", ".jpg", ".tif", ".webp", "16.png", "turned.png", "turned.webp", "turned.jpg")


def save_picture(folder: Path, name: str, size_px: tuple[int, int], kind: str, rng: np.random.Generator) -> str:
    """A picture that is shown `size_px` (width, height) large; returns its file name."""
    path = folder / f"{name}.{kind.rpartition('.')[2]}"
    path.parent.mkdir(parents=True, exist_ok=True)
    shown = rng.integers(0, 256, (size_px[1], size_px[0], 3), np.uint8)
    if kind.startswith("turned"):
        write = {"png": picture_files.png, "webp": picture_files.webp, "jpg": picture_files.jpeg}[path.suffix[1:]]
        orientation = int(rng.integers(5, 9))
        path.write_bytes(write(picture_files.stored(shown, orientation), picture_files.exif(orientation)))
    else:
        pixels = shown.astype(np.uint16) * 257 if kind.startswith("16") else shown
        path.write_bytes(picture_files.encode(path.suffix, pixels))
    return path.relative_to(folder).as_posix()


def random_coco(folder: Path, seed: int, count: int = 12) -> dict:
    """Pictures of mixed kinds and sizes in `folder`, and the COCO content that describes them."""
    rng = np.random.default_rng([seed, 1])
    ids = rng.choice(np.arange(1, 100), len(NAMES), replace=False).tolist()
    content = {"categories": [{"id": id, "name": name} for id, name in zip(ids, NAMES, strict=True)]}
    content["images"], content["annotations"] = [], []
    for number in range(count):
        size = tuple(rng.integers(3, 60, 2).tolist())
        name = save_picture(folder, f"{'below/' * (number % 3)}p{number}", size, KINDS[number % len(KINDS)], rng)
        image = {"id": 1000 - number, "file_name": name, "width": size[0], "height": size[1]}
        content["images"].append(image)
        for _ in range(int(rng.integers(0, 5))):
            content["annotations"].append(random_annotation(len(content["annotations"]), image, ids, rng))
    return content


def random_annotation(number: int, image: dict, ids: list[int], rng: np.random.Generator) -> dict:
    low, high = np.sort(rng.uniform(0, 1, (2, 2)), axis=0)
    if rng.random() < 0.3:  # touches an edge
        low[rng.integers(2)] = 0
        high[rng.integers(2)] = 1
    size = np.array([image["width"], image["height"]])
    bbox = [*(low * size), *((high - low) * size)]
    return {
        "id": 7 * number + 3, "image_id": image["id"], "category_id": int(rng.choice(ids)),
        "bbox": [float(v) for v in bbox], "area": float(bbox[2] * bbox[3]), "iscrowd": int(rng.random() < 0.2),
        "pose": "Left", "track": number,
    }  # fmt: skip


def save_coco(folder: Path, seed: int) -> dict:
    """A COCO data set in `folder` as this project lays it out; returns its content."""
    content = random_coco(folder / "images", seed)
    (folder / "annotations.json").write_text(json.dumps(content), encoding="utf-8")
    return content


def boxes_by_name(content: dict, ignored: bool = True) -> dict[str, list[tuple]]:
    """For every picture its (category name, x, y, width, height, ...), sorted; `ignored`: with ignore regions."""
    names = {category["id"]: category["name"] for category in content["categories"]}
    found = {image["file_name"]: [] for image in content["images"]}
    files = {image["id"]: image["file_name"] for image in content["images"]}
    for row in content["annotations"]:
        if ignored or not row["iscrowd"]:
            found[files[row["image_id"]]].append((names[row["category_id"]], *row["bbox"]))
    return {name: sorted(rows) for name, rows in found.items()}
