"""A YOLO or VOC data set, or COCO files laid out as other tools do: what its reader says, and its pictures."""

import re
from pathlib import Path

from pipeline.check.coco_file import ListedImage
from pipeline.check.dataset import Checked
from pipeline.check.image_files import check_images
from pipeline.check.leakage import Picture
from pipeline.check.problem import ERROR, Problem, Sheet
from pipeline.data.coco_set import Split
from pipeline.data.formats import format_of, read_splits
from pipeline.errors import DataError

SENTENCE = re.compile(r"(?P<file>.*?): expected (?P<expected>.*?), found (?P<found>.*); (?P<fix>.*)")


def check_labelled_set(target: Path) -> Checked:
    """Check all splits. Labels that cannot be read are told first: pictures are looked at once the labels are sound.

    Raises DataError if there is no data set of a known format.
    """
    format = format_of(target)
    try:
        splits = read_splits(target, format)
    except DataError as error:
        return Checked([_problem(line, target) for line in str(error).splitlines()])
    checked = Checked()
    for split in splits:
        _check_split(split, split.name or target.stem, checked)
    return checked


def _check_split(split: Split, name: str, checked: Checked) -> None:
    coco, sheet = split.coco, Sheet(name)
    for note in split.notes:
        sheet.warning("read_otherwise", "", "labels that are taken as they stand", note, "look whether that is meant")
    boxes = {image.id: len(coco.of_image(image.id)) for image in coco.images}
    listed = [ListedImage(i.id, i.file_name, i.width, i.height, boxes[i.id]) for i in coco.images]
    seen = check_images(listed, split.image_folder, sheet)
    # splits may share a folder, so what a split does not list is no problem
    checked.problems += [problem for problem in sheet.problems if problem.code != "unlisted"]
    checked.counts[name] = {
        "images": len(listed),
        "annotations": len(coco.annotations),
        "images_without_annotations": sum(count == 0 for count in boxes.values()),
        "readable_images": len(seen),
    }
    checked.folders[name] = split.image_folder
    checked.pictures += [Picture(name, one.name, one.fingerprint, one.boxes) for one in seen]


def _problem(line: str, target: Path) -> Problem:
    """A line of a reader's error; paths are told below the data set."""
    words = SENTENCE.fullmatch(line.replace(f"{target}/", ""))
    if words is None:  # the line that counts what is not listed
        return Problem(ERROR, "labels", target.name, "", "sound labels", line, "correct those above first")
    return Problem(ERROR, "labels", words["file"], "", words["expected"], words["found"], words["fix"])
