"""The check of any data set, from the command line."""

import argparse
from pathlib import Path

from pipeline.check.dataset import Checked, check_parts, has_coco, parts_of
from pipeline.check.labelled_set import check_labelled_set
from pipeline.check.leakage import find_leakage
from pipeline.check.problem import ERROR, in_order
from pipeline.check.report import content_of, summary
from pipeline.data.files import write_json


def check_any(*words: str) -> int:
    """Print all problems of the data set that the words name; 1 if there are errors, else 0."""
    parser = argparse.ArgumentParser(
        prog="python -m pipeline.stages.check",
        description="All problems of a COCO, YOLO or Pascal VOC data set, and pictures that its splits share. Without "
        "arguments: of the experiment in params.yaml. Exit code 0: no errors, 1: errors, 2: cannot run.",
    )
    parser.add_argument("data", metavar="FOLDER_OR_JSON", type=Path, help="COCO file, or the folder of a data set")
    parser.add_argument("--images", metavar="DIR", type=Path, help="images of a COCO file; default: `images` beside it")
    parser.add_argument("--json", metavar="OUT", type=Path, help="write all problems there")
    options = parser.parse_args(words)
    checked = _check(options.data, options.images)
    leakage = find_leakage(checked.pictures, declared=())
    problems = in_order([*checked.problems, *leakage.problems])
    if options.json is not None:
        write_json(options.json, content_of(checked, leakage))
    print(summary(problems, checked, leakage))
    return int(any(problem.severity == ERROR for problem in problems))


def _check(target: Path, images: Path | None) -> Checked:
    if images is None and not has_coco(target):
        return check_labelled_set(target)
    return check_parts(parts_of(target, images), target if target.is_dir() else target.parent)
