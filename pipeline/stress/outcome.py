"""Recall of every detector at every level, and whether those who learned with an effect hold theirs better."""

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np

from pipeline.compare.resample import Estimate, estimate_recalls
from pipeline.measure.categories import ByCategory
from pipeline.params import Params
from pipeline.stress.levels import AS_IT_IS, KINDS, STILL, Level, all_levels, levels_of

Recalls = dict[str, Estimate]  # by detector


def build_outcome(
    matches: Mapping[Level, Mapping[str, Sequence[ByCategory]]], test_images: int, params: Params
) -> dict:
    """The content of results.json.

    matches: {level: {detector: [one a seed]}}, the same detectors in the same order everywhere. test_images: how many
    real test frames there are, of which the pictures are an even choice.
    """
    images = next(iter(next(iter(matches[STILL].values()))[0].values())).image_count
    spaced = _with_blocks(params, images / test_images)
    recalls = {level: _recalls(matches[level], spaced) for level in all_levels(params.stress)}
    return {
        "images": images,
        "seeds": params.stress.seeds,
        "operating_point": {"iou": params.evaluate.iou, "fppi": params.evaluate.fppi},
        AS_IT_IS.name: _told(recalls[AS_IT_IS]),
        STILL.name: _told(recalls[STILL]),
        "kinds": {kind: _kind(kind, recalls, matches, params) for kind in KINDS},
    }


def _with_blocks(params: Params, share: float) -> Params:
    """Blocks that span as much time as those of `evaluate`, in frames that lie further apart."""
    block = max(1, round(params.evaluate.block_frames * share))
    return dataclasses.replace(params, evaluate=dataclasses.replace(params.evaluate, block_frames=block))


def _recalls(matches: Mapping[str, Sequence[ByCategory]], params: Params) -> Recalls:
    """Frames and seeds are drawn the same at every level, so levels can be compared pair by pair."""
    estimates = estimate_recalls({name: {"real": per_seed} for name, per_seed in matches.items()}, params)
    return {name: kinds["real"] for name, kinds in estimates.items()}


def _kind(kind: str, recalls: Mapping[Level, Recalls], matches: Mapping, params: Params) -> dict:
    levels = levels_of(kind, params.stress)
    knowing, others = groups(KINDS[kind].effect, params)
    return {
        "unit": KINDS[kind].unit,
        "values": [level.value for level in levels],
        "people": [_people(next(iter(matches[level].values()))[0]) for level in levels],
        "detectors": {
            name: {
                "recall": [_round(recalls[level][name].value) for level in levels],
                "recall_ci95": [_interval(recalls[level][name], 0, 1) for level in levels],
            }
            for name in recalls[STILL]
        },
        "effect": KINDS[kind].effect,
        "with_effect": knowing,
        "without_effect": others,
        "comparison": _comparison(knowing, others, levels, recalls),
    }


def _people(by_category: ByCategory) -> int:
    return sum(len(matches.person_box) for matches in by_category.values())


def groups(effect: str, params: Params) -> tuple[list[str], list[str]]:
    """The ladder's rungs that show `effect` to their detector, as they or a rung before them add it; the others."""
    first = next((i for i, rung in enumerate(params.ladder) if effect in params.rungs[rung]), len(params.ladder))
    return list(params.ladder[first:]), list(params.ladder[:first])


def _comparison(knowing: list, others: list, levels: Sequence[Level], recalls: Mapping[Level, Recalls]) -> dict | None:
    """What the two groups keep of their recall on average over the levels; None where a group is empty.

    Kept is recall at a level / recall of the same detectors on frames exposed again without stress, so that a group
    that was better to begin with is not better for that.
    """
    if not knowing or not others:
        return None
    kept = [_kept(group, levels, recalls) for group in (knowing, others)]
    difference = kept[0] - kept[1]
    low, high = _interval(difference, -10, 10)
    return {
        "kept_with": _round(kept[0].value),
        "kept_with_ci95": _interval(kept[0], 0, 10),
        "kept_without": _round(kept[1].value),
        "kept_without_ci95": _interval(kept[1], 0, 10),
        "difference": _round(difference.value),
        "difference_ci95": [low, high],
        "verdict": "holds" if low > 0 else "falls" if high < 0 else "not told apart",
    }


def _kept(group: list[str], levels: Sequence[Level], recalls: Mapping[Level, Recalls]) -> Estimate:
    before = [recalls[STILL][name] for name in group]
    after = [recalls[level][name] for level in levels for name in group]

    def share(values, start) -> np.ndarray:
        return np.mean(values, axis=0) / np.maximum(np.mean(start, axis=0), 1e-9)

    value = float(share([e.value for e in after], [e.value for e in before]))
    resamples = share([e.resamples for e in after], [e.resamples for e in before])
    return Estimate(value, resamples, before[0].blocks)


def _told(recalls: Recalls) -> dict:
    return {
        name: {"recall": _round(one.value), "recall_ci95": _interval(one, 0, 1)} for name, one in recalls.items()
    }


def _round(value: float) -> float:
    return round(float(value), 4) + 0.0  # no -0.0


def _interval(estimate: Estimate, low: float, high: float) -> list[float]:
    return [_round(np.clip(end, low, high)) for end in estimate.interval95()]
