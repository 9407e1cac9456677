"""The training loss: focal loss on the heat map, generalized IoU on the boxes."""

import torch
from torch import Tensor
from torch.nn import functional

from pipeline.augment.label_smoothing import smoothed_focal_loss

BOX_WEIGHT = 2.0
"""Weight of the box loss against the focal loss."""


def focal_loss(logits: Tensor, heat: Tensor, care: Tensor) -> Tensor:
    """Sum over cells of the focal loss of Zhou et al., "Objects as Points" (2019), eq. 1 with alpha 2, beta
    4.

    logits, heat, care: same shape. A cell with heat 1 is an object's centre; any other is background, the less so the
    more heat it has; each cell counts as much as its care.
    """
    score = torch.sigmoid(logits)
    centre = (1 - score) ** 2 * -functional.logsigmoid(logits)
    background = (1 - heat) ** 4 * score**2 * -functional.logsigmoid(-logits)
    return (torch.where(heat == 1, centre, background) * care).sum()


def giou_loss(predicted: Tensor, wanted: Tensor) -> Tensor:
    """1 - GIoU of boxes around one point; Rezatofighi et al., "Generalized Intersection over Union" (2019).

    predicted, wanted: (N, 4) left, top, right, bottom distances [px], positive. Returns (N,) in [0, 2).
    """
    overlap = _area(torch.minimum(predicted, wanted))
    hull = _area(torch.maximum(predicted, wanted))
    union = _area(predicted) + _area(wanted) - overlap
    return 1 - overlap / union + (hull - union) / hull


def _area(distances: Tensor) -> Tensor:
    left, top, right, bottom = distances.unbind(-1)
    return (left + right) * (top + bottom)


def detection_loss(
    logits: Tensor,
    distances: Tensor,
    heat: Tensor,
    care: Tensor,
    wanted: Tensor,
    weight: Tensor,
    smoothing: float = 0.0,
    totals: Tensor | None = None,
) -> Tensor:
    """Focal loss per object + BOX_WEIGHT * mean of the GIoU loss weighted by `weight`.

    logits, heat, care: (B, n, h, w); weight: (B, h, w); distances, wanted: (B, 4, h, w) [px]. An object counts as much
    as the care of its centre. smoothing: of the labels of the heat map. totals: (2,), `loss_totals` of the whole batch
    where this is a share of it; the losses of all shares then add up to the loss of the batch.
    """
    objects, weights = loss_totals(heat, care, weight) if totals is None else totals
    focal = smoothed_focal_loss(logits, heat, care, smoothing) if smoothing else focal_loss(logits, heat, care)
    loss = focal / objects.clamp(min=1)
    cells = weight > 0
    if cells.any():
        share = weight[cells] / weights
        boxes = giou_loss(distances.permute(0, 2, 3, 1)[cells], wanted.permute(0, 2, 3, 1)[cells])
        loss = loss + BOX_WEIGHT * (share * boxes).sum()
    return loss


def loss_totals(heat: Tensor, care: Tensor, weight: Tensor) -> Tensor:
    """(2,): objects, each as much as the care of its centre; sum of `weight`. What the loss is divided by."""
    return torch.stack([(care * (heat == 1)).sum(), weight.sum()])
