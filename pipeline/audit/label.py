"""Would an expert still assign the label? Its answers on a transformed frame against the transformed boxes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.augment.sample import Sample
from pipeline.measure.matching import FALSE_ALARM, HIT, Detections, Truth, match_image

NEAR_IOU = 0.1  # a box of the expert that overlaps a label so much is about it, however badly it fits
LABELS, FOUND, NEAR, OVERLAP, ALARMS = range(5)


def tally(sample: Sample, said: Detections, names: Sequence[str], limits: Sequence[float], iou: float) -> np.ndarray:
    """(5,) sums over the labels of a picture, each by its weight: LABELS that count, those FOUND by the expert at `iou`
    (IoU), those NEAR a box of the expert, the OVERLAP (IoU) of these; and the number of false ALARMS.

    names: of the categories of `sample.category`. limits: the scores that the expert's answers of each must exceed.
    """
    total = np.zeros(5)
    for k, (name, limit) in enumerate(zip(names, limits, strict=True)):
        own = sample.category == k
        truth = Truth(sample.boxes[own].astype(np.float64), sample.ignore[own])
        chosen = (said.scores > limit) & (said.category == name)
        found = Detections(said.boxes[chosen], said.scores[chosen])
        total += _of_category(truth, found, sample.weight[own].astype(np.float64), iou)
    return total


def _of_category(truth: Truth, found: Detections, weight: np.ndarray, iou: float) -> np.ndarray:
    outcome, _, hit = match_image(found, truth, iou)
    near, overlap, about = match_image(found, truth, NEAR_IOU)
    near = near == HIT
    return np.array([
        weight[~truth.ignore].sum(),
        weight[hit[outcome == HIT]].sum(),
        weight[about[near]].sum(),
        (weight[about[near]] * overlap[near]).sum(),
        (outcome == FALSE_ALARM).sum(),
    ])  # fmt: skip


@dataclass(frozen=True)
class LabelScore:
    """recall: share of labels found. iou: mean overlap where the expert is near. kept: mean overlap of all labels, 0
    where it is not near. Each a number, or (resamples,)."""

    recall: np.ndarray
    iou: np.ndarray
    kept: np.ndarray


def label_score(tallies: np.ndarray) -> LabelScore:
    """tallies: (..., 5) sums of `tally`."""
    labels, near = np.maximum(tallies[..., LABELS], 1e-9), np.maximum(tallies[..., NEAR], 1e-9)
    overlap = tallies[..., OVERLAP]
    return LabelScore(tallies[..., FOUND] / labels, overlap / near, overlap / labels)
