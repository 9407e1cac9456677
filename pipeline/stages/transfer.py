"""transfer: the recall of every detector on every rung's test set and on real frames."""

import numpy as np

from pipeline.compare.transfer import recall_table
from pipeline.config import load_params
from pipeline.data.files import write_json
from pipeline.errors import main
from pipeline.measure import folders
from pipeline.measure.categories import to_find
from pipeline.measure.predict import predict
from pipeline.measure.results import TestSet, load_test_set, read_results
from pipeline.params import Params


def run() -> None:
    """Write data/out/transfer/transfer.json: rows are detectors, columns are test sets, mean over seeds."""
    params = load_params()
    rungs = list(params.ladder)
    names = [*rungs, folders.REAL_ONLY]
    sets = {rung: load_test_set(folders.synth_set(rung)) for rung in rungs}
    found = detect_elsewhere(names, sets, params)
    sets["real"] = load_test_set(folders.real_set("test"))
    for name in names:  # its own rung and real frames: evaluate has been there
        for column, kind in [("real", "real")] + [(name, "synth")] * (name in rungs):
            for seed in range(params.train.seeds):
                path = folders.results(name, kind, seed)
                found[name, column, seed] = read_results(path, sets[column].image_ids, sets[column].categories)
    table = recall_table(names, sets, found, to_find(sets["real"]), params)
    write_json(folders.OUT / "transfer" / "transfer.json", table)


def detect_elsewhere(names: list[str], sets: dict[str, TestSet], params: Params) -> dict:
    """{(detector, test set, seed): detections} on the first `transfer_images` images of the other rungs."""
    owners = [(name, seed) for name in names for seed in range(params.train.seeds)]
    first = {rung: test_set.paths[: params.evaluate.transfer_images] for rung, test_set in sets.items()}
    paths = [path for some in first.values() for path in some]
    column = np.repeat(list(first), [len(some) for some in first.values()])
    wanted = np.array([[name != there for there in column] for name, _ in owners])
    detectors = [folders.trained(name, seed, params.detector.kind) for name, seed in owners]
    table = predict(detectors, paths, wanted, params, "transfer")
    return {
        (name, there, seed): [row[i] for i in np.flatnonzero(column == there)]
        for (name, seed), row in zip(owners, table, strict=True)
        for there in sets
        if there != name
    }


if __name__ == "__main__":
    main(run)
