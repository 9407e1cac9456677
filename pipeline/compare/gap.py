"""gap.json: how much recall on real frames each rung bought, what gap is left, and how sure we are."""

from collections.abc import Mapping, Sequence

import numpy as np

from pipeline.compare.fingerprint import SCHEMA
from pipeline.compare.resample import Estimate, estimate_recalls
from pipeline.compare.verdict import effect_of, rung_sentence
from pipeline.data.coco import PERSON
from pipeline.measure.categories import ByCategory
from pipeline.measure.folders import REAL_ONLY
from pipeline.measure.recall import height_edges, heights_px, people_found, recall_by_height
from pipeline.params import Params


def build_gap(
    matches: Mapping[str, Mapping[str, Sequence[ByCategory]]],
    metrics: Mapping[str, Mapping[str, float]],
    transfer: Mapping,
    train_images: int,
    fingerprint: str,
    params: Params,
) -> dict:
    """The content of gap.json.

    matches: {detector: {"real" or "synth": [one a seed]}}, for the ladder's rungs and real_only.
    metrics: {detector: content of its metrics.json}. fingerprint: see `pipeline.compare.fingerprint`.

    Of several categories every number is the mean, and "categories" holds those of each.
    """
    settings = params.evaluate
    estimates = estimate_recalls(matches, params)
    frames = matches[REAL_ONLY]["real"][0]
    heights = np.concatenate([heights_px(one) for one in frames.values()])
    edges = height_edges(heights)
    counts = recall_by_height(heights, np.zeros(len(heights), bool), edges)[1]
    common = {
        name: {
            "recall_real": _round(kinds["real"].value),
            "recall_real_ci95": _interval(kinds["real"], 0, 1),
            "recall_by_height": _heights(matches[name]["real"], edges, settings.fppi),
        }
        | _metrics(metrics[name], "real", settings.low_fppi)
        for name, kinds in estimates.items()
    }
    rungs, before = {}, None
    for name in params.ladder:
        mine = estimates[name]
        rungs[name] = (
            common[name]
            | _synth_and_gap(mine)
            | {"ap50_synth": metrics[name]["ap50_synth"], "seeds": len(matches[name]["real"])}
            | _gain(name, mine["real"], before)
            | _to_real_only(mine["real"], estimates[REAL_ONLY]["real"])
        )
        before = mine["real"]
    return {
        "schema": SCHEMA,
        "params_sha256": fingerprint,
        "operating_point": {"iou": settings.iou, "fppi": settings.fppi},
        "real": {
            "name": params.real.name,
            "test_images": next(iter(frames.values())).image_count,
            "test_boxes": len(heights),
        }
        | ({} if list(frames) == [PERSON.name] else {"categories": list(frames)}),
        "height_bins": {"edges_px": edges, "boxes": counts},
        "rungs": rungs,
        "real_only": common[REAL_ONLY]
        | {"train_images": train_images, "seeds": len(matches[REAL_ONLY]["real"])},
        "transfer": {key: transfer[key] for key in ("rows", "columns", "recall")},
    } | ({"categories": categories_of(matches, metrics, params)} if len(frames) > 1 else {})


def categories_of(matches: Mapping, metrics: Mapping, params: Params) -> dict:
    """{category: the numbers of every detector for it alone}, as in the rest of gap.json."""
    return {name: _category(name, matches, metrics, params) for name in matches[REAL_ONLY]["real"][0]}


def _category(name: str, matches: Mapping, metrics: Mapping, params: Params) -> dict:
    alone = {
        detector: {kind: [{name: one[name]} for one in per_seed] for kind, per_seed in kinds.items()}
        for detector, kinds in matches.items()
    }
    told = {}
    for detector, mine in estimate_recalls(alone, params).items():
        numbers = metrics[detector]["categories"][name]
        told[detector] = {"recall_real": _round(mine["real"].value), "recall_real_ci95": _interval(mine["real"], 0, 1)}
        told[detector] |= _metrics(numbers, "real", params.evaluate.low_fppi)
        if "synth" in mine:
            told[detector] |= _synth_and_gap(mine) | {"ap50_synth": numbers["ap50_synth"]}
    real_only = told.pop(REAL_ONLY)
    boxes = len(matches[REAL_ONLY]["real"][0][name].person_box)
    return {"test_boxes": boxes, "rungs": told, "real_only": real_only}


def _metrics(metrics: Mapping[str, float], kind: str, low_fppi: float) -> dict:
    low = f"{low_fppi:g}"
    return {
        f"recall_{kind}_fppi_{low}": metrics[f"recall_fppi_{low}_{kind}"],
        f"ap50_{kind}": metrics[f"ap50_{kind}"],
        f"ap_{kind}": metrics[f"ap_{kind}"],
        f"lamr_{kind}": metrics[f"lamr_{kind}"],
        f"iou_{kind}": metrics[f"iou_{kind}"],
    }


def _heights(per_seed: Sequence[ByCategory], edges: list[int], fppi: float) -> list[float]:
    """All categories together, each at its own operating point."""

    def recalls_of(one: ByCategory) -> list[float]:
        heights = np.concatenate([heights_px(matches) for matches in one.values()])
        found = np.concatenate([people_found(matches, fppi) for matches in one.values()])
        return recall_by_height(heights, found, edges)[0]

    recalls = np.mean([recalls_of(one) for one in per_seed], axis=0)
    return [_round(value) for value in recalls]


def _synth_and_gap(mine: Mapping[str, Estimate]) -> dict:
    gap = mine["synth"] - mine["real"]
    return {
        "recall_synth": _round(mine["synth"].value),
        "recall_synth_ci95": _interval(mine["synth"], 0, 1),
        "gap": _round(gap.value),
        "gap_ci95": _interval(gap, -1, 1),
    }


def _gain(name: str, mine: Estimate, before: Estimate | None) -> dict:
    """What this rung added to the one before it; `helped` is true only if the interval lies above 0."""
    gain = None if before is None else _round((mine - before).value)
    interval = None if before is None else _interval(mine - before, -1, 1)
    effect = effect_of(interval)
    return {
        "gain_over_previous": gain,
        "gain_ci95": interval,
        "helped": None if before is None else effect == "helped",
        "effect": effect,
        "verdict": rung_sentence(name, effect, gain, interval),
    }


def _to_real_only(mine: Estimate, real_only: Estimate) -> dict:
    difference = mine - real_only
    return {
        "difference_to_real_only": _round(difference.value),
        "difference_to_real_only_ci95": _interval(difference, -1, 1),
    }


def _round(value: float) -> float:
    return round(float(value), 4) + 0.0  # no -0.0


def _interval(estimate: Estimate, low: float, high: float) -> list[float]:
    return [_round(np.clip(end, low, high)) for end in estimate.interval95()]
