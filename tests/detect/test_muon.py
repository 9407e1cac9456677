import numpy as np
import pytest
import torch

from pipeline.detect.muon import Muon, orthogonalize


@pytest.mark.parametrize("shape", [(6, 6), (4, 30), (30, 4)])
def test_singular_vectors_stay_and_values_come_near_one(shape):
    torch.manual_seed(0)
    matrices = torch.randn(3, *shape)
    for matrix, result in zip(matrices, orthogonalize(matrices), strict=True):
        u, values, v = torch.linalg.svd(matrix, full_matrices=False)
        after = u.T @ result @ v.T
        np.testing.assert_allclose(after - torch.diag(after.diagonal()), 0, atol=1e-4)
        large = values > matrix.norm() / 50
        assert ((after.diagonal() > 0.67) & (after.diagonal() < 1.22))[large].all()


@pytest.mark.parametrize("memory_format", [torch.contiguous_format, torch.channels_last])
def test_first_step_is_an_orthogonal_step_downhill(memory_format):
    torch.manual_seed(1)
    kernels = [torch.nn.Parameter(torch.zeros(4, 2, 3, 3).to(memory_format=memory_format)) for _ in range(2)]
    gradients = torch.randn(2, 4, 2, 3, 3)
    for kernel, gradient in zip(kernels, gradients, strict=True):
        kernel.grad = gradient.to(memory_format=memory_format)
    Muon(kernels, learning_rate=0.1, weight_decay=0.0).step()
    expected = -0.1 * orthogonalize(gradients.reshape(2, 4, 18)).view(2, 4, 2, 3, 3)
    for kernel, wanted in zip(kernels, expected, strict=True):
        np.testing.assert_allclose(kernel.detach(), wanted, atol=1e-6)


def test_kernels_of_many_shapes_go_their_own_ways():
    torch.manual_seed(3)
    together = [torch.nn.Parameter(torch.randn(shape)) for shape in [(4, 2, 3, 3), (6, 4, 1, 1), (4, 2, 3, 3)]]
    alone = [torch.nn.Parameter(kernel.detach().clone()) for kernel in together]
    gradients = [torch.randn_like(kernel) for kernel in together]
    optimizers = [Muon(together, 0.1, 0.01), *(Muon([kernel], 0.1, 0.01) for kernel in alone)]
    for _ in range(3):
        for kernel, gradient in zip([*together, *alone], [*gradients, *gradients], strict=True):
            kernel.grad = gradient.clone()
        for optimizer in optimizers:
            optimizer.step()
    for one, other in zip(together, alone, strict=True):
        np.testing.assert_allclose(one.detach(), other.detach(), atol=1e-6)


def test_finds_the_minimum_of_a_quadratic():
    torch.manual_seed(2)
    wanted, kernel = torch.randn(8, 12, 1, 1), torch.nn.Parameter(torch.zeros(8, 12, 1, 1))
    optimizer = Muon([kernel], learning_rate=0.1, weight_decay=0.0)
    for step in range(200):
        kernel.grad = None
        ((kernel - wanted) ** 2).sum().backward()
        optimizer.step(1 - step / 200)
    assert (kernel - wanted).norm() < 0.05 * wanted.norm()
