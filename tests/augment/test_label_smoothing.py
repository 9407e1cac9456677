import math

import numpy as np
import pytest
import torch

from pipeline.augment.label_smoothing import smoothed_focal_loss
from pipeline.detect.loss import focal_loss


def maps(rng):
    logits, heat = rng.normal(0, 2, (3, 4)), rng.uniform(0, 0.9, (3, 4))
    heat[1, 2] = 1
    return logits, heat, rng.random((3, 4))


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.3])
def test_against_the_formula(smoothing):
    logits, heat, care = maps(np.random.default_rng([0]))
    expected = 0.0
    for index in np.ndindex(3, 4):
        score = 1 / (1 + math.exp(-logits[index]))
        centre = heat[index] == 1
        target = 1 - smoothing if centre else smoothing
        entropy = -target * math.log(score) - (1 - target) * math.log(1 - score)
        expected += care[index] * (1 if centre else (1 - heat[index]) ** 4) * (target - score) ** 2 * entropy
    found = smoothed_focal_loss(*map(torch.tensor, (logits, heat, care)), smoothing)
    np.testing.assert_allclose(found, expected)


def test_without_smoothing_it_is_the_focal_loss():
    values = [torch.tensor(map_) for map_ in maps(np.random.default_rng([1]))]
    np.testing.assert_allclose(smoothed_focal_loss(*values, 0.0), focal_loss(*values))


def test_the_best_scores_are_the_smoothed_targets():
    """On a grid of scores the loss is least at 0.9 in a centre and at 0.1 outside, also near a centre."""
    scores = torch.linspace(0.01, 0.99, 99, dtype=torch.float64)
    for heat, best in ((1.0, 0.9), (0.0, 0.1), (0.5, 0.1)):
        losses = [float(smoothed_focal_loss(torch.logit(score), torch.tensor(heat), torch.tensor(1.0), 0.1))
                  for score in scores]  # fmt: skip
        assert abs(scores[np.argmin(losses)] - best) < 1e-6
