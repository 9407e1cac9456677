"""A trained detector: native frames in, native boxes out; and its file."""

import dataclasses
import io
import pickle
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from pipeline.augment.scale_crop import FILL
from pipeline.data.coco import PERSON, Category
from pipeline.data.files import write_bytes
from pipeline.detect.batches import is_any_chiral, normalize
from pipeline.detect.dataset import shrink
from pipeline.detect.decode import decode
from pipeline.detect.network import COARSEST_STRIDE, Network, build
from pipeline.errors import UserError
from pipeline.params import DecodingParams, NetworkParams

FORMAT = 2


class Detector:
    """Finds objects in display images (uint8 RGB) of any size; the same answer for the same image, always.

    categories: what it finds, in the order of the network's maps. The mirror image is not looked at where one of them
    is chiral.
    """

    def __init__(
        self,
        network: Network,
        params: NetworkParams,
        decoding: DecodingParams,
        categories: Sequence[Category] = (PERSON,),
    ):
        self.params, self.decoding, self.categories = params, decoding, tuple(categories)
        self.mirror = decoding.mirror and not is_any_chiral(categories)
        self.network = network.eval().to(memory_format=torch.channels_last)

    @classmethod
    def load(cls, path: str | Path, decoding: DecodingParams) -> "Detector":
        """Read what `save` wrote, for prediction. Raises UserError if the file is missing or is none of ours."""
        path = Path(path)
        if not path.is_file():
            raise UserError(f"{path}: no trained detector there; make it with `dvc repro`")
        try:
            content = torch.load(path, map_location="cpu", weights_only=True)
            if content["format"] != FORMAT:
                raise ValueError(f"format {content['format']}")
            params = NetworkParams(**content["params"])
            categories = tuple(Category(**one) for one in content.get("categories", [dataclasses.asdict(PERSON)]))
            network = build(params, len(categories))
            network.load_state_dict(content["weights"])
        except (pickle.UnpicklingError, RuntimeError, KeyError, TypeError, ValueError, EOFError) as error:
            first_line = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise UserError(
                f"{path}: expected a detector of this version, found something else ({first_line}); "
                "train again with `dvc repro`"
            ) from None
        return cls(_fuse(network.eval()), params, decoding, categories)

    def predict(self, images: list[np.ndarray]) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """images: (H, W, 3) uint8 RGB, native size -> per image boxes (M, 4) float32 xyxy [native px] inside
        the image, scores (M,) float32 in [0, 1], best first, and categories (M,) int, place in `categories`."""
        return [self.detect(image) for image in images]

    @torch.inference_mode()
    def detect(self, image: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """`predict` for one image."""
        native_height, native_width = image.shape[:2]
        small = shrink(image, self.params.input_scale)
        height, width = small.shape[:2]
        logits, distances = self._maps(padded(small))
        boxes, scores, category = decode(logits[0], distances[0], self.decoding)
        scale = np.array([native_width / width, native_height / height] * 2, np.float32)
        limit = np.array([native_width, native_height] * 2, np.float32)
        boxes = np.clip(boxes * scale, 0, limit)
        seen = (boxes[:, 2:] > boxes[:, :2]).all(1)  # some lie outside the image altogether
        return boxes[seen], scores[seen], category[seen]

    def _maps(self, image: np.ndarray) -> tuple[torch.Tensor, torch.Tensor]:
        """The network's maps of one image (h, w, 3) uint8, averaged with those of its mirror image if
        `mirror`."""
        if not self.mirror:
            return self.network(normalize(image[None]))
        logits, distances = self.network(normalize(np.stack([image, cv2.flip(image, 1)])))
        mirrored = distances[1:].flip(-1)[:, [2, 1, 0, 3]]  # left and right change places
        return (logits[:1] + logits[1:].flip(-1)) / 2, (distances[:1] + mirrored) / 2


def padded(image: np.ndarray) -> np.ndarray:
    """The image (h, w, 3) with grey below and to the right, up to sides that the network can halve five times."""
    below, right = (-side % COARSEST_STRIDE for side in image.shape[:2])
    return cv2.copyMakeBorder(image, 0, below, 0, right, cv2.BORDER_CONSTANT, value=(FILL, FILL, FILL))


def save(path: str | Path, network: Network, params: NetworkParams, categories: Sequence[Category] = (PERSON,)) -> None:
    """Write a trained network and all that `Detector.load` needs, atomically; same content, same bytes.

    A file that names no categories finds persons.
    """
    weights = {name: tensor.contiguous() for name, tensor in network.state_dict().items()}
    buffer = io.BytesIO()  # a path's name would become part of the bytes
    size = {field.name: getattr(params, field.name) for field in dataclasses.fields(NetworkParams)}
    content = {"format": FORMAT, "params": size, "weights": weights}
    if tuple(categories) != (PERSON,):
        content["categories"] = [dataclasses.asdict(one) for one in categories]
    torch.save(content, buffer)
    write_bytes(path, buffer.getvalue())


def _fuse(module: nn.Module) -> nn.Module:
    """Fold every normalization into the convolution before it: same function, fewer passes over memory."""
    for name, child in module.named_children():
        if isinstance(child, nn.Sequential) and len(child) > 1 and isinstance(child[0], nn.Conv2d) \
                and isinstance(child[1], nn.BatchNorm2d):
            setattr(module, name, nn.Sequential(fuse_conv_bn_eval(child[0], child[1]), *child[2:]))
        else:
            _fuse(child)
    return module
