"""Every number of one detector on one test set."""

from collections.abc import Mapping, Sequence

from pipeline.measure.average_precision import average_precision
from pipeline.measure.categories import of_category
from pipeline.measure.lamr import log_average_miss_rate
from pipeline.measure.matching import Detections, Truth, match_set
from pipeline.measure.recall import mean_overlap, recall_at_fppi
from pipeline.params import Params


def summarize_categories(
    truths: Sequence[Truth], found: Sequence[Detections], names: Sequence[str], params: Params
) -> dict[str, dict[str, float]]:
    """`summarize` of each category."""
    return {name: summarize(of_category(truths, name), of_category(found, name), params) for name in names}


def mean_of(summaries: Mapping[str, dict[str, float]]) -> dict[str, float]:
    """The mean of the categories' summaries, number by number."""
    keys = next(iter(summaries.values()))
    return {key: sum(summary[key] for summary in summaries.values()) / len(summaries) for key in keys}


def summarize(truths: Sequence[Truth], found: Sequence[Detections], params: Params) -> dict[str, float]:
    """Of one category: recall, recall_fppi_<low>, ap50, ap, lamr, iou (mean over the hits at the operating point)."""
    settings = params.evaluate
    matches = match_set(truths, found, settings.iou)
    ap, ap50 = average_precision(truths, found, params.decoding.max_detections)
    return {
        "recall": recall_at_fppi(matches, settings.fppi),
        f"recall_fppi_{settings.low_fppi:g}": recall_at_fppi(matches, settings.low_fppi),
        "ap50": ap50,
        "ap": ap,
        "lamr": log_average_miss_rate(matches),
        "iou": mean_overlap(matches, settings.fppi),
    }


def flatten(summaries: Sequence[dict[str, float]], test_set: str) -> dict[str, float]:
    """Means over seeds as <key>_<test_set>, each seed's recall as recall_<test_set>_seed<k>; 4 decimals."""
    flat = {
        f"{key}_{test_set}": sum(summary[key] for summary in summaries) / len(summaries)
        for key in summaries[0]
    }
    flat |= {f"recall_{test_set}_seed{seed}": summary["recall"] for seed, summary in enumerate(summaries)}
    return {key: round(value, 4) for key, value in flat.items()}
