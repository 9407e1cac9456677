"""The transfer matrix: what a detector made on one rung is worth on the others."""

from collections.abc import Mapping, Sequence

from pipeline.measure.categories import match_categories, mean_recall
from pipeline.measure.results import TestSet
from pipeline.params import Params


def recall_table(
    names: list[str], sets: Mapping[str, TestSet], found: Mapping, categories: Sequence[str], params: Params
) -> dict:
    """Recall at the operating point, mean over seeds, of each detector (row) on each test set (column).

    found: {(detector, test set, seed): list of Detections, one an image}; it may cover only the first images. Several
    categories: their mean.
    """
    settings = params.evaluate

    def recall(name: str, column: str, seed: int) -> float:
        detections = found[name, column, seed]
        truths = sets[column].truths[: len(detections)]
        return mean_recall(match_categories(truths, detections, categories, settings.iou), settings.fppi)

    seeds = range(params.train.seeds)
    table = [
        [round(sum(recall(name, column, seed) for seed in seeds) / len(seeds), 4) for column in sets]
        for name in names
    ]
    return {"rows": names, "columns": list(sets), "recall": table}
