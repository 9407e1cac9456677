"""stress: the recall of every detector on real frames that were exposed again. They are only measured on."""

import numpy as np

from pipeline.config import load_params
from pipeline.data.files import write_json, write_text
from pipeline.errors import main
from pipeline.measure import folders
from pipeline.measure.categories import match_categories, to_find
from pipeline.measure.predict import predict
from pipeline.measure.results import load_test_set
from pipeline.params import Params
from pipeline.stress.folders import RESULTS, TABLE, level_set
from pipeline.stress.levels import all_levels
from pipeline.stress.outcome import build_outcome
from pipeline.stress.table import outcome_csv, outcome_text


def run() -> None:
    """Write data/out/stress/results.json and data/report/stress.csv and print the table."""
    params = load_params()
    test_images = len(load_test_set(folders.real_set("test"), look_for_images=False))
    outcome = build_outcome(match_all(params), test_images, params)
    write_json(RESULTS, outcome)
    write_text(TABLE, outcome_csv(outcome))
    print(outcome_text(outcome))


def match_all(params: Params) -> dict:
    """{level: {detector: [matches of each seed]}}, of the categories of the real test frames."""
    categories = to_find(load_test_set(folders.real_set("test"), look_for_images=False))
    sets = {level: load_test_set(level_set(level)) for level in all_levels(params.stress)}
    names = [*params.ladder, folders.REAL_ONLY]
    owners = [(name, seed) for name in names for seed in range(params.stress.seeds)]
    paths = [path for test_set in sets.values() for path in test_set.paths]
    detectors = [folders.trained(name, seed, params.detector.kind) for name, seed in owners]
    wanted = np.ones((len(owners), len(paths)), bool)
    table = predict(detectors, paths, wanted, params, "stress")
    matches, first = {}, 0
    for level, test_set in sets.items():
        last = first + len(test_set)
        found = {owner: row[first:last] for owner, row in zip(owners, table, strict=True)}
        matches[level] = {
            name: [
                match_categories(test_set.truths, found[name, seed], categories, params.evaluate.iou)
                for seed in range(params.stress.seeds)
            ]
            for name in names
        }
        first = last
    return matches


if __name__ == "__main__":
    main(run)
