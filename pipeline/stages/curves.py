"""curves: recall on real frames against how much was learned from -> data/out/curves/curves.json.

Opt-in: `dvc repro lab/dvc.yaml:curves`. What was trained is kept below data/out/progress: a killed run goes on there.
"""

import tempfile
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

from tqdm import tqdm

from pipeline.config import load_params
from pipeline.curves.outcome import Points, content_of
from pipeline.curves.plan import (
    AUGMENTED,
    PLAIN,
    PRETRAINED,
    SCRATCH,
    Lesson,
    folds_of,
    name_of,
    pack_all,
    real_lessons,
    real_sizes,
    synthetic_lessons,
    synthetic_sizes,
)
from pipeline.curves.training import learn_and_look
from pipeline.data.coco import CocoSet, read_coco
from pipeline.data.files import sha256_of, write_json
from pipeline.detect.dataset import PackedSet
from pipeline.errors import UserError, main
from pipeline.labels.out_of_fold import read_split
from pipeline.measure import folders
from pipeline.measure.categories import match_categories, to_find
from pipeline.measure.results import load_test_set
from pipeline.params import Params
from pipeline.search.progress import Trained, progress_folder
from pipeline.search.training import keep_to_one_core
from pipeline.shards.read import plain_folder
from pipeline.workers import start_workers

OUT = Path("data/out/curves")


def run() -> None:
    """Train at every size, with and without what is compared, and write what came of it."""
    params = load_params()
    if params.detector.kind != "builtin":
        raise UserError(f"params.yaml: detector.kind: expected builtin, whose training can be cut short, found "
                        f"{params.detector.kind}; set it for this")  # fmt: skip
    synth_folder = plain_folder(folders.synth_set(params.gate.rung).with_name("train"))
    real_folder = folders.real_set("train")
    labels = [folder / "annotations.json" for folder in (synth_folder, real_folder)]
    synth, real = read_coco(labels[0], synth_folder / "images", None), read_split("train")
    validation = load_test_set(real_folder)
    pictures = {"synthetic": synth_folder / "images", "real": real_folder / "images"}
    with tempfile.TemporaryDirectory(prefix="curves-") as scratch, start_workers(keep_to_one_core) as pool:
        scale = params.detector.input_scale
        sets = pack_all(synth, real, pictures, params.curves, scale, Path(scratch))
        files = [*(packed.path for packed in sets.values()), *validation.paths, *labels]
        progress = progress_folder("curves", params, files)
        trained = Trained(progress, validation)
        for lessons in (synthetic_lessons(synth, real, params.curves, progress),
                        real_lessons(real, params.curves, progress)):  # fmt: skip
            train_all(lessons, sets, trained, params, pool)
    content = content_of(points(synth, real, trained, params), params)
    content |= {"frames": len(validation), "made_from": {path.as_posix(): sha256_of(path) for path in labels}}
    write_json(OUT / "curves.json", content)
    print(f"{OUT}/curves.json: {' '.join(content['sentences'])}")


def train_all(lessons: Mapping[str, Lesson], sets: Mapping[str, PackedSet], trained: Trained, params: Params,
              pool: ProcessPoolExecutor) -> None:
    """Side by side; what was trained before a kill is not trained again."""
    jobs = {
        pool.submit(learn_and_look, lesson, {lesson.data: sets[lesson.data]}, trained.validation, params): name
        for name, lesson in lessons.items() if not trained.has(name)
    }  # fmt: skip
    try:
        for job in tqdm(as_completed(jobs), "curves", len(jobs), unit="training", disable=None):
            trained.keep(jobs[job], job.result())
    finally:
        for job in jobs:
            job.cancel()


def points(synth: CocoSet, real: CocoSet, trained: Trained, params: Params) -> Points:
    """Of real frames every frame's detections are those of the detector that did not learn from its block."""
    folds, runs, names = folds_of(real, params.curves), range(params.curves.seeds), to_find(trained.validation)
    found: dict = {arm: {} for arm in (AUGMENTED, PLAIN, SCRATCH, PRETRAINED)}
    for arm in (AUGMENTED, PLAIN):
        for size in synthetic_sizes(synth, params.curves):
            found[arm][size] = [trained.read(name_of(arm, size, run)) for run in runs]
    for arm in (SCRATCH, PRETRAINED):
        for size in real_sizes(real, params.curves):
            found[arm][size] = [cross_fitted(trained, arm, size, run, folds) for run in runs]
    truths, iou = trained.validation.truths, params.evaluate.iou
    return {
        arm: {size: [match_categories(truths, one, names, iou) for one in each] for size, each in sizes.items()}
        for arm, sizes in found.items()
    }


def cross_fitted(trained: Trained, arm: str, size: int, run: int, folds: list) -> list:
    of_fold = [trained.read(name_of(arm, size, run, fold)) for fold in range(len(folds))]
    return [of_fold[fold][i] for fold, part in enumerate(folds) for i in part]


if __name__ == "__main__":
    main(run)
