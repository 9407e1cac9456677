import math

import numpy as np
import torch

from pipeline.detect.loss import BOX_WEIGHT, detection_loss, focal_loss, giou_loss


def test_focal_loss_against_the_formula():
    rng = np.random.default_rng(0)
    logits, heat = rng.normal(0, 2, (3, 4)), rng.uniform(0, 0.9, (3, 4))
    heat[1, 2] = 1
    care = (rng.random((3, 4)) < 0.7).astype(float)
    expected = 0.0
    for index in np.ndindex(3, 4):
        score = 1 / (1 + math.exp(-logits[index]))
        if heat[index] == 1:
            loss = -((1 - score) ** 2) * math.log(score)
        else:
            loss = -((1 - heat[index]) ** 4) * score**2 * math.log(1 - score)
        expected += loss * care[index]
    found = focal_loss(torch.tensor(logits), torch.tensor(heat), torch.tensor(care))
    np.testing.assert_allclose(found, expected)


def test_giou_against_boxes():
    rng = np.random.default_rng(1)
    predicted, wanted = rng.uniform(0.5, 30, (2, 20, 4))
    losses = giou_loss(torch.tensor(predicted), torch.tensor(wanted))
    for p, w, found in zip(predicted, wanted, losses, strict=True):
        (ax0, ay0, ax1, ay1), (bx0, by0, bx1, by1) = ((-d[0], -d[1], d[2], d[3]) for d in (p, w))
        overlap = (min(ax1, bx1) - max(ax0, bx0)) * (min(ay1, by1) - max(ay0, by0))
        union = (ax1 - ax0) * (ay1 - ay0) + (bx1 - bx0) * (by1 - by0) - overlap
        hull = (max(ax1, bx1) - min(ax0, bx0)) * (max(ay1, by1) - min(ay0, by0))
        np.testing.assert_allclose(found, 1 - (overlap / union - (hull - union) / hull))


def maps(logit=0.0):
    return {
        "logits": torch.full((2, 4, 4), logit, requires_grad=True),
        "distances": torch.full((2, 4, 4, 4), 3.0, requires_grad=True),
        "heat": torch.zeros(2, 4, 4),
        "care": torch.ones(2, 4, 4),
        "wanted": torch.ones(2, 4, 4, 4),
        "weight": torch.zeros(2, 4, 4),
    }


def test_finite_without_people_and_at_extremes():
    for logit in (-100.0, 0.0, 100.0):
        values = maps(logit)
        loss = detection_loss(**values)
        loss.backward()
        assert torch.isfinite(loss) and torch.isfinite(values["logits"].grad).all()


def test_ignored_cells_have_no_gradient():
    values = maps()
    values["care"][:, 1] = 0
    detection_loss(**values).backward()
    gradient = values["logits"].grad
    assert (gradient[:, 1] == 0).all() and (gradient[:, 0] != 0).all()


def test_only_weighted_cells_learn_boxes():
    values = maps()
    values["heat"][0, 2, 2], values["weight"][0, 2, 2] = 1, 1
    values["weight"][1, 0, 0] = 0.5
    values["wanted"][0, :, 2, 2] = 3.0  # right already
    loss = detection_loss(**values)
    loss.backward()
    touched = values["distances"].grad.abs().sum(1).nonzero().tolist()
    assert [1, 0, 0] in touched and all(cell in ([1, 0, 0], [0, 2, 2]) for cell in touched)
    focal = focal_loss(values["logits"], values["heat"], values["care"])
    expected = focal + BOX_WEIGHT * (0.5 / 1.5) * (1 - 4 / 36)
    np.testing.assert_allclose(loss.detach(), expected.detach(), rtol=1e-6)


def test_an_object_counts_as_much_as_its_weight():
    """Two objects of weights 0.75 and 0.25 are one; an empty background has no part in it."""
    values = maps(logit=-30.0)
    for (image, row, col), weight in (((0, 1, 1), 0.75), ((1, 2, 3), 0.25)):
        values["heat"][image, row, col], values["care"][image, row, col] = 1, weight
        values["logits"].data[image, row, col] = 0.0
    found = detection_loss(**values)
    np.testing.assert_allclose(found.detach(), 0.25 * math.log(2), rtol=1e-6)


def test_smoothing_is_of_the_heat_map_alone():
    values = maps()
    values["heat"][0, 2, 2], values["weight"][0, 2, 2] = 1, 1
    plain, smoothed = (detection_loss(**values, smoothing=smoothing) for smoothing in (0.0, 0.2))
    cells = values["heat"].numel()
    difference = cells * math.log(2) * (0.5**2 - 0.3**2)  # at score 1/2 the cross entropy is ln 2 for every target
    np.testing.assert_allclose((plain - smoothed).detach(), difference, rtol=1e-5)
