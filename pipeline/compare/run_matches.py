"""What became of every detection of a finished run, from the results that evaluate wrote."""

from collections.abc import Sequence

from pipeline.measure import folders
from pipeline.measure.categories import ByCategory, match_categories, measured_names
from pipeline.measure.results import TestSet, load_test_set, read_results
from pipeline.params import Params


def read_matches(params: Params) -> dict[str, dict[str, list[ByCategory]]]:
    """{detector: {"real" or "synth": [matches of each seed]}}, the ladder's rungs and then real_only.

    Raises DataError where a file is missing or malformed, or the test sets do not go together.
    """
    real = load_test_set(folders.real_set("test"), look_for_images=False)
    synth = {name: load_test_set(folders.synth_set(name), look_for_images=False) for name in params.ladder}
    names = measured_names(real, synth)
    matches = {
        name: {
            "real": _match_seeds(name, "real", real, names, params),
            "synth": _match_seeds(name, "synth", synth[name], names, params),
        }
        for name in params.ladder
    }
    return matches | {folders.REAL_ONLY: {"real": _match_seeds(folders.REAL_ONLY, "real", real, names, params)}}


def _match_seeds(name: str, kind: str, test_set: TestSet, names: Sequence[str], params: Params) -> list[ByCategory]:
    paths = [folders.results(name, kind, seed) for seed in range(params.train.seeds)]
    found = [read_results(path, test_set.image_ids, test_set.categories) for path in paths]
    return [match_categories(test_set.truths, one, names, params.evaluate.iou) for one in found]
