"""mixup as for classification, labels blended like pixels: on boxes this is wrong, and is kept to be measured.

Zhang et al., "mixup: Beyond Empirical Risk Minimization" (2018) blend images and label vectors alike. The number of a
class can be blended; the coordinates of two boxes that have nothing to do with each other make a box around nothing.
"""

from dataclasses import replace

import numpy as np

from pipeline.augment.mixup_box_aware import blend
from pipeline.augment.sample import Sample


def mixup_naive(sample: Sample, mate: Sample, mate_share: float) -> Sample:
    """The i-th box of one sample is blended with the i-th of the other; boxes without partner stay, as do categories.

    mate_share: from 0 to 1/2. Boxes that the mate alone has are left out: at most half of each is to be seen.
    """
    pairs = min(len(sample.boxes), len(mate.boxes))
    boxes = sample.boxes.copy()
    boxes[:pairs] = (1 - mate_share) * boxes[:pairs] + mate_share * mate.boxes[:pairs]
    return replace(sample, image=blend(sample.image, mate.image, mate_share), boxes=boxes.astype(np.float32))
