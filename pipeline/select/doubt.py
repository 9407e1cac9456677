"""How unsure detectors are about a frame."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.measure.matching import Detections, overlaps

SAME = 0.5  # IoU from which boxes of one category, by two detectors, show the same


@dataclass(frozen=True)
class Opinion:
    """What the detectors together say about one frame: boxes (M, 4) xyxy px and the chance (M,) that each is right."""

    boxes: np.ndarray
    chance: np.ndarray

    @property
    def doubt(self) -> float:
        """How many mistakes to expect if everything with a chance of at least one half is reported."""
        return float(np.minimum(self.chance, 1 - self.chance).sum())


def join(found: Sequence[Detections]) -> Opinion:
    """found: of each detector, with chances of being right for scores.

    The chance of a box is the mean over the detectors; one who does not see it gives 0. So two who are sure, and
    contradict each other, leave as much doubt as two who are unsure.
    """
    boxes = np.concatenate([one.boxes for one in found])
    chance = np.concatenate([one.scores for one in found])
    names = np.concatenate([np.zeros(len(one.scores)) if one.category is None else one.category for one in found])
    source = np.repeat(np.arange(len(found)), [len(one.scores) for one in found])
    table = np.where(names[:, None] == names, overlaps(boxes, boxes, np.zeros(len(boxes), bool)), 0.0)
    free = np.ones(len(boxes), bool)
    kept, means = [], []
    for first in np.argsort(-chance, kind="stable"):
        if not free[first]:
            continue
        free[first] = False
        total = chance[first]
        for other in set(range(len(found))) - {source[first]}:
            near = np.flatnonzero(free & (source == other) & (table[first] >= SAME))
            if len(near):
                best = near[np.argmax(table[first, near])]
                free[best] = False
                total += chance[best]
        kept.append(first)
        means.append(total / len(found))
    return Opinion(boxes[kept].reshape(-1, 4), np.array(means))
