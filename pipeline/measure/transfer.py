"""The transfer matrix: what a detector made on one rung is worth on the others."""

from collections.abc import Mapping

from pipeline.measure.matching import match_set
from pipeline.measure.recall import recall_at_fppi
from pipeline.measure.results import TestSet
from pipeline.params import Params


def recall_table(names: list[str], sets: Mapping[str, TestSet], found: Mapping, params: Params) -> dict:
    """Recall at the operating point, mean over seeds, of each detector (row) on each test set (column).

    found: {(detector, test set, seed): list of Detections, one an image}.
    """
    settings = params.evaluate

    def recall(name: str, column: str) -> float:
        recalls = [
            recall_at_fppi(
                match_set(sets[column].truths, found[name, column, seed], settings.iou), settings.fppi
            )
            for seed in range(params.train.seeds)
        ]
        return round(sum(recalls) / len(recalls), 4)

    table = [[recall(name, column) for column in sets] for name in names]
    return {"rows": names, "columns": list(sets), "recall": table}
