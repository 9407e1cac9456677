import numpy as np
import torch

from pipeline.detect.adamw import AdamW


def test_against_torch():
    torch.manual_seed(0)
    start = [torch.randn(4, 3), torch.randn(5)]
    ours, theirs = ([torch.nn.Parameter(value.clone()) for value in start] for _ in range(2))
    optimizer = AdamW(ours, 0.01, 0.1)
    groups = [{"params": theirs[:1], "weight_decay": 0.1}, {"params": theirs[1:], "weight_decay": 0.0}]
    reference = torch.optim.AdamW(groups, lr=0.01)
    for step in range(20):
        share = 1 - step / 40
        for group in reference.param_groups:
            group["lr"] = 0.01 * share
        for a, b in zip(ours, theirs, strict=True):
            a.grad = torch.randn_like(a)
            b.grad = a.grad.clone()
        optimizer.step(share)
        reference.step()
        for a, b in zip(ours, theirs, strict=True):
            np.testing.assert_allclose(a.detach(), b.detach(), rtol=1e-5, atol=1e-6)
