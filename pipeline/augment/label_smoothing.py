"""Label smoothing: an object's centre is one with 1 - smoothing, background with smoothing.

Szegedy et al., "Rethinking the Inception Architecture" (2016), on the heat map of a detector.
"""

import torch
from torch import Tensor
from torch.nn import functional


def smoothed_focal_loss(logits: Tensor, heat: Tensor, care: Tensor, smoothing: float) -> Tensor:
    """The focal loss of `pipeline.detect.loss` towards targets t: 1 - smoothing at centres, smoothing elsewhere.

    Per cell |t - score|^2 * (cross entropy of score and t), the form for targets that are not 0 or 1 of Li et al.,
    "Generalized Focal Loss" (2020), eq. 2 with beta 2; times (1 - heat)^4 outside of centres, and `care`. Its least
    value is at score = t; with smoothing 0 it is the focal loss itself.
    """
    score = torch.sigmoid(logits)
    centre = heat == 1
    target = torch.where(centre, 1 - smoothing, smoothing).to(score)
    entropy = -target * functional.logsigmoid(logits) - (1 - target) * functional.logsigmoid(-logits)
    near = torch.where(centre, torch.ones_like(heat), (1 - heat) ** 4)
    return (near * (target - score) ** 2 * entropy * care).sum()
