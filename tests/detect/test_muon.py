import numpy as np
import pytest
import torch

from pipeline.detect.muon import Muon, orthogonalize


@pytest.mark.parametrize("shape", [(6, 6), (4, 30), (30, 4)])
def test_singular_vectors_stay_and_values_come_near_one(shape):
    torch.manual_seed(0)
    matrix = torch.randn(shape)
    u, values, v = torch.linalg.svd(matrix, full_matrices=False)
    after = u.T @ orthogonalize(matrix) @ v.T
    np.testing.assert_allclose(after - torch.diag(after.diagonal()), 0, atol=1e-4)
    large = values > matrix.norm() / 50
    assert ((after.diagonal() > 0.67) & (after.diagonal() < 1.22))[large].all()


def test_first_step_is_an_orthogonal_step_downhill():
    kernel = torch.nn.Parameter(torch.zeros(4, 2, 3, 3))
    optimizer = Muon([kernel], learning_rate=0.1, weight_decay=0.0)
    gradient = torch.randn(4, 2, 3, 3, generator=torch.Generator().manual_seed(1))
    kernel.grad = gradient.clone()
    optimizer.step()
    expected = -0.1 * orthogonalize(gradient.reshape(4, 18)).view(4, 2, 3, 3)
    np.testing.assert_allclose(kernel.detach(), expected, atol=1e-6)


def test_finds_the_minimum_of_a_quadratic():
    torch.manual_seed(2)
    wanted, kernel = torch.randn(8, 12), torch.nn.Parameter(torch.zeros(8, 12))
    optimizer = Muon([kernel], learning_rate=0.1, weight_decay=0.0)
    for step in range(200):
        kernel.grad = None
        ((kernel - wanted) ** 2).sum().backward()
        optimizer.step(1 - step / 200)
    assert (kernel - wanted).norm() < 0.05 * wanted.norm()
