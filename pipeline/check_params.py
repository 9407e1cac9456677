"""Is params.yaml sound, by itself and together with the files that it names? Nothing is run."""

import sys
from pathlib import Path

from pipeline.build import sound
from pipeline.categories import coco_categories
from pipeline.config import params_and_problems
from pipeline.data.coco import read_coco
from pipeline.data.real_set import labelled_splits, of_categories
from pipeline.data.splits import check_splits
from pipeline.errors import UserError
from pipeline.fields import is_section, walk
from pipeline.params import Params, RealParams
from pipeline.scene.own_atlas import SUFFIXES
from pipeline.scene.own_files import category_files
from pipeline.scene.standing import read_standing
from pipeline.yaml_file import read_yaml


def run(path: str) -> int:
    """Print one line that all is well, or every problem; return the exit code, 0 or 1."""
    try:
        problems = problems_of(path)
    except UserError as error:
        problems = [str(error)]
    for problem in problems:
        print(problem, file=sys.stderr)
    if not problems:
        keys = [key for key, field in walk(Params, read_yaml(path)) if not is_section(field)]
        print(f"{path}: {len(keys)} keys, all sound")
    return int(bool(problems))


def problems_of(path: str) -> list[str]:
    """A line for every problem of params.yaml and, once it has none, of the files that it names.

    Raises UserError when the file cannot be read at all.
    """
    raw = read_yaml(path)
    params, problems = params_and_problems(raw)
    problems += missing_files(raw) + source_problems(raw)
    return [f"{path}: {problem}" for problem in problems] or data_problems(params)


def missing_files(raw) -> list[str]:
    """Keys that name a file or folder which is not there."""
    kinds = {"file": Path.is_file, "folder": Path.is_dir, "path": Path.exists}
    words = {"file": "a file", "folder": "a folder", "path": "a file or folder"}
    problems = []
    for key, field in walk(Params, raw):
        for kind, is_there in kinds.items():
            named = field.metadata.get(kind) and value_at(raw, key)
            if isinstance(named, str) and not (named == "" and field.metadata["may_be_empty"]):
                if not is_there(Path(named)):
                    problems.append(f"{key}: expected {words[kind]}, found none at {named!r}; correct the path")
    return problems


def value_at(raw, key: str):
    """The value of a dotted key in plain data; None where there is none."""
    for name in key.split("."):
        raw = raw.get(name) if isinstance(raw, dict) else None
    return raw


def source_problems(raw) -> list[str]:
    """Splits that overlap, and a video that nothing gives."""
    real = sound(RealParams, raw, "real")
    if real is None:
        return []
    problems = []
    if real.video_member and not (real.video_path or real.package):
        problems = ["real.package: expected it or video_path, found both empty"]
    return problems + [line.removeprefix("params.yaml: ") for line in lines_of(check_splits, real)]


def data_problems(params: Params) -> list[str]:
    """Annotations and outlines that cannot be used as they are."""
    scenes = params.scenes
    problems = lines_of(annotation_problems, params)
    for name, category in params.assets.categories.items():
        if category.kind in SUFFIXES:
            problems += lines_of(category_files, category.folder, name, SUFFIXES[category.kind])
    if any("site" in params.rungs[rung] for rung in params.ladder):
        problems += lines_of(read_standing, params.effects.site.standing, scenes.width_px, scenes.height_px)
    return problems


def annotation_problems(params: Params) -> None:
    """Raises a UserError where the annotations of the real pictures do not fit them or the categories."""
    real, categories = params.real, coco_categories(params.assets.categories)
    if real.video_member and not real.video_path:  # the video is not there yet, and so are not its frames' sizes
        of_categories(read_coco(real.annotations, image_folder=None, categories=None), categories, real.annotations)
    else:
        labelled_splits(real, Path(real.video_path) if real.video_path else None, categories)


def lines_of(func, *values) -> list[str]:
    """The problems that `func(*values)` raises as a UserError."""
    try:
        func(*values)
    except UserError as error:
        return str(error).splitlines()
    return []
