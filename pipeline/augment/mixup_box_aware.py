"""mixup for detection: both images' boxes stay, and count as much as their image is seen.

After Zhang et al., "Bag of Freebies for Training Object Detection Neural Networks" (2019).
"""

from dataclasses import replace

import cv2
import numpy as np

from pipeline.augment.boxes import joined
from pipeline.augment.sample import Sample

MAX_SHARE = 0.5


def mixup_share(strength: float) -> float:
    """How much of the other image is seen: half of it at strength 1."""
    return MAX_SHARE * strength


def mixup_box_aware(sample: Sample, mate: Sample, mate_share: float) -> Sample:
    """The boxes of both, with their weights times 1 - mate_share and mate_share; mate: of the same size."""
    mine = replace(sample, weight=sample.weight * np.float32(1 - mate_share))
    others = replace(mate, weight=mate.weight * np.float32(mate_share))
    return joined(blend(sample.image, mate.image, mate_share), [mine, others])


def blend(image: np.ndarray, other: np.ndarray, share: float) -> np.ndarray:
    """(1 - share) of one image and `share` of the other, of display values, rounded."""
    return cv2.addWeighted(image, 1 - share, other, share, 0)
