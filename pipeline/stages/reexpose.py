"""reexpose: some real test frames, exposed again at every level of stress -> data/out/reexposed/<level>, plain COCO."""

from functools import partial
from pathlib import Path

import cv2
import numpy as np
from tqdm import tqdm

from pipeline.config import load_params
from pipeline.data.coco import Annotation, CocoSet, Image, read_coco, write_coco
from pipeline.data.files import atomic_folder, read_image, write_bytes, write_image
from pipeline.errors import main
from pipeline.measure import folders
from pipeline.measure.results import read_json
from pipeline.params import Params
from pipeline.stress.folders import CAMERA, FRAMES
from pipeline.stress.levels import Level, all_levels
from pipeline.stress.reexpose import Frame, Reexposed, margin_px, reexpose
from pipeline.workers import start_workers
from sensors import CameraProfile

HIDDEN_ABOVE = 0.5  # who lies outside the picture by more than this is a region to ignore
_worker = {}


def run() -> None:
    """Write one COCO set a level; image ids, and the order of images, are those of the real test frames."""
    params = load_params()
    source = folders.real_set("test")
    coco = read_coco(source / "annotations.json", source / "images", categories=None)
    chosen = spread(sorted(coco.images, key=lambda image: image.file_name), params.stress.images)
    for image in chosen:
        margin_px(params.stress, image.width, image.height)  # says what is wrong before anything is made
    profile = CameraProfile.from_dict(read_json(CAMERA)["profile"])
    levels = all_levels(params.stress)
    with atomic_folder(FRAMES) as folder:
        with start_workers(_start, params, profile, coco, levels) as pool:
            made = pool.map(partial(_reexpose, folder), chosen)
            records = list(tqdm(made, "reexpose", len(chosen), unit="frame", disable=None))
        for level, pictures in zip(levels, zip(*records, strict=True), strict=True):
            _write_annotations(folder / level.name, pictures, coco)
    print(f"reexpose: {len(chosen)} real test frames at {len(levels)} levels in {FRAMES}")


def spread(images: list, count: int) -> list:
    """`count` of them, evenly spread; all of them where there are fewer."""
    count = min(count, len(images))
    return [images[int((i + 0.5) * len(images) / count)] for i in range(count)]


def _start(params: Params, profile: CameraProfile, coco: CocoSet, levels: list[Level]) -> None:
    cv2.setNumThreads(1)
    _worker.update(params=params, profile=profile, coco=coco, levels=levels)


def _reexpose(folder: Path, image: Image) -> list[tuple[Image, list]]:
    """Make and save the pictures of one frame: its (COCO image, labels) at every level."""
    params, levels = _worker["params"], _worker["levels"]
    boxes, _ = _worker["coco"].boxes(image.id)
    path = folders.real_set("test") / "images" / image.file_name
    frame = Frame(image.id, read_image(path), np.asarray(boxes, np.float64))
    pictures = reexpose(frame, levels, _worker["profile"], params.stress, params.seed)
    records = []
    for level, picture in zip(levels, pictures, strict=True):
        name = f"{Path(image.file_name).stem}.{'jpg' if picture.jpeg else 'png'}"
        _save(folder / level.name / "images" / name, picture)
        height, width = picture.image.shape[:2]
        records.append((Image(image.id, name, width, height), picture.labels))
    return records


def _save(path: Path, picture: Reexposed) -> None:
    if picture.jpeg:
        write_bytes(path, picture.jpeg)  # the camera's own file, not compressed again
    else:
        write_image(path, picture.image)


def _write_annotations(folder: Path, pictures: tuple, coco: CocoSet) -> None:
    annotations = []
    for image, labels in pictures:
        before = coco.of_image(image.id)
        for label in labels:
            ignored = before[label.actor].iscrowd or label.truncation > HIDDEN_ABOVE
            extra = {"truncation": label.truncation, "blur_px": label.blur_px, "skew_px": label.skew_px}
            category_id = before[label.actor].category_id
            annotations.append(
                Annotation(len(annotations) + 1, image.id, tuple(label.box), ignored, extra, category_id)
            )
    write_coco(folder / "annotations.json", [image for image, _ in pictures], annotations, coco.categories)


if __name__ == "__main__":
    main(run)
