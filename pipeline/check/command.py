"""The check of any COCO data set, from the command line."""

import argparse
from pathlib import Path

from pipeline.check.dataset import check_parts, parts_of
from pipeline.check.leakage import find_leakage
from pipeline.check.problem import ERROR, in_order
from pipeline.check.report import content_of, summary
from pipeline.data.files import write_json


def check_any(*words: str) -> int:
    """Print all problems of the data set that the words name; 1 if there are errors, else 0."""
    parser = argparse.ArgumentParser(
        prog="python -m pipeline.stages.check",
        description="All problems of a COCO data set, and pictures that its splits share. Without arguments: of the "
        "experiment in params.yaml. Exit code 0: no errors, 1: errors, 2: cannot run.",
    )
    parser.add_argument("data", metavar="FOLDER_OR_JSON", type=Path, help="COCO file, or folder of annotations.json")
    parser.add_argument("--images", metavar="DIR", type=Path, help="its images; default: `images` beside the file")
    parser.add_argument("--json", metavar="OUT", type=Path, help="write all problems there")
    options = parser.parse_args(words)
    root = options.data if options.data.is_dir() else options.data.parent
    checked = check_parts(parts_of(options.data, options.images), root)
    leakage = find_leakage(checked.pictures, declared=())
    problems = in_order([*checked.problems, *leakage.problems])
    if options.json is not None:
        write_json(options.json, content_of(checked, leakage))
    print(summary(problems, checked, leakage))
    return int(any(problem.severity == ERROR for problem in problems))
