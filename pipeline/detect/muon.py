"""The optimizer Muon: every update of a kernel is made orthogonal, so that all its directions learn alike.

Jordan et al., "Muon: An optimizer for hidden layers in neural networks" (2024). On convolution kernels, as
here, it finds clearly more people than AdamW after the same few hundred steps.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

# Newton-Schulz: x -> a x + b (x x') x + c (x x')^2 x brings singular values below 1 near 1 in few rounds.
A, B, C = 3.4445, -4.7750, 2.0315
ROUNDS = 3

MOMENTUM = 0.9


def orthogonalize(matrices: Tensor) -> Tensor:
    """About the orthogonal matrix nearest to each of `matrices` (k, m, n): same singular vectors, values about 1.

    Singular values above 1/50 of the Frobenius norm end between 0.68 and 1.21; smaller ones stay smaller.
    """
    x = matrices / (matrices.norm(dim=(1, 2), keepdim=True) + 1e-7)
    wide = x.shape[1] <= x.shape[2]
    x = x if wide else x.mT
    # Every round multiplies x from the left by a polynomial of x x': the rounds need that small square only.
    square = x @ x.mT
    product = factor = _polynomial(square)
    for _ in range(ROUNDS - 1):
        square = factor @ square @ factor
        factor = _polynomial(square)
        product = factor @ product
    x = product @ x
    return x if wide else x.mT


def _polynomial(square: Tensor) -> Tensor:
    """A + B square + C square^2."""
    result = torch.baddbmm(square, square, square, beta=B, alpha=C)
    result.diagonal(dim1=1, dim2=2).add_(A)
    return result


class Muon:
    """For kernels (out, in, height, width), seen as matrices with `out` rows; Nesterov, decoupled weight decay."""

    def __init__(self, kernels: Sequence[nn.Parameter], learning_rate: float, weight_decay: float):
        self.learning_rate, self.weight_decay = learning_rate, weight_decay
        by_shape: dict[torch.Size, list[nn.Parameter]] = {}
        for kernel in kernels:
            by_shape.setdefault(kernel.shape, []).append(kernel)
        self.groups = list(by_shape.values())  # kernels of one shape are orthogonalized together
        self.means = [torch.zeros_like(_rows([kernel.data for kernel in group])) for group in self.groups]

    @torch.no_grad()
    def step(self, share: float = 1.0) -> None:
        """One update from the gradients, with this share of the learning rate."""
        rate = share * self.learning_rate
        for kernels, mean in zip(self.groups, self.means, strict=True):
            gradient = _rows([kernel.grad for kernel in kernels])
            mean.lerp_(gradient, 1 - MOMENTUM)
            update = orthogonalize(gradient.lerp_(mean, MOMENTUM))
            scale = rate * max(1.0, update.shape[1] / update.shape[2]) ** 0.5
            for kernel, change in zip(kernels, update, strict=True):
                kernel.mul_(1 - rate * self.weight_decay)
                channels_last = kernel.permute(0, 2, 3, 1)
                channels_last.sub_(change.view(channels_last.shape), alpha=scale)

    def state_dict(self) -> dict[str, list[Tensor]]:
        """What the next updates depend on, besides weights and gradients."""
        return {"means": self.means}

    @torch.no_grad()
    def load_state_dict(self, state: dict[str, list[Tensor]]) -> None:
        """Go on from what `state_dict` gave."""
        for mean, known in zip(self.means, state["means"], strict=True):
            mean.copy_(known)


def _rows(kernels: list[Tensor]) -> Tensor:
    """(k, out, height * width * in): kernels lie with their channels last in memory, as the network does."""
    return torch.stack([kernel.permute(0, 2, 3, 1).flatten(1) for kernel in kernels])
