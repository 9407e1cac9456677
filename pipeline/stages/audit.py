"""audit: is a transform safe? Each one, at each strength, on the labelled real training frames. Opt-in."""

import tempfile
from collections.abc import Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from pathlib import Path

from tqdm import tqdm

from pipeline.audit.frames import Frames, read_frames
from pipeline.audit.measure import Witnesses, call_witnesses, measure, plain_scores, train_one
from pipeline.audit.results import all_results
from pipeline.augment.transforms import MIRRORING, TRANSFORMS
from pipeline.config import load_params
from pipeline.data.coco import CocoSet
from pipeline.data.files import sha256_of, write_json
from pipeline.errors import main
from pipeline.labels.builtin import checkpoint
from pipeline.labels.out_of_fold import FOLDS
from pipeline.measure import folders
from pipeline.params import Params
from pipeline.workers import start_workers

OUT = folders.OUT / "audit"
_worker: dict[str, Witnesses] = {}


def run() -> None:
    """Write data/out/audit/audit.json. Raises UserError where frames or detectors are missing."""
    params = load_params()
    witnesses = [checkpoint(name, 0, params) for name in (folders.REAL_ONLY, params.gate.rung)]
    frames, coco = read_frames()
    refused = refused_names(frames)
    names = [name for name in TRANSFORMS if name not in refused]
    with tempfile.TemporaryDirectory(prefix="audit-") as experts:
        train_experts(coco, frames, params, Path(experts))
        plain, measured = measure_all(names, frames, params, Path(experts))
    results = all_results(plain, measured, refused, params)
    made_from = [*witnesses, folders.real_set("train") / "annotations.json"]
    write_json(OUT / "audit.json", results | {"made_from": {path.as_posix(): sha256_of(path) for path in made_from}})
    print(f"audit: {len(names)} transforms at {len(params.audit.strengths)} strengths, {OUT / 'audit.json'}")


def refused_names(frames: Frames) -> list[str]:
    """Transforms that show mirror images, where a mirror image shows something else: corrupt by definition."""
    return [name for name in TRANSFORMS if name in MIRRORING and frames.chiral]


def train_experts(coco: CocoSet, frames: Frames, params: Params, folder: Path) -> None:
    """One for every fold and seed."""
    with start_workers(_nothing) as pool:
        jobs = [pool.submit(train_one, coco, frames, fold, seed, params, folder)
                for seed in range(params.train.seeds) for fold in range(FOLDS)]
        _results(jobs, "audit: experts", pool)


def measure_all(names: list[str], frames: Frames, params: Params, experts: Path) -> tuple[dict, dict[str, list[dict]]]:
    """What `plain_scores` and, for each name and strength, `measure` find."""
    strengths = params.audit.strengths
    with start_workers(_start, frames, params, experts) as pool:
        jobs = [pool.submit(_plain)]
        jobs += [pool.submit(_measure, name, strength) for name in names for strength in strengths]
        plain, *found = _results(jobs, "audit: pictures", pool)
    count = len(strengths)
    return plain, {name: found[i * count : (i + 1) * count] for i, name in enumerate(names)}


def _results(jobs: Sequence[Future], title: str, pool: ProcessPoolExecutor) -> list:
    """Of all jobs in their order; where one fails, those that have not begun never do."""
    try:
        return [job.result() for job in tqdm(jobs, title, disable=None)]
    finally:
        pool.shutdown(cancel_futures=True)


def _nothing() -> None:
    """Experts need no preparation."""


def _start(frames: Frames, params: Params, experts: Path) -> None:
    _worker.update(given=(frames, params, experts))


def _witnesses() -> Witnesses:
    """Made in the first job: what fails there is said, what fails at the start is not."""
    if "witnesses" not in _worker:
        _worker["witnesses"] = call_witnesses(*_worker["given"])
    return _worker["witnesses"]


def _plain() -> dict:
    return plain_scores(_witnesses())


def _measure(name: str, strength: float) -> dict:
    return measure(_witnesses(), name, strength)


if __name__ == "__main__":
    main(run)
