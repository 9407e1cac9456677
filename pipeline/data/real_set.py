"""The labelled real pictures, from a data set of any format, as the splits that are learned from and measured on."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path

from pipeline.data.coco import write_coco
from pipeline.data.coco_set import Category, CocoSet, Image, Split
from pipeline.data.formats import format_of, read_splits
from pipeline.data.pictures import check_pictures, copied_name
from pipeline.data.splits import check_splits
from pipeline.data.video import frame_number
from pipeline.errors import DataError
from pipeline.params import RealParams

Targets = dict[int, list[Path]]  # {number of a frame: files to write it to}


def labelled_splits(real: RealParams, video: Path | None, categories: Sequence[Category]) -> dict[str, Split]:
    """The splits train and test of real.annotations, whose pictures are frames of the video if there is one.

    They are those of the data set itself or, of a set without splits, the pictures whose numbers lie in
    real.train_frames and real.test_frames: the numbers at the end of their names if all have one of their own, else
    their positions in the order of the names. Annotations of `categories`, found by name, are kept. Raises `UserError`
    for other splits, empty ones, splits that overlap, and categories that are not there.
    """
    source = real.annotations
    found = {split.name: split for split in read_splits(source, format_of(source), video)}
    check_pictures(list(found.values()))
    if set(found) == {""}:
        check_splits(real)
        found = {name: _part(found[""], name, getattr(real, f"{name}_frames")) for name in ("train", "test")}
    if not {"train", "test"} <= set(found):
        raise DataError(f"{source}: expected the splits train and test, or one whole set that real.train_frames and "
                        f"real.test_frames cut, found {', '.join(sorted(found))}; rename them")  # fmt: skip
    chosen = {name: found[name] for name in ("train", "test")}
    for name, split in chosen.items():
        if not split.coco.images:
            raise DataError(f"{source}: expected annotated pictures in the split {name}, found none; add some, or "
                            f"correct real.{name}_frames {list(getattr(real, f'{name}_frames'))} in params.yaml")
    kept = {name: replace(split, coco=of_categories(split.coco, categories, source)) for name, split in chosen.items()}
    for name in chosen:
        if left_out := len(chosen[name].coco.annotations) - len(kept[name].coco.annotations):
            print(f"{source}: {left_out} boxes of {name} left out, of categories that are not in assets.categories")
    return kept


def _part(whole: Split, name: str, first_and_last: tuple[int, int]) -> Split:
    images = sorted(whole.coco.images, key=lambda image: image.file_name)
    numbers = [frame_number(image.file_name) for image in images]
    if None in numbers or len(set(numbers)) < len(numbers):
        numbers = list(range(len(images)))
    first, last = first_and_last
    chosen = [image for image, number in zip(images, numbers, strict=True) if first <= number <= last]
    return replace(whole, name=name, coco=_only(whole.coco, chosen))


def of_categories(coco: CocoSet, categories: Sequence[Category], source: str) -> CocoSet:
    """The annotations of these categories, with their numbers."""
    names = {category.id: category.name for category in coco.categories}
    missing = [category.name for category in categories if category.name not in names.values()]
    if missing:
        raise DataError(f"{source}: categories: expected {', '.join(missing)} of assets.categories in params.yaml, "
                        f"found {', '.join(names.values())}; use the same names")  # fmt: skip
    ids = {category.name: category.id for category in categories}
    kept = [replace(annotation, category_id=ids[names[annotation.category_id]]) for annotation in coco.annotations
            if names[annotation.category_id] in ids]  # fmt: skip
    return CocoSet(coco.images, kept, tuple(categories))


def ignored(split: Split, names: Collection[str]) -> Split:
    """The split with the boxes of some categories as ignore regions: what no scene shows is not measured, as rungs
    cannot find it.
    """
    ids = {category.id for category in split.coco.categories if category.name in names}
    rows = [replace(a, iscrowd=True) if a.category_id in ids else a for a in split.coco.annotations]
    return replace(split, coco=replace(split.coco, annotations=rows))


def _only(coco: CocoSet, images: list[Image]) -> CocoSet:
    ids = {image.id for image in images}
    return CocoSet(images, [a for a in coco.annotations if a.image_id in ids], coco.categories)


def write_labels(splits: dict[str, Split], out: Path) -> tuple[list[tuple[Path, Path]], Targets]:
    """Write {train,test}/annotations.json below `out`; returns where its pictures go: files to copy (from, to), and
    frames of the video.
    """
    copies, frames = [], {}
    for name, split in splits.items():
        renamed = [replace(image, file_name=copied_name(split, image)) for image in split.coco.images]
        for image, copied in zip(split.coco.images, renamed, strict=True):
            target = out / name / "images" / copied.file_name
            if split.image_folder:
                copies.append((split.image_folder / image.file_name, target))
            else:
                frames.setdefault(frame_number(image.file_name), []).append(target)
        write_coco(out / name / "annotations.json", renamed, split.coco.annotations, split.coco.categories)
    return copies, frames
