"""Which labels are suspicious: overlooked, badly placed, swapped and unconfirmed boxes in one ranked list.

The idea is that of Tkachenko et al., "ObjectLab: Automated Diagnosis of Mislabeled Images in Object Detection Data"
(2023): a label is doubted as far as a confident prediction of a detector that has not learned from it contradicts it.
Here every suspicion is on one scale, so that the kinds can be ranked together: scores of the detector become
certainties (the share of predictions of such a score that have a label), and overlaps become misfits (measured by
what overlaps are usual in this set). Labels are nearly all right, or this would not work.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from pipeline.labels.certainty import Certainty, fit_certainty
from pipeline.measure.matching import Detections, overlaps

OVERLOOKED, MISPLACED, SWAPPED, UNCONFIRMED = "overlooked", "badly placed", "swapped", "unconfirmed"
FITS = 0.5  # IoU from which a prediction is said to be right
MEETS = 0.1  # IoU from which a prediction may be about a label at all
CERTAINLY_OFF = 0.4  # IoU up to which a label is certainly badly placed


@dataclass(frozen=True)
class Labels:
    """The labels of one image: ids (N,), boxes (N, 4) float64 xyxy px, category (N,) names, ignore (N,) bool."""

    ids: np.ndarray
    boxes: np.ndarray
    category: np.ndarray
    ignore: np.ndarray


@dataclass(frozen=True)
class Suspicion:
    """What may be wrong in one place; boxes are xyxy px."""

    score: float  # in [0, 1]
    kind: str
    image: int  # index
    annotation: int | None  # id; None: there is no label, and should be
    labelled: tuple[float, ...] | None
    predicted: tuple[float, ...] | None
    label_category: str | None
    predicted_category: str | None


@dataclass(frozen=True)
class Match:
    """Which prediction speaks about which label of one image; both (N,), prediction -1 and IoU 0 where none does."""

    prediction: np.ndarray
    iou: np.ndarray


def rank_suspicions(labels: Sequence[Labels], seen: Sequence[Detections]) -> list[Suspicion]:
    """One entry a label that counts and one a prediction without label, most suspicious first.

    labels, seen: in the same order of images, both with categories; the detector of an image must not have learned
    from its labels.
    """
    seen = [_outside_ignored(one, own) for one, own in zip(seen, labels, strict=True)]
    there, named = certainty_of(labels, seen, any_category=True), certainty_of(labels, seen, any_category=False)
    matches = [match(own, one, there(one.scores)) for own, one in zip(labels, seen, strict=True)]
    usual = usual_iou(matches)
    found = []
    for image, (own, one, pairs) in enumerate(zip(labels, seen, matches, strict=True)):
        sure = there(one.scores)
        found += _of_labels(image, own, one, pairs, sure, named(one.scores), usual)
        found += _overlooked(image, own, one, pairs, sure)
    return sorted(found, key=lambda s: (-s.score, s.image, s.annotation or 0, s.predicted or ()))


def certainty_of(labels: Sequence[Labels], seen: Sequence[Detections], any_category: bool) -> Certainty:
    """How often a prediction of some score fits a label; of its own category, unless any does."""
    right = [hits(own, one, any_category) for own, one in zip(labels, seen, strict=True)]
    return fit_certainty(np.concatenate([one.scores for one in seen]), np.concatenate(right))


def hits(own: Labels, one: Detections, any_category: bool) -> np.ndarray:
    """(D,) bool: which predictions fit a label, each label once, the highest score first."""
    allowed = any_category | (one.category[:, None] == own.category)
    table = np.where(allowed & ~own.ignore, iou_table(one, own), 0.0)
    hit = np.zeros(len(one.scores), bool)
    for d in np.argsort(-one.scores, kind="stable"):
        if table.shape[1] and table[d].max() >= FITS:
            hit[d] = True
            table[:, table[d].argmax()] = 0.0
    return hit


def iou_table(one: Detections, own: Labels) -> np.ndarray:
    """(D, N) of predictions and labels."""
    return overlaps(one.boxes, own.boxes, np.zeros(len(own.boxes), bool))


def match(own: Labels, one: Detections, sure: np.ndarray) -> Match:
    """The assignment with the highest sum of certainty x IoU, one prediction a label, whatever their categories."""
    prediction, iou = np.full(len(own.boxes), -1), np.zeros(len(own.boxes))
    table = iou_table(one, own).T
    worth = np.where((table >= MEETS) & ~own.ignore[:, None], table * sure, 0.0)
    for label, d in zip(*linear_sum_assignment(worth, maximize=True), strict=True):
        if worth[label, d] > 0:
            prediction[label], iou[label] = d, table[label, d]
    return Match(prediction, iou)


def usual_iou(matches: Sequence[Match]) -> float:
    """The median IoU of labels and predictions that speak about the same; 1 if there are none."""
    all_iou = np.concatenate([pairs.iou[pairs.prediction >= 0] for pairs in matches])
    return float(np.median(all_iou)) if len(all_iou) else 1.0


def _outside_ignored(one: Detections, own: Labels) -> Detections:
    """Without the predictions that lie in an ignore region and fit no label."""
    table = overlaps(one.boxes, own.boxes, own.ignore)
    fits = (table >= FITS) & ~own.ignore
    keep = fits.any(axis=1) | ~((table >= FITS) & own.ignore).any(axis=1)
    return Detections(one.boxes[keep], one.scores[keep], one.category[keep])


def _of_labels(
    image: int, own: Labels, one: Detections, pairs: Match, sure: np.ndarray, sure_of_name: np.ndarray, usual: float
) -> list[Suspicion]:
    found = []
    agrees = (iou_table(one, own) >= FITS) & (one.category[:, None] == own.category)
    confirmed = (agrees * sure_of_name[:, None]).max(axis=0, initial=0.0)
    for label in np.flatnonzero(~own.ignore):
        d = pairs.prediction[label]
        box, category = tuple(own.boxes[label].tolist()), str(own.category[label])
        common = {"image": image, "annotation": int(own.ids[label]), "labelled": box, "label_category": category}
        if d < 0:
            found.append(Suspicion(1.0, UNCONFIRMED, predicted=None, predicted_category=None, **common))
            continue
        misfit = float(np.clip((usual - pairs.iou[label]) / max(usual - CERTAINLY_OFF, 1e-6), 0, 1))
        other = str(one.category[d])
        said = {"predicted": tuple(one.boxes[d].tolist()), "predicted_category": other}
        if other != category and sure_of_name[d] > 0.5:
            score, kind = sure_of_name[d] * (1 - confirmed[label]), SWAPPED
        else:
            score, kind = 1 - sure[d] * (1 - misfit), MISPLACED if misfit > 1 - sure[d] else UNCONFIRMED
        found.append(Suspicion(float(score), kind, **common, **said))
    return found


def _overlooked(image: int, own: Labels, one: Detections, pairs: Match, sure: np.ndarray) -> list[Suspicion]:
    """Predictions that speak about no label; one of another category where a label is spoken of is about that label."""
    spoken_of = np.flatnonzero(pairs.prediction >= 0)
    others = one.category[:, None] != one.category[pairs.prediction[spoken_of]]
    explained = (others & (iou_table(one, own)[:, spoken_of] >= FITS)).any(axis=1)
    free = np.setdiff1d(np.flatnonzero(~explained), pairs.prediction)
    return [
        Suspicion(float(sure[d]), OVERLOOKED, image, None, None, tuple(one.boxes[d].tolist()), None,
                  str(one.category[d]))
        for d in free
    ]  # fmt: skip
