"""The network: a residual trunk down to stride 32, a feature pyramid back up to stride 8, maps at stride 4.

Nearly all of its arithmetic is in dense 3x3 convolutions at strides 8 to 32, where a CPU is near its peak;
activations at strides 1 to 4 would cost more time in memory traffic than they earn. So the stem goes to
stride 4 in one step, and the head predicts a 2 x 2 block of stride-4 cells from each stride-8 cell (pixel
shuffle; Shi et al., "Real-Time Single Image and Video Super-Resolution Using an Efficient Sub-Pixel
Convolutional Neural Network", 2016).
"""

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from pipeline.params import NetworkParams

STRIDE = 4
"""Input pixels per cell of the output maps."""

COARSEST_STRIDE = 32
"""The input's sides must be multiples of this."""

SHUFFLE = 2
"""Output cells per side of a head cell."""

PRIOR = 0.02
"""Score that an untrained network gives to every cell."""

PRIOR_SIDE = 12.0
"""Distance [input px] from centre to box side that an untrained network predicts."""


def conv(before: int, after: int, kernel: int = 3, stride: int = 1, relu: bool = True) -> nn.Sequential:
    """Convolution, batch normalization, optional ReLU; sides shrink by `stride`."""
    padding = (kernel - 1) // 2
    layers = [nn.Conv2d(before, after, kernel, stride, padding, bias=False), nn.BatchNorm2d(after)]
    return nn.Sequential(*layers, nn.ReLU(inplace=True)) if relu else nn.Sequential(*layers)


class Residual(nn.Module):
    """relu(x + conv(conv(x))); He et al., "Deep Residual Learning for Image Recognition" (2016)."""

    def __init__(self, channels: int):
        super().__init__()
        self.body = nn.Sequential(conv(channels, channels), conv(channels, channels, relu=False))

    def forward(self, x: Tensor) -> Tensor:
        return functional.relu(x + self.body(x), inplace=True)


class Network(nn.Module):
    """Per-cell logits of every category and box distances of a batch of images.

    categories: how many there are; they share the box distances. stem_channels: width at stride 4. channels: widths
    at strides 8, 16, 32. blocks: residual blocks there. head_channels: width of the pyramid and the head.
    """

    def __init__(
        self,
        categories: int,
        stem_channels: int,
        channels: Sequence[int],
        blocks: Sequence[int],
        head_channels: int,
    ):
        super().__init__()
        self.stem = conv(3, stem_channels, kernel=6, stride=4)
        self.stages = nn.ModuleList(
            nn.Sequential(conv(before, width, stride=2), *(Residual(width) for _ in range(depth)))
            for before, width, depth in zip([stem_channels, *channels], channels, blocks, strict=False))
        self.lateral = nn.ModuleList(nn.Conv2d(width, head_channels, 1, bias=False) for width in channels)
        self.head = nn.Sequential(nn.BatchNorm2d(head_channels), nn.ReLU(inplace=True),
                                  conv(head_channels, head_channels))
        self.categories = categories
        logits, sides = categories * SHUFFLE**2, 4 * SHUFFLE**2
        self.output = nn.Conv2d(head_channels, logits + sides, 1)
        nn.init.normal_(self.output.weight, std=0.01)
        with torch.no_grad():
            self.output.bias[:logits] = math.log(PRIOR / (1 - PRIOR))
            self.output.bias[logits:] = math.log(PRIOR_SIDE)

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """image: (B, 3, H, W) float32 in [-1, 1], H and W multiples of 32.

        Returns logits (B, categories, H/4, W/4) and distances (B, 4, H/4, W/4): left, top, right, bottom
        [input px] from the cell's centre to the sides of the box, positive.
        """
        x = self.stem(image)
        levels = []
        for stage, lateral in zip(self.stages, self.lateral, strict=True):
            x = stage(x)
            levels.append(lateral(x))
        pyramid = levels.pop()
        while levels:
            pyramid = functional.interpolate(pyramid, scale_factor=2.0) + levels.pop()
        output = functional.pixel_shuffle(self.output(self.head(pyramid)), SHUFFLE)
        return output[:, : self.categories], torch.exp(output[:, self.categories :].clamp(-4.0, 7.0))


def build(params: NetworkParams, categories: int = 1) -> Network:
    """An untrained network; its weights come from torch's global generator."""
    return Network(categories, params.stem_channels, params.channels, params.blocks, params.head_channels)
