"""A detector of the user's own, behind two commands: one trains it, one asks it.

COCO files go in and COCO results come out; what the model is made of is its own affair. Everything that a command
prints is kept in data/out/logs.
"""

import dataclasses
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from pipeline.data.coco import Category, CocoSet, Image, write_coco
from pipeline.data.files import atomic_folder, write_json
from pipeline.data.images import shown_size
from pipeline.detect.template import asks_for, fill
from pipeline.errors import UserError

LOGS = Path("data/out/logs")
TOLD_LINES = 12
"""So many last lines of a command that failed are shown."""

HELD_BACK = 0.1
"""The share of the training images, the last ones by name, that becomes the validation set if one is asked for."""

SEED = 7  # key of the random stream


def train_by_command(
    template: str, coco: CocoSet, image_folder: Path, seed: tuple[int, int], model: Path, log: Path
) -> None:
    """Run a train_command once; it fills the folder `model`. seed: of the experiment, and number of the training.

    Raises UserError if the command fails or leaves nothing.
    """
    train, validation = coco, CocoSet([], [], coco.categories)
    if asks_for(template, "validation_annotations"):
        train, validation = hold_back(coco)
    with tempfile.TemporaryDirectory(prefix="train-") as scratch, atomic_folder(model) as folder:
        values = {
            "train_images": image_folder.resolve(),
            "train_annotations": _write(Path(scratch) / "train.json", train),
            "validation_images": image_folder.resolve(),
            "validation_annotations": _write(Path(scratch) / "validation.json", validation),
            "seed": int(np.random.default_rng([*seed, SEED]).integers(2**31)),
            "model": folder.resolve(),
        }
        run_command(fill(template, values), log)
        if not any(folder.iterdir()):
            raise UserError(
                f"detector.train_command: expected a trained detector in the folder {{model}}, found nothing there; "
                f"what the command printed is in {log}"
            )


def write_categories(model: Path, categories: Sequence[Category]) -> None:
    """Write down, beside the folder `model`, what it was trained to find."""
    write_json(_categories_file(model), [dataclasses.asdict(category) for category in categories])


def read_categories(model: Path) -> tuple[Category, ...]:
    """What `write_categories` wrote. Raises UserError if the detector was not trained yet."""
    path = _categories_file(model)
    if not path.is_file() or not model.is_dir():
        raise UserError(f"{model}: no trained detector there; make it with `dvc repro`")
    return tuple(Category(**one) for one in json.loads(path.read_text(encoding="utf-8")))


def hold_back(coco: CocoSet) -> tuple[CocoSet, CocoSet]:
    """The set without its last images by name, at least one, and these; never a real test frame."""
    images = sorted(coco.images, key=lambda image: image.file_name)
    first = len(images) - max(1, round(HELD_BACK * len(images)))
    return _of_images(coco, images[:first]), _of_images(coco, images[first:])


def predict_by_command(
    template: str, model: Path, paths: Sequence[Path], categories: Sequence[Category], output: Path, log: Path
) -> None:
    """Run a predict_command once for all `paths`; it writes COCO results to `output`, image ids from 1 in their order.

    The command sees the images in one folder under names that begin with their id.
    """
    with tempfile.TemporaryDirectory(prefix="predict-") as scratch:
        folder = Path(scratch) / "images"
        folder.mkdir()
        images = []
        for number, (path, name) in enumerate(zip(paths, shown_names(paths), strict=True), start=1):
            _place(path, folder / name)
            images.append(Image(number, name, *shown_size(path)))
        values = {
            "model": model.resolve(),
            "images": folder,
            "image_list": _write(Path(scratch) / "images.json", CocoSet(images, [], tuple(categories))),
            "output": output.resolve(),
        }
        run_command(fill(template, values), log)


def shown_names(paths: Sequence[Path]) -> list[str]:
    """The names under which a command sees the images."""
    return [f"{number:06d}_{path.name}" for number, path in enumerate(paths, start=1)]


def run_command(words: Sequence[str], log: Path) -> None:
    """Run a command, without a shell, in the repository; what it prints goes to `log`.

    Raises UserError with its last lines if it cannot be started or exits with anything but 0.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with open(log, "w+", encoding="utf-8", errors="replace") as stream:
        try:
            code = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=stream, stderr=subprocess.STDOUT).returncode
        except OSError as error:
            raise UserError(f"{words[0]}: cannot be started ({error.strerror}); correct detector's commands") from None
        stream.seek(0)
        last = "".join(stream.readlines()[-TOLD_LINES:]).rstrip()
    if code:
        raise UserError(f"{words[0]} ... exited with {code}; all that it printed is in {log}, and ends with\n{last}")


def _categories_file(model: Path) -> Path:
    return model.with_name("categories.json")


def _of_images(coco: CocoSet, images: list[Image]) -> CocoSet:
    annotations = [annotation for image in images for annotation in coco.of_image(image.id)]
    return dataclasses.replace(coco, images=images, annotations=annotations)


def _write(path: Path, coco: CocoSet) -> Path:
    write_coco(path, coco.images, coco.annotations, coco.categories)
    return path


def _place(path: Path, target: Path) -> None:
    try:
        os.symlink(path.resolve(), target)
    except OSError:  # where links need rights that one has not
        shutil.copyfile(path, target)
