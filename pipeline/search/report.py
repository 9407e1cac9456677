"""search.json and trials.csv: what was tried, what was found, and whether it holds."""

import csv
import io
from collections.abc import Mapping, Sequence

from pipeline.compare.verdict import effect_of
from pipeline.measure.categories import ByCategory
from pipeline.search.halving import policy_of, rounds
from pipeline.search.space import Policy, in_words
from pipeline.search.training import FULL, PROXY, Bench
from pipeline.search.transfer import HAND, NONE, TRANSFERRED, estimate_all, judge, over, rounded


def content_of(
    policies: Mapping[str, Policy],
    matches: Mapping[str, Mapping[str, Sequence[ByCategory]]],
    chosen: Sequence,
    trials: Sequence,
    bench: Bench,
) -> dict:
    """The content of search.json. matches: {policy: {size: [one a seed]}}. chosen: the best trials, of `trials`."""
    params, settings = bench.params, bench.params.search
    recalls = estimate_all(matches, params.evaluate, params.seed)
    seen = {f"trial_{trial.number}": rounded(trial.value) for trial in chosen}
    judged = {
        name: {"policy": in_words(policies[name]), "params": policies[name].as_params()}
        | ({"recall_in_search": seen[name]} if name in seen else {})
        | judge(name, recalls)
        | ({"over_hand": over(name, HAND, recalls)} if name in seen else {})
        for name in policies if name != NONE
    }  # fmt: skip
    boxes = sum(int((~truth.ignore).sum()) for truth in bench.validation.truths)
    return {
        "schema": 1,
        "sentence": summary([judged[name] for name in seen]),
        "rung": params.gate.rung,
        "validation": {"frames": len(bench.validation), "boxes": boxes, "block_frames": params.evaluate.block_frames},
        "proxy": {"images": len(bench.packed[PROXY]), "steps": rounds(settings)[-1]},
        "full": {"images": len(bench.packed[FULL]), "steps": params.train.steps},
        "trials": len(trials),
        "trials_on_the_whole_proxy": sum(trial.state.name == "COMPLETE" for trial in trials),
        "seeds": settings.seeds,
        "none": {f"recall_{size}": rounded(recalls[NONE][size].value) for size in (PROXY, FULL)},
        "policies": judged,
    }


def summary(judged: Sequence[Mapping]) -> str:
    """One sentence on all that the search chose."""
    kept = sum(policy["verdict"] == TRANSFERRED for policy in judged)
    found = sum(effect_of(policy["proxy_gain_ci95"]) == "helped" for policy in judged)
    one = "policy" if len(judged) == 1 else "policies"
    told = f"Of the best {len(judged)} {one} of the search, {found or 'none'} helped on the proxy"
    if not found:
        return f"{told} by more than chance: there was nothing to transfer."
    return f"{told}, and {kept} of these also at full size." if kept else f"{told}; the gain did not transfer."


def trial_table(trials: Sequence, steps: Sequence[int]) -> str:
    """CSV, a row a trial: number, state, recall after each round's steps, the policy in words."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["trial", "state", *(f"recall_{count}_steps" for count in steps), "policy"])
    for trial in trials:
        recalls = [trial.intermediate_values.get(count) for count in steps]
        shown = ["" if recall is None else f"{recall:.4f}" for recall in recalls]
        writer.writerow([trial.number, trial.state.name.lower(), *shown, in_words(policy_of(trial))])
    return text.getvalue()
