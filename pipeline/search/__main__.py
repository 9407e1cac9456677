"""Which augmentations help the gate's rung on real frames, and does it hold at full size? `python -m pipeline.search`

Trials learn from a proxy, fewer synthetic images for fewer steps, and are scored on the labelled real training frames,
from which no rung's detector learns; the real test frames are not opened. The best are then trained again, on the
proxy and at full size, beside no policy and a hand's. Writes data/out/search/{search.json,trials.csv}; a killed search
goes on where it was.
"""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from tqdm import tqdm

from pipeline.config import load_params
from pipeline.data.files import atomic_folder, sha256_of, write_json, write_text
from pipeline.errors import UserError, main
from pipeline.measure import folders
from pipeline.measure.categories import ByCategory, match_categories, mean_recall, to_find
from pipeline.measure.matching import Detections
from pipeline.measure.results import load_test_set
from pipeline.params import Params
from pipeline.search.halving import best, open_study, policy_of, rounds, search
from pipeline.search.progress import Trained, progress_folder
from pipeline.search.report import content_of, trial_table
from pipeline.search.space import Policy, mirrors
from pipeline.search.training import FULL, PROXY, Bench, Task, keep_to_one_core, pack_sizes, train_all
from pipeline.search.transfer import HAND, NONE
from pipeline.shards.read import plain_folder
from pipeline.workers import start_workers

OUT = Path("data/out/search")
FIRST_RUN = 1000  # of the trials; the trainings that are compared have the runs from 0, as those of the experiment


def run() -> None:
    """Search, train the best again, and write what came of it."""
    params = load_params()
    check(params)
    with tempfile.TemporaryDirectory(prefix="search-") as scratch, start_workers(keep_to_one_core) as pool:
        bench = Bench(pack_sizes(params, Path(scratch)), load_test_set(folders.real_set("train")), params)
        check_mirroring(bench)
        files = [*(packed.path for packed in bench.packed.values()), *bench.validation.paths, *labels(params)]
        progress = progress_folder("search", params, files)
        study = open_study(progress / "trials.log", params.search, params.seed)
        search_side_by_side(study, bench, pool)
        chosen = best(study, params.search.best)
        policies = {NONE: Policy(), HAND: Policy(params.search.hand_policy)}
        policies |= {f"trial_{trial.number}": policy_of(trial) for trial in chosen}
        matches = train_again(policies, bench, Trained(progress, bench.validation), pool)
    content = content_of(policies, matches, chosen, study.trials, bench)
    with atomic_folder(OUT) as out:
        write_json(out / "search.json", content | {"made_from": {p.as_posix(): sha256_of(p) for p in labels(params)}})
        write_text(out / "trials.csv", trial_table(study.trials, rounds(params.search)))
    print(f"{OUT}/search.json: {content['sentence']}")


def check(params: Params) -> None:
    """Raises UserError if detectors are trained by a command: it knows no policies."""
    if params.detector.kind != "builtin":
        raise UserError(
            f"params.yaml: detector.kind: expected builtin, whose training takes policies, found "
            f"{params.detector.kind}; set it for this"
        )


def check_mirroring(bench: Bench) -> None:
    """Raises UserError if the hand's policy mirrors what has no mirror image."""
    chiral = [category.name for category in bench.packed[FULL].categories if category.chiral]
    if chiral and (names := mirrors(bench.params.search.hand_policy)):
        raise UserError(
            f"params.yaml: search.hand_policy: {', '.join(names)} mirrors the image, but the mirror image of "
            f"{', '.join(chiral)} is another thing (chiral); remove it"
        )


def labels(params: Params) -> list[Path]:
    """Annotations of what is learned from and of what validates."""
    synth = plain_folder(folders.synth_set(params.gate.rung).with_name("train"))
    return [folder / "annotations.json" for folder in (synth, folders.real_set("train"))]


def search_side_by_side(study, bench: Bench, pool: ProcessPoolExecutor) -> None:
    """All trials of the study, in parallel processes."""
    bar = tqdm(desc="search", unit="training", disable=None)

    def score(trials: Sequence[tuple[int, Policy]], steps: int) -> Iterator[tuple[int, float]]:
        tasks = {number: Task(policy, PROXY, steps, FIRST_RUN + number) for number, policy in trials}
        for number, found in train_all(tasks, bench, pool):
            bar.update()
            yield number, mean_recall(matches_of(found, bench), bench.params.evaluate.fppi)

    with bar:
        search(study, bench.params.search, score)


def train_again(policies: Mapping[str, Policy], bench: Bench, trained: Trained, pool: ProcessPoolExecutor
                ) -> dict[str, dict[str, list[ByCategory]]]:
    """{policy: {size: [matches of every seed]}}; what was trained before a kill is read."""
    params = bench.params
    steps = {FULL: params.train.steps, PROXY: rounds(params.search)[-1]}  # long ones first: no core waits at the end
    tasks = {
        f"{name}-{size}-{seed}": Task(policy, size, steps[size], seed)
        for size in steps for name, policy in policies.items() for seed in range(params.search.seeds)
    }  # fmt: skip
    waiting = {name: task for name, task in tasks.items() if not trained.has(name)}
    for name, found in tqdm(train_all(waiting, bench, pool), "train again", len(waiting), disable=None):
        trained.keep(name, found)

    def matches(name: str, size: str) -> list[ByCategory]:
        seeds = range(params.search.seeds)
        return [matches_of(trained.read(f"{name}-{size}-{seed}"), bench) for seed in seeds]

    return {name: {size: matches(name, size) for size in steps} for name in policies}


def matches_of(found: list[Detections], bench: Bench) -> ByCategory:
    names = to_find(bench.validation)
    return match_categories(bench.validation.truths, found, names, bench.params.evaluate.iou)


if __name__ == "__main__":
    main(run)
