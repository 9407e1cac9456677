"""gap: gap.json, gap.csv and the picture of the ladder, from what evaluate and transfer left."""

from collections.abc import Sequence
from functools import partial

from pipeline.compare.fingerprint import fingerprint
from pipeline.compare.gap import build_gap
from pipeline.compare.table import gap_csv, gap_text
from pipeline.config import load_params
from pipeline.data.files import write_json, write_text
from pipeline.errors import main
from pipeline.measure import folders
from pipeline.measure.categories import ByCategory, match_categories, measured_names
from pipeline.measure.results import TestSet, load_test_set, read_json, read_results
from pipeline.params import Params
from pipeline.report.ladder import ladder_file


def run() -> None:
    """Write data/report/gap.json, gap.csv and ladder.svg and print the table of rungs."""
    params = load_params()
    load = partial(load_test_set, look_for_images=False)
    real = load(folders.real_set("test"))
    synth = {name: load(folders.synth_set(name)) for name in params.ladder}
    names = measured_names(real, synth)
    matches = {
        name: {
            "real": match_seeds(name, "real", real, names, params),
            "synth": match_seeds(name, "synth", synth[name], names, params),
        }
        for name in params.ladder
    }
    matches[folders.REAL_ONLY] = {"real": match_seeds(folders.REAL_ONLY, "real", real, names, params)}
    metrics = {name: read_json(folders.evaluation(name) / "metrics.json") for name in matches}
    transfer = read_json(folders.OUT / "transfer" / "transfer.json")
    train_images = len(load(folders.real_set("train")))
    gap = build_gap(matches, metrics, transfer, train_images, fingerprint(params), params)
    write_text(folders.REPORT / "gap.csv", gap_csv(gap))
    write_text(folders.REPORT / "ladder.svg", ladder_file(gap))
    write_json(folders.REPORT / "gap.json", gap)
    print(gap_text(gap))


def match_seeds(name: str, kind: str, test_set: TestSet, names: Sequence[str], params: Params) -> list[ByCategory]:
    """The matches of each seed of a detector on `test_set`, from the results that evaluate wrote."""
    paths = [folders.results(name, kind, seed) for seed in range(params.train.seeds)]
    found = [read_results(path, test_set.image_ids, test_set.categories) for path in paths]
    return [match_categories(test_set.truths, one, names, params.evaluate.iou) for one in found]


if __name__ == "__main__":
    main(run)
