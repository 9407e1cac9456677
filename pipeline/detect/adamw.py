"""The optimizer AdamW; Loshchilov and Hutter, "Decoupled Weight Decay Regularization" (2019).

Ours, because the first use of an optimizer of torch imports its compiler: two seconds of a short run.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

MEAN_DECAY, SQUARE_DECAY = 0.9, 0.999
EPSILON = 1e-8


class AdamW:
    """Weight decay for kernels; none for biases and normalization (parameters with one axis)."""

    def __init__(self, parameters: Sequence[nn.Parameter], learning_rate: float, weight_decay: float):
        self.parameters, self.learning_rate, self.weight_decay = list(parameters), learning_rate, weight_decay
        self.means = [torch.zeros_like(parameter) for parameter in self.parameters]
        self.squares = [torch.zeros_like(parameter) for parameter in self.parameters]
        self.steps = 0

    @torch.no_grad()
    def step(self, share: float = 1.0) -> None:
        """One update from the gradients, with this share of the learning rate."""
        self.steps += 1
        rate = share * self.learning_rate
        mean_scale = 1 - MEAN_DECAY**self.steps
        square_scale = 1 - SQUARE_DECAY**self.steps
        for parameter, mean, square in zip(self.parameters, self.means, self.squares, strict=True):
            if parameter.ndim > 1:
                parameter.mul_(1 - rate * self.weight_decay)
            mean.lerp_(parameter.grad, 1 - MEAN_DECAY)
            square.mul_(SQUARE_DECAY).addcmul_(parameter.grad, parameter.grad, value=1 - SQUARE_DECAY)
            size = (square / square_scale).sqrt_().add_(EPSILON)
            parameter.addcdiv_(mean, size, value=-rate / mean_scale)

    def state_dict(self) -> dict[str, int | list[Tensor]]:
        """What the next updates depend on, besides weights and gradients."""
        return {"steps": self.steps, "means": self.means, "squares": self.squares}

    @torch.no_grad()
    def load_state_dict(self, state: dict[str, int | list[Tensor]]) -> None:
        """Go on from what `state_dict` gave."""
        self.steps = state["steps"]
        for own, known in ((self.means, state["means"]), (self.squares, state["squares"])):
            for mine, theirs in zip(own, known, strict=True):
                mine.copy_(theirs)
