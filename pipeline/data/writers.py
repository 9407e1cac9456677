"""Splits of an annotated set written as COCO for the pipeline, or as YOLO for Ultralytics; pictures go to `places`."""

from collections import Counter
from pathlib import Path

import yaml

from pipeline.data.coco import write_coco
from pipeline.data.coco_set import Image, Split
from pipeline.data.files import write_text
from pipeline.data.images import is_turned
from pipeline.data.pictures import copied_name
from pipeline.data.problems import Problems
from pipeline.data.yolo import label_lines
from pipeline.data.yolo_files import mirrored_path

FORMATS = ("coco", "yolo")
COCO_DECIMALS = 9
ONLY_SPLIT = "train"  # what YOLO calls a data set without splits
Places = dict[tuple[str, int], Path]  # of each picture, by its split and image id, below the folder to write to


def places_of(splits: list[Split], format: str) -> Places:
    """<split>/images for COCO, images/<split> for YOLO."""
    places = {}
    for split in splits:
        folder = Path(split.name, "images") if format == "coco" else Path("images", split.name or ONLY_SPLIT)
        places.update({(split.name, image.id): folder / copied_name(split, image) for image in split.coco.images})
    return places


def check_collisions(splits: list[Split], places: Places, format: str) -> None:
    """Raise `DataError` if two pictures would become one or (YOLO) share their labels, or splits differ in classes."""
    problems = Problems()
    files = Counter(place if format == "coco" else mirrored_path(place) for place in places.values())
    for place, count in files.items():
        if count > 1:
            problems.add(place, "one picture of this name, whatever its suffix", str(count), "rename the others")
    for split in splits:
        if format == "yolo" and split.coco.categories != splits[0].coco.categories:
            expected, found = (", ".join(c.name for c in s.coco.categories) for s in (splits[0], split))
            problems.add(split.name, f"the categories of {splits[0].name} ({expected})", found, "make them the same")
    problems.stop("pictures")


def write_splits(splits: list[Split], places: Places, folder: Path, format: str) -> None:
    """Write all annotations of the splits below `folder`; no pictures."""
    if format == "coco":
        for split in splits:
            images = [Image(i.id, copied_name(split, i), i.width, i.height) for i in split.coco.images]
            path = folder / split.name / "annotations.json"
            write_coco(path, images, split.coco.annotations, split.coco.categories, COCO_DECIMALS)
        return
    for split in splits:
        for image in split.coco.images:
            kept = [annotation for annotation in split.coco.of_image(image.id) if not annotation.iscrowd]
            lines = label_lines(image, kept, split.coco.categories)
            write_text(folder / mirrored_path(places[split.name, image.id]), lines)
    content = {split.name or ONLY_SPLIT: f"images/{split.name or ONLY_SPLIT}" for split in splits}
    content["names"] = dict(enumerate(category.name for category in splits[0].coco.categories))
    write_text(folder / "data.yaml", yaml.safe_dump(content, sort_keys=False, allow_unicode=True))


def losses_of(splits: list[Split], format: str) -> list[str]:
    """What the format cannot tell, one line each."""
    if format == "coco":
        return []
    notes = []
    ids = [category.id for category in splits[0].coco.categories]
    if ids != list(range(1, len(ids) + 1)):
        shown = ", ".join(f"{id} -> {number}" for number, id in enumerate(ids))
        notes.append(f"category ids became class numbers by their order: {shown}")
    annotations = [annotation for split in splits for annotation in split.coco.annotations]
    ignored = sum(annotation.iscrowd for annotation in annotations)
    if ignored:
        notes.append(f"{ignored} ignore regions (iscrowd, difficult) were left out, which YOLO has not")
    extras = Counter(key for annotation in annotations if not annotation.iscrowd for key in annotation.extra)
    if extras:
        shown = ", ".join(f"{key} of {count} boxes" for key, count in extras.items())
        notes.append(f"extras were left out, which YOLO has not: {shown}")
    files = [split.image_folder / i.file_name for split in splits if split.image_folder for i in split.coco.images]
    webp = sum(path.suffix.lower() == ".webp" and is_turned(path) for path in files)
    if webp:
        notes.append(f"{webp} WebP pictures are turned by EXIF, which Ultralytics does not do: save them turned")
    names = {split.name or ONLY_SPLIT for split in splits}
    notes += [f"data.yaml has no {name}; Ultralytics trains with train and val only"
              for name in ("train", "val") if name not in names]
    return notes
