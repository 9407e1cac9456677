"""Does a gain that was found on the proxy hold at full size? Both gains, with intervals, and a sentence.

A policy's gain is its recall less that of no policy, from fresh trainings of both: the recall that the search saw was
the best of many and owes some of that to luck. Seeds and frames are drawn as in `pipeline.compare`, and the same for
all policies and both sizes: the seed says which crops are drawn, so policies are paired by it.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from pipeline.compare.bootstrap import block_count, block_resamples, resampled_mean_recall, seed_draws
from pipeline.compare.resample import Estimate
from pipeline.compare.verdict import effect_of, signed
from pipeline.measure.categories import ByCategory, mean_recall
from pipeline.params import EvaluateParams
from pipeline.search.training import FULL, PROXY

NONE, HAND = "none", "hand"
STREAM = 107  # of random draws, apart from those of the other bootstraps

TRANSFERRED, LOST, GAINED_LATE, NOTHING, HURT = (
    "transferred", "did not transfer", "helped at full size only", "nothing to transfer", "hurt"
)  # fmt: skip


def estimate_all(
    matches: Mapping[str, Mapping[str, Sequence[ByCategory]]], settings: EvaluateParams, seed: int
) -> dict[str, dict[str, Estimate]]:
    """{policy: {size: recall}}. matches: {policy: {size: [one a seed]}}, of the same frames and as many seeds each."""
    first = next(iter(next(iter(matches.values())).values()))
    frames, samples = next(iter(first[0].values())).image_count, settings.bootstrap_samples
    rng = np.random.default_rng([seed, STREAM])
    counts = block_resamples(frames, settings.block_frames, samples, rng)
    weights = seed_draws(len(first), samples, rng)
    blocks = block_count(frames, settings.block_frames)

    def estimate(per_seed: Sequence[ByCategory]) -> Estimate:
        recalls = np.stack([resampled_mean_recall(one, counts, settings.fppi) for one in per_seed], axis=1)
        value = float(np.mean([mean_recall(one, settings.fppi) for one in per_seed]))
        return Estimate(value, (weights * recalls).sum(axis=1), blocks)

    return {name: {size: estimate(each) for size, each in sizes.items()} for name, sizes in matches.items()}


def judge(name: str, recalls: Mapping[str, Mapping[str, Estimate]]) -> dict:
    """The gains of policy `name` and what is said about them. recalls: of `estimate_all`."""
    proxy, full = (recalls[name][size] - recalls[NONE][size] for size in (PROXY, FULL))
    verdict = verdict_of(effect_of(list(proxy.interval95())), effect_of(list(full.interval95())))
    return {
        "recall_proxy": rounded(recalls[name][PROXY].value),
        "recall_full": rounded(recalls[name][FULL].value),
        "proxy_gain": rounded(proxy.value),
        "proxy_gain_ci95": ends(proxy),
        "full_gain": rounded(full.value),
        "full_gain_ci95": ends(full),
        "lost": rounded((proxy - full).value),
        "lost_ci95": ends(proxy - full),
        "verdict": verdict,
        "sentence": sentence(name, verdict, proxy, full),
    }


def over(name: str, other: str, recalls: Mapping[str, Mapping[str, Estimate]]) -> dict:
    """What policy `name` gains over another one at full size."""
    gain = recalls[name][FULL] - recalls[other][FULL]
    return {"gain": rounded(gain.value), "gain_ci95": ends(gain), "effect": effect_of(ends(gain))}


def verdict_of(proxy: str, full: str) -> str:
    """proxy, full: the effects, as `effect_of` names them, on the proxy and at full size."""
    if proxy == "helped":
        return TRANSFERRED if full == "helped" else LOST
    return {"helped": GAINED_LATE, "hurt": HURT, "none": NOTHING}[full]


SAID = {
    TRANSFERRED: "transferred: it helps on the proxy and at full size",
    LOST: "did not transfer: it helps on the proxy, and at full size no gain can be told from chance",
    GAINED_LATE: "helps at full size, though on the proxy no gain could be told from chance",
    NOTHING: "had nothing to transfer: neither on the proxy nor at full size can a gain be told from chance",
    HURT: "hurts at full size, and did not help on the proxy either",
}


def sentence(name: str, verdict: str, proxy: Estimate, full: Estimate) -> str:
    said = SAID[verdict]
    if verdict == LOST and effect_of(ends(full)) == "hurt":
        said = "did not transfer: it helps on the proxy, and hurts at full size"
    numbers = f"{in_numbers(proxy)} on the proxy, {in_numbers(full)} at full size"
    return f"{name} {said}. Recall against no policy: {numbers}."


def in_numbers(gain: Estimate) -> str:
    low, high = gain.interval95()
    return f"{signed(gain.value)} (95 % interval {signed(low)} to {signed(high)})"


def ends(estimate: Estimate) -> list[float]:
    return [rounded(end) for end in estimate.interval95()]


def rounded(value: float) -> float:
    return round(float(value), 4) + 0.0  # no -0.0
