"""safe, shifts or corrupts: the rule.

corrupts: an expert would no longer assign the label. The 95 % interval of its recall, or of the overlap (IoU) of its
  boxes with the labels, has fallen by more than `audit.max_recall_loss`, or `audit.max_iou_loss`.
shifts: the objects leave the real distribution. The 95 % interval of the AUC with which a classifier tells them from
  those of the frames that they were made from, by the features of two detectors, lies above the largest AUC between two
  halves of the real frames: they differ more from real objects than these do among themselves.
safe: neither is sure. If an interval still reaches beyond its limit, that is said: the verdict is not `sure`.
"""

from collections.abc import Sequence

SAFE, SHIFTS, CORRUPTS = "safe", "shifts", "corrupts"


def verdict_of(
    recall: Sequence[float], iou: Sequence[float], auc: Sequence[float], max_losses: Sequence[float], max_auc: float
) -> tuple[str, bool]:
    """The verdict and whether it is sure, from 95 % intervals (low, high) of the changes of recall and IoU and of AUC.

    max_losses: tolerated losses of recall and of IoU. max_auc: of real frames against real frames.
    """
    losses = [(-high, -low) for low, high in (recall, iou)]
    if any(low > limit for (low, _), limit in zip(losses, max_losses, strict=True)):
        return CORRUPTS, True
    label_is_kept = all(high <= limit for (_, high), limit in zip(losses, max_losses, strict=True))
    if auc[0] > max_auc:
        return SHIFTS, label_is_kept
    return SAFE, label_is_kept and auc[1] <= max_auc


def turns(strengths: Sequence[float], verdicts: Sequence[str]) -> dict[str, float | None]:
    """The least strength at which each verdict but safe is given; None where it never is."""
    return {
        kind: next((s for s, verdict in zip(strengths, verdicts, strict=True) if verdict == kind), None)
        for kind in (SHIFTS, CORRUPTS)
    }
