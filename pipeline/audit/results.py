"""From what was measured to what is said: changes with intervals, verdicts, the shape of each curve."""

from collections.abc import Mapping, Sequence

import numpy as np

from pipeline.audit.features import VIEWS
from pipeline.audit.label import ALARMS, LabelScore, label_score
from pipeline.audit.shape import shape_of
from pipeline.audit.verdict import CORRUPTS, SAFE, SHIFTS, turns, verdict_of
from pipeline.compare.bootstrap import block_count, block_resamples, interval95
from pipeline.errors import UserError
from pipeline.params import Params

STREAM = 203
WORST_FIRST = (CORRUPTS, SHIFTS, SAFE)


def all_results(
    plain: Mapping, measured: Mapping[str, Sequence[Mapping]], refused: Sequence[str], params: Params
) -> dict:
    """What audit.json holds, plain JSON-able. Raises UserError where the experts find nothing.

    plain, measured: of `pipeline.audit.measure`, the latter a list over `audit.strengths` for each transform. refused:
    transforms that were not measured as they mirror what has no mirror image.
    """
    before = plain["tallies"]
    counts = block_resamples(len(before), params.evaluate.block_frames, params.evaluate.bootstrap_samples,
                             np.random.default_rng([params.seed, STREAM]))
    found = label_score(before.sum(axis=0))
    if not found.recall:
        raise UserError(
            f"audit: expected experts who find labels of the {len(before)} real training frames as they are, found "
            "experts who find none; look at the labels and at the report: the detectors have learned nothing"
        )
    halves = {view: {"auc": auc, "energy": energy} for view, (auc, energy) in plain["halves"].items()}
    transforms = {name: of_transform(plain, at_strengths, counts, params) for name, at_strengths in measured.items()}
    return {
        "strengths": list(params.audit.strengths),
        "frames": len(before),
        "tolerated": {"recall_loss": params.audit.max_recall_loss, "iou_loss": params.audit.max_iou_loss},
        "real_against_real": rounded(halves),
        "experts": rounded({"recall": found.recall, "iou": found.iou, "alarms_per_image": _alarms(before, params)}),
        "transforms": transforms | {name: {"refused": True, "verdict": CORRUPTS} for name in refused},
    }


def of_transform(plain: Mapping, at_strengths: Sequence[Mapping], counts: np.ndarray, params: Params) -> dict:
    """One transform: a row for each strength, the worst verdict, where it turns, the shape of the loss of labels."""
    strengths, rows, kept, kept_resamples = params.audit.strengths, [], [], []
    before, before_resamples = label_score(plain["tallies"].sum(axis=0)), label_score(counts @ plain["tallies"])
    for strength, found in zip(strengths, at_strengths, strict=True):
        after, after_resamples = label_score(found["tallies"].sum(axis=0)), label_score(counts @ found["tallies"])
        change = changes(before, after, before_resamples, after_resamples, len(plain["tallies"]), params)
        verdict, is_sure = verdict_of(
            change["recall_change_ci95"], change["iou_change_ci95"], found["objects"]["auc_ci95"],
            (params.audit.max_recall_loss, params.audit.max_iou_loss), plain["halves"]["objects"][0],
        )  # fmt: skip
        alarms = _alarms(found["tallies"], params) / params.audit.draws
        rows.append({"strength": strength, "verdict": verdict, "sure": is_sure, **rounded(change),
                     **{view: rounded(found[view]) for view in VIEWS}, "alarms_per_image": round(alarms, 3)})
        kept.append(after.kept)
        kept_resamples.append(after_resamples.kept)
    losses = 1 - np.array(kept) / before.kept
    resamples = 1 - np.stack(kept_resamples, axis=1) / np.maximum(before_resamples.kept[:, None], 1e-9)
    blocks = block_count(len(plain["tallies"]), params.evaluate.block_frames)
    ends = [interval95(own, blocks) for own in resamples.T]
    verdicts = [row["verdict"] for row in rows]
    return {
        "refused": False,
        "verdict": min(verdicts, key=WORST_FIRST.index),
        "turns": turns(strengths, verdicts),
        **rounded(shape_of(strengths, losses, resamples, [low > 0 for low, _ in ends])),
        "label_loss": [round(float(loss), 4) for loss in losses],
        "label_loss_ci95": [[round(end, 4) for end in own] for own in ends],
        "at": rows,
    }


def changes(
    before: LabelScore, after: LabelScore, before_resamples: LabelScore, after_resamples: LabelScore, frames: int,
    params: Params,
) -> dict:
    """Of recall and IoU, with 95 % intervals; both are resampled with the same frames."""
    blocks = block_count(frames, params.evaluate.block_frames)
    found = {}
    for name in ("recall", "iou"):
        resampled = getattr(after_resamples, name) - getattr(before_resamples, name)
        found[f"{name}_change"] = getattr(after, name) - getattr(before, name)
        found[f"{name}_change_ci95"] = interval95(resampled, blocks)
    return found


def _alarms(tallies: np.ndarray, params: Params) -> float:
    """False alarms of one expert per frame, all draws of the frame together."""
    return float(tallies[:, ALARMS].sum() / len(tallies) / params.train.seeds)


def rounded(values):
    """Numbers to 4 decimals, in whatever they stand; other things as they are."""
    if isinstance(values, Mapping):
        return {key: rounded(value) for key, value in values.items()}
    if isinstance(values, list | tuple):
        return [rounded(value) for value in values]
    return round(float(values), 4) if isinstance(values, float | np.floating) else values
