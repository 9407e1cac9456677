"""The trained network as an ONNX file, decoded up to the boxes that every cell proposes.

What is left to the user: shrink the frame by `input_scale` (area average), pad it with grey 114 to the right and
below, and tell proposals of one object apart by non-maximum suppression. The pipeline's own detections besides average
with the mirror image where decoding.mirror says so, use Soft-NMS and let proposals vote: `pipeline.detect.decode`.
"""

import importlib.util
import warnings
from pathlib import Path

import torch
from torch import Tensor, nn

from pipeline.data.files import atomic_write
from pipeline.detect.detector import Detector
from pipeline.detect.network import COARSEST_STRIDE, STRIDE, Network
from pipeline.errors import UserError

OPSET = 17


class Proposals(nn.Module):
    """From a picture of one fixed size to the box and the scores of every cell."""

    def __init__(self, network: Network, width: int, height: int):
        super().__init__()
        self.network = network
        y, x = torch.meshgrid(torch.arange(height // STRIDE), torch.arange(width // STRIDE), indexing="ij")
        self.register_buffer("x", (x.flatten() + 0.5) * STRIDE)
        self.register_buffer("y", (y.flatten() + 0.5) * STRIDE)

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """image: (1, 3, H, W) float32 RGB, display values 0..255.

        Returns boxes (1, cells, 4) xyxy [input px] and scores (1, cells, categories) in [0, 1]; cells in reading order.
        """
        logits, distances = self.network(image / 127.5 - 1)
        left, top, right, bottom = distances.flatten(2).unbind(1)
        boxes = torch.stack([self.x - left, self.y - top, self.x + right, self.y + bottom], 2)
        return boxes, torch.sigmoid(logits).flatten(2).transpose(1, 2)


def input_size(width: int, height: int, input_scale: float) -> tuple[int, int]:
    """Width and height [px] of the network's input for frames of `width` x `height` px, padding included."""
    return tuple(-(-max(1, round(side * input_scale)) // COARSEST_STRIDE) * COARSEST_STRIDE for side in (width, height))


def export_onnx(detector: Detector, width: int, height: int, path: Path) -> None:
    """Write `Proposals` for an input of `width` x `height` px: input "image", outputs "boxes" and "scores".

    Raises UserError without the package onnx, which torch's writer wants and the pipeline needs nowhere else.
    """
    if importlib.util.find_spec("onnx") is None:
        raise UserError("--export onnx: the package onnx is not installed; add it with `pip install onnx`")
    model = Proposals(detector.network, width, height).eval()
    with atomic_write(path) as partial, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that there is a newer writer, which needs onnxscript
        torch.onnx.export(
            model,
            (torch.zeros(1, 3, height, width),),
            str(partial),
            input_names=["image"],
            output_names=["boxes", "scores"],
            opset_version=OPSET,
            dynamo=False,
        )
