"""Training batches: crops of the packed images, augmented, with their targets; batch i is the same whenever
it is drawn."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from pipeline.augment.colour_jitter import colour_jitter, sample_colour_jitter
from pipeline.augment.flip import flip, sample_flip
from pipeline.augment.scale_crop import sample_scale_crop, scale_crop
from pipeline.data.coco import Category
from pipeline.detect.dataset import PackedSet
from pipeline.detect.network import STRIDE
from pipeline.detect.targets import make_targets
from pipeline.params import TrainParams

ORDER, SAMPLE = 1, 2  # keys of the random streams

MIN_LEFT = 0.5
"""An object of which the crop leaves less than this share of the box is an ignore region."""


@dataclass(frozen=True)
class Batch:
    """image (B, 3, H, W) float32 in [-1, 1], channels last; the others as in `Targets`, stacked."""

    image: Tensor
    heat: Tensor
    care: Tensor
    distances: Tensor
    weight: Tensor


class Batches:
    """batches[step] of one training run; a `seed` of the experiment and the number `run` of the training
    seed."""

    def __init__(self, packed: PackedSet, params: TrainParams, seed: int, run: int):
        self.packed, self.params, self.key = packed, params, [seed, run]
        self.images = packed.images()
        self.flip = params.flip and not is_any_chiral(packed.categories)
        epochs = -(-params.steps * params.batch // len(packed))
        order = np.random.default_rng([*self.key, ORDER])
        self.order = np.concatenate([order.permutation(len(packed)) for _ in range(epochs)])

    def __len__(self) -> int:
        return self.params.steps

    def __getitem__(self, step: int) -> Batch:
        samples = [self._sample(step * self.params.batch + i) for i in range(self.params.batch)]
        crops, boxes, ignore, category = zip(*samples, strict=True)
        cells = self.params.crop_px // STRIDE
        targets = make_targets(boxes, ignore, category, len(self.packed.categories), cells, cells)
        return Batch(normalize(np.stack(crops)), *(torch.from_numpy(getattr(targets, name)) for name in
                                                    ("heat", "care", "distances", "weight")))

    def epoch(self, step: int) -> float:
        """How often every image has been drawn when batch `step` is done."""
        return (step + 1) * self.params.batch / len(self.packed)

    def _sample(self, index: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        rng = np.random.default_rng([*self.key, SAMPLE, index])
        at = self.order[index]
        crop, boxes, ignore, inside = draw(
            self.images[at], self.packed.boxes[at], self.packed.ignore[at], self.params, self.flip, rng)
        return crop, boxes, ignore, self.packed.category[at][inside]


def is_any_chiral(categories: Sequence[Category]) -> bool:
    """Whether a mirror image would teach or show something that there is not."""
    return any(category.chiral for category in categories)


def draw(image: np.ndarray, boxes: np.ndarray, ignore: np.ndarray, params: TrainParams, may_flip: bool,
         rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """One augmented crop (crop_px, crop_px, 3) uint8 of an image, with its boxes (N, 4) [px], ignore flags (N,), and
    which (M,) bool of the image's boxes these are."""
    height, width = image.shape[:2]
    crop = sample_scale_crop(rng, width, height, boxes[~ignore], params.crop_px, params.scale_range,
                             params.person_crop_share)
    image, boxes, left = scale_crop(image, boxes, crop)
    inside = left > 0
    boxes, ignore = boxes[inside], (ignore | (left < MIN_LEFT))[inside]
    if may_flip and sample_flip(rng):
        image, boxes = flip(image, boxes)
    jitter = sample_colour_jitter(rng, params.colour_jitter, params.grey_share)
    return colour_jitter(image, jitter), boxes, ignore, inside


def normalize(images: np.ndarray) -> Tensor:
    """(B, H, W, 3) uint8 -> (B, 3, H, W) float32 in [-1, 1], channels last in memory."""
    return torch.from_numpy(images).permute(0, 3, 1, 2).float().div_(127.5).sub_(1)
