"""curves.json: recall of every point, what augmentation and pre-training did, and the three side by side."""

from collections.abc import Mapping, Sequence

from pipeline.compare.resample import Estimate
from pipeline.compare.verdict import effect_of, signed
from pipeline.curves.plan import AUGMENTED, PLAIN, PRETRAINED, SCRATCH
from pipeline.measure.categories import ByCategory
from pipeline.params import Params
from pipeline.search.transfer import ends, estimate_all, rounded

Points = Mapping[str, Mapping[int, Sequence[ByCategory]]]
"""{arm: {how many were learned from: [matches of every seed]}}."""


def content_of(matches: Points, params: Params) -> dict:
    """The content of curves.json but for what it was made from."""
    recalls = estimate_all(matches, params.evaluate, params.seed)
    synthetic = compare(recalls[PLAIN], recalls[AUGMENTED], PLAIN, AUGMENTED)
    real = compare(recalls[SCRATCH], recalls[PRETRAINED], SCRATCH, PRETRAINED)
    return {
        "schema": 1,
        "rung": params.gate.rung,
        "steps": params.curves.steps,
        "seeds": params.curves.seeds,
        "folds": params.curves.folds,
        "synthetic": synthetic,
        "real": real,
        "side_by_side": side_by_side(recalls),
        "sentences": [sentence("Augmentation", "synthetic images", synthetic),
                      sentence("Synthetic pre-training", "labelled real frames", real)],
    }  # fmt: skip


def compare(without: Mapping[int, Estimate], with_it: Mapping[int, Estimate], *names: str) -> list[dict]:
    """A row for every size: both recalls, and what was gained."""
    rows = []
    for size in sorted(without):
        both = told(names[0], without[size]) | told(names[1], with_it[size])
        rows.append({"learned_from": size} | both | gained(with_it[size] - without[size]))
    return rows


def told(name: str, recall: Estimate) -> dict:
    low, high = ends(recall)
    return {f"recall_{name}": rounded(recall.value), f"recall_{name}_ci95": [max(low, 0.0), min(high, 1.0)]}


def gained(gain: Estimate) -> dict:
    return {"gain": rounded(gain.value), "gain_ci95": ends(gain), "effect": effect_of(ends(gain))}


def side_by_side(recalls: Mapping[str, Mapping[int, Estimate]]) -> dict:
    """Real frames alone, synthetic images alone, and both; each with all that there is to learn from."""
    chosen = {"real_only": SCRATCH, "synthetic_only": AUGMENTED, "synthetic + real": PRETRAINED}
    last = {name: (max(recalls[arm]), recalls[arm][max(recalls[arm])]) for name, arm in chosen.items()}
    table = {}
    for name, (size, recall) in last.items():
        table[name] = {"learned_from": size, **told("real", recall)}
        if name != "real_only":
            table[name] |= gained(recall - last["real_only"][1])
    return table


def sentence(what: str, of: str, rows: Sequence[Mapping]) -> str:
    """Where it helped, where it hurt, and where neither can be told."""
    parts = []
    for effect, words in (("helped", "helped with"), ("hurt", "hurt with")):
        if sizes := [f"{row['learned_from']} ({signed(row['gain'])})" for row in rows if row["effect"] == effect]:
            parts.append(f"{words} {', '.join(sizes)}")
    if sizes := [str(row["learned_from"]) for row in rows if row["effect"] == "none"]:
        parts.append(f"made no difference that can be told from chance with {', '.join(sizes)}")
    return f"{what} {'; '.join(parts)} {of}."
