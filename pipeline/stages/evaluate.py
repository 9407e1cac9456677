"""evaluate <name>: detections and metrics of one rung's detectors, on their own scenes and on real frames."""

import numpy as np

from pipeline.config import load_params
from pipeline.data.files import write_json
from pipeline.errors import UserError, main
from pipeline.measure import folders
from pipeline.measure.categories import measured_names
from pipeline.measure.predict import predict
from pipeline.measure.results import TestSet, load_test_set, read_results, write_results
from pipeline.measure.summary import flatten, mean_of, summarize_categories


def run(name: str) -> None:
    """Write data/out/evaluate/<name>/{synth,real}_seed<k>.json and metrics.json; real_only has no synth.

    The metrics are means over the measured categories; where there are several, those of each stand beside them.
    """
    params = load_params()
    test_sets = load_test_sets(name, params.ladder)
    names = measured_names(test_sets["real"], {name: test_sets["synth"]} if "synth" in test_sets else {})
    detectors = [folders.trained(name, seed, params.detector.kind) for seed in range(params.train.seeds)]
    paths = [path for test_set in test_sets.values() for path in test_set.paths]
    wanted = np.ones((len(detectors), len(paths)), bool)
    table = predict(detectors, paths, wanted, params, f"evaluate {name}")
    metrics: dict = {}
    by_category: dict = {category: {} for category in names}
    first = 0
    for kind, test_set in test_sets.items():
        summaries = []
        for seed, found in enumerate(table):
            path = folders.results(name, kind, seed)
            write_results(path, test_set.image_ids, found[first : first + len(test_set)], test_set.categories)
            rounded = read_results(path, test_set.image_ids, test_set.categories)  # measure what is on disk
            summaries.append(summarize_categories(test_set.truths, rounded, names, params))
        metrics |= flatten([mean_of(summary) for summary in summaries], kind)
        for category in names:
            by_category[category] |= flatten([summary[category] for summary in summaries], kind)
        first += len(test_set)
    if len(names) > 1:
        metrics["categories"] = by_category
    write_json(folders.evaluation(name) / "metrics.json", metrics)


def load_test_sets(name: str, ladder: tuple[str, ...]) -> dict[str, TestSet]:
    """{"synth": the rung's own held-out scenes, "real": the real test frames}; real_only has no synth."""
    if name not in (*ladder, folders.REAL_ONLY):
        raise UserError(
            f"evaluate: {name!r} is neither on the ladder nor {folders.REAL_ONLY}; "
            f"expected one of {', '.join(ladder)}, {folders.REAL_ONLY}"
        )
    real = {"real": load_test_set(folders.real_set("test"))}
    return real if name == folders.REAL_ONLY else {"synth": load_test_set(folders.synth_set(name))} | real


if __name__ == "__main__":
    main(run)
