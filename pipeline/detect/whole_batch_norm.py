"""Batch normalization with the statistics of a batch that several processes share.

torch.nn.SyncBatchNorm does this on GPUs only. As there, each process gathers the mean and variance of every share and
combines them; Chan, Golub, LeVeque, "Updating formulae and a pairwise algorithm for computing sample variances" (1979).
"""

import torch
from torch import Tensor, distributed, nn
from torch.autograd import Function
from torch.nn import functional

PIXELS = (0, 2, 3)  # axes of a batch (B, C, H, W) that a channel's statistics are over


class WholeBatchNorm(nn.BatchNorm2d):
    """Like BatchNorm2d, in training on the share (B, C, H, W) of a batch that this process has; the same state."""

    def forward(self, x: Tensor) -> Tensor:
        if not self.training:
            return super().forward(x)
        mean, variance, pixels = whole_statistics(x.detach().to(self.weight.dtype))
        with torch.no_grad():
            self.num_batches_tracked += 1
            self.running_mean.lerp_(mean, self.momentum)
            self.running_var.lerp_(variance * (pixels / (pixels - 1)), self.momentum)
        return _Normalize.apply(x, self.weight, self.bias, mean, variance, pixels, self.eps)


def whole_statistics(x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Mean (C,), variance (C,) around it and number () of the pixels of every share of a batch."""
    variance, mean = torch.var_mean(x, PIXELS, correction=0)
    own = torch.cat([mean, variance, mean.new_tensor([x.numel() / len(mean)])])
    shares = [torch.empty_like(own) for _ in range(distributed.get_world_size())]
    distributed.all_gather(shares, own)
    gathered = torch.stack(shares)
    pixels = gathered[:, -1:]
    means, variances = gathered[:, :-1].chunk(2, 1)
    part = pixels / pixels.sum()
    mean = (part * means).sum(0)
    return mean, (part * (variances + (means - mean) ** 2)).sum(0), pixels.sum()


class _Normalize(Function):
    """weight * (x - mean) / sqrt(variance + eps) + bias, where mean and variance depend on x, here and elsewhere.

    Ioffe and Szegedy, "Batch Normalization" (2015), section 3, with the sums of its gradient over all processes.
    """

    @staticmethod
    def forward(ctx, x, weight, bias, mean, variance, pixels, eps):
        ctx.save_for_backward(x, weight, mean, torch.rsqrt(variance + eps), pixels)
        return functional.batch_norm(x, mean, variance, weight, bias, False, 0.0, eps)

    @staticmethod
    def backward(ctx, gradient):
        x, weight, mean, scale, pixels = ctx.saved_tensors
        gradient = gradient.to(weight.dtype)
        normal = (x - _per_channel(mean)) * _per_channel(scale)
        own = torch.stack([(gradient * normal).sum(PIXELS), gradient.sum(PIXELS)])
        of_weight, of_bias = own.clone()
        distributed.all_reduce(own)
        along, offset = own / pixels
        of_x = (gradient - _per_channel(offset) - normal * _per_channel(along)) * _per_channel(weight * scale)
        return of_x.to(x.dtype), of_weight, of_bias, None, None, None, None


def _per_channel(values: Tensor) -> Tensor:
    return values.view(1, -1, 1, 1)


def with_whole_batch_norm(network: nn.Module) -> nn.Module:
    """The same network, weights and all, with every BatchNorm2d replaced; changes it."""
    for name, child in network.named_children():
        if type(child) is nn.BatchNorm2d:
            whole = WholeBatchNorm(child.num_features, child.eps, child.momentum)
            whole.load_state_dict(child.state_dict())
            setattr(network, name, whole)
        else:
            with_whole_batch_norm(child)
    return network
