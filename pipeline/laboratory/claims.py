"""What is said about augmentation and synthetic data, and what was measured here about it.

Each claim is judged by a rule of its own, which its function says: it is confirmed, refuted, not told from chance, or
was not seen with these parameters. A claim whose stage has not run is left out.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from pipeline.audit.verdict import CORRUPTS, SAFE
from pipeline.compare.verdict import signed

CONFIRMED, REFUTED, UNTOLD, UNSEEN = "confirmed", "refuted", "not told from chance", "not seen here"

Found = Mapping[str, Mapping]
"""{part: its JSON}: audit, alarms, search, curves, loader, gap; those that there are."""


@dataclass(frozen=True)
class Claim:
    """One row: what is said, what was measured, the verdict, and the command that measures it."""

    said: str
    measured: str
    verdict: str
    command: str


def claims_of(found: Found) -> list[Claim]:
    """All claims whose part is there, in the order of RULES; none about transforms that were refused."""
    refused = {name for name, row in found.get("audit", {}).get("transforms", {}).items() if row["refused"]}
    return [Claim(said, *rule(found[part]), COMMANDS[part])
            for said, part, rule in RULES if found.get(part) and not refused & NEEDS.get(rule, set())]  # fmt: skip


def as_markdown(claims: Sequence[Claim]) -> str:
    """The table, with who wrote it above it."""
    rows = ["| What is said | What we measured | Verdict | Command |", "|---|---|---|---|"]
    rows += [f"| {c.said} | {c.measured} | **{c.verdict}** | `{c.command}` |" for c in claims]
    head = ("# When augmentation helps, when it hurts\n\nWritten by `dvc repro lab/dvc.yaml`. Brackets are 95 % "
            "intervals. Only the ladder's recall is of the real test frames; everything else judges on labelled real "
            "training frames.\n")  # fmt: skip
    return head + "\n" + "\n".join(rows) + "\n"


def mild(audit: Mapping) -> tuple[str, str]:
    """Confirmed if the horizontal flip and the mildest scaled crop are both safe."""
    flip, crop = at(audit, "flip", -1), at(audit, "scale_crop", 0)
    words = (f"flip: {_label_words(flip)}, {flip['verdict']}; crop at strength {crop['strength']:g}: "
             f"{_label_words(crop)}, {crop['verdict']}")  # fmt: skip
    return words, CONFIRMED if flip["verdict"] == crop["verdict"] == SAFE else REFUTED


def cliff(audit: Mapping) -> tuple[str, str]:
    """Confirmed if both corrupt at full strength and the flip's loss is a cliff."""
    flip, turn = at(audit, "vertical_flip", -1), at(audit, "rotate", -1)
    shape = audit["transforms"]["vertical_flip"]["shape"]
    said = "a cliff" if shape == "cliff" else shape
    words = f"upside down: {_label_words(flip)}, {said} in its dose; by 90 degrees: {_label_words(turn)}"
    worst = flip["verdict"] == turn["verdict"] == CORRUPTS
    return words, CONFIRMED if worst and shape == "cliff" else REFUTED


def mixup(audit: Mapping) -> tuple[str, str]:
    """Confirmed if naive mixup loses at least 0.05 of IoU, beyond chance, at its mildest strengths."""
    rows = audit["transforms"]["mixup_naive"]["at"][:2]
    words = "; ".join(f"strength {row['strength']:g}: IoU {_change(row, 'iou')}" for row in rows)
    lost = any(row["iou_change"] <= -0.05 and row["iou_change_ci95"][1] < 0 for row in rows)
    return words, CONFIRMED if lost else REFUTED


def repaired(audit: Mapping) -> tuple[str, str]:
    """Confirmed if CutMix and mosaic keep IoU within the tolerance at every strength where naive mixup does not."""
    worst = {name: min((row for row in audit["transforms"][name]["at"]), key=lambda row: row["iou_change"])
             for name in ("cutmix", "mosaic")}  # fmt: skip
    words = "; ".join(f"{name}: IoU at worst {_change(row, 'iou')}" for name, row in worst.items())
    kept = all(row["iou_change"] >= -audit["tolerated"]["iou_loss"] for row in worst.values())
    return words, CONFIRMED if kept else REFUTED


def jitter(audit: Mapping) -> tuple[str, str]:
    """Confirmed if colour jitter leaves safe before its full strength."""
    rows = audit["transforms"]["colour_jitter"]["at"]
    bad = [row for row in rows if row["verdict"] != SAFE]
    if not bad:
        return f"safe at every strength up to {rows[-1]['strength']:g}", REFUTED
    row = bad[0]
    return (f"from strength {row['strength']:g} it {row['verdict']}: AUC of its objects against real ones "
            f"{row['objects']['auc']:.3f} {_ends(row['objects']['auc_ci95'], '.3f')}"), CONFIRMED  # fmt: skip


def underfit(alarms: Mapping) -> tuple[str, str]:
    """Confirmed where the alarm goes off; where it does not, this training did not stack enough to see it."""
    found = [f for f in alarms["findings"] if f["alarm"] == "over_regularization"]
    words = "; ".join(
        f"{f['detector']}: {f['numbers']['training']:.3f} on training images, {f['numbers']['validation']:.3f} on "
        f"unseen ones" for f in found)  # fmt: skip
    fired = any(f["fired"] for f in found)
    return f"{words}; the alarm {'went off' if fired else 'stays quiet'}", CONFIRMED if fired else UNSEEN


def transfer(search: Mapping) -> tuple[str, str]:
    """Confirmed if something helped on the proxy and nothing of it at full size; refuted if it transferred."""
    verdicts = {name: policy["verdict"] for name, policy in search["policies"].items() if name.startswith("trial_")}
    words = search["sentence"] + " " + "; ".join(
        f"{name.replace('_', ' ')}: recall {p['recall_in_search']:.3f} in the search, {p['recall_proxy']:.3f} when "
        f"trained afresh, {signed(p['proxy_gain'])} {_ends(p['proxy_gain_ci95'])} against no policy; at full size "
        f"{signed(p['full_gain'])} {_ends(p['full_gain_ci95'])}"
        for name, p in search["policies"].items() if name in verdicts)  # fmt: skip
    if "transferred" in verdicts.values():
        return words, REFUTED
    return words, CONFIRMED if "did not transfer" in verdicts.values() else UNTOLD


def small_sets(curves: Mapping) -> tuple[str, str]:
    """Confirmed if augmentation helps the smallest set and hurts the largest; refuted if it hurts or helps reversed."""
    rows = curves["synthetic"]
    first, last = rows[0]["effect"], rows[-1]["effect"]
    if (first, last) == ("helped", "hurt"):
        verdict = CONFIRMED
    else:
        verdict = REFUTED if first == "hurt" or last == "helped" else UNTOLD
    return _gains(rows, "images"), verdict


def pretraining(curves: Mapping) -> tuple[str, str]:
    """Confirmed if pre-training helps the fewest frames."""
    rows = curves["real"]
    effects = {"helped": CONFIRMED, "hurt": REFUTED, "none": UNTOLD}
    return _gains(rows, "frames"), effects[rows[0]["effect"]]


def shutter(gap: Mapping) -> tuple[str, str]:
    """Confirmed if one of the two rungs helped; refuted if one hurt."""
    rungs = {name: gap["rungs"][name] for name in ("motion_blur", "rolling_shutter") if name in gap["rungs"]}
    words = "; ".join(f"{name}: {signed(r['gain_over_previous'])} {_ends(r['gain_ci95'])}" for name, r in rungs.items())
    effects = [rung["effect"] for rung in rungs.values()]
    verdict = CONFIRMED if "helped" in effects else REFUTED if "hurt" in effects else UNTOLD
    return f"recall on real frames, {words}; this camera stands still", verdict


def waiting(loader: Mapping) -> tuple[str, str]:
    """Confirmed if the trainer waits for more than a tenth of its step."""
    return loader["sentence"], CONFIRMED if loader["warns"] else REFUTED


def at(audit: Mapping, name: str, k: int) -> Mapping:
    """The k-th strength of a transform."""
    return audit["transforms"][name]["at"][k]


def _label_words(row: Mapping) -> str:
    return f"recall {_change(row, 'recall')}"


def _change(row: Mapping, of: str) -> str:
    return f"{signed(row[f'{of}_change'])} {_ends(row[f'{of}_change_ci95'])}"


def _gains(rows: Sequence[Mapping], unit: str) -> str:
    told = "; ".join(f"{row['learned_from']}: {signed(row['gain'])} {_ends(row['gain_ci95'])}" for row in rows)
    return f"gain in recall by number of {unit}: {told}"


def _ends(ends: Sequence[float], form: str = "+.3f") -> str:
    return f"[{', '.join(format(end, form) for end in ends)}]"


COMMANDS = {
    **{part: f"dvc repro lab/dvc.yaml:{part}" for part in ("audit", "alarms", "search", "curves", "loader")},
    "gap": "make repro",
}

RULES: tuple[tuple[str, str, Callable[[Mapping], tuple[str, str]]], ...] = (
    ("Transforms within what the camera could see are safe: the mirror image, a mild crop.", "audit", mild),
    ("A symmetry that the task does not have is a cliff: people upside down, or lying.", "audit", cliff),
    ("Mixup of boxes costs 5 to 15 points of IoU.", "audit", mixup),
    ("CutMix and mosaic with adjusted boxes repair that.", "audit", repaired),
    ("Strong colour jitter leaves the real distribution.", "audit", jitter),
    ("Stacked regularizers underfit: training below validation.", "alarms", underfit),
    ("A policy that was searched on a small proxy does not transfer.", "search", transfer),
    ("Augmentation helps a small training set and hurts a large one.", "curves", small_sets),
    ("Synthetic pre-training helps where real labels are few.", "curves", pretraining),
    ("Without motion blur and rolling shutter a simulator loses recall on the real camera.", "gap", shutter),
    ("Augmentation starves the trainer: it waits for its batches.", "loader", waiting),
)

NEEDS = {mild: {"flip"}, cliff: {"vertical_flip"}}
"""Transforms that a rule looks at and that may be refused: they mirror what has no mirror image."""
