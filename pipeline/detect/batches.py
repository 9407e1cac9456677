"""Training batches: crops of the packed images, augmented, with their targets; batch i is the same whenever
it is drawn."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import torch
from torch import Tensor

from pipeline.augment.boxes import MIN_LEFT
from pipeline.augment.colour_jitter import colour_jitter, sample_colour_jitter
from pipeline.augment.flip import flip, sample_flip
from pipeline.augment.names import mirroring_problems
from pipeline.augment.policy import apply_policy, rand_augment
from pipeline.augment.sample import Sample
from pipeline.augment.scale_crop import sample_scale_crop, scale_crop
from pipeline.data.coco import Category
from pipeline.detect.dataset import PackedSet
from pipeline.detect.network import STRIDE
from pipeline.detect.targets import make_targets
from pipeline.errors import UserError
from pipeline.params import TrainParams

ORDER, SAMPLE = 1, 2  # keys of the random streams


@dataclass(frozen=True)
class Batch:
    """image (B, 3, H, W) float32 in [-1, 1], channels last; the others as in `Targets`, stacked."""

    image: Tensor
    heat: Tensor
    care: Tensor
    distances: Tensor
    weight: Tensor

    def to(self, device: torch.device) -> "Batch":
        """The same batch there."""
        return Batch(*(getattr(self, field.name).to(device) for field in fields(self)))


class Batches:
    """batches[step] of one training run; a `seed` of the experiment and the number `run` of the training
    seed.

    Raises UserError when train.policy mirrors a chiral category.
    """

    def __init__(self, packed: PackedSet, params: TrainParams, seed: int, run: int):
        _check_mirroring(params, packed.categories)
        self.packed, self.params, self.key = packed, params, [seed, run]
        self.images = packed.images()
        self.flip = params.flip and not is_any_chiral(packed.categories)
        epochs = -(-params.steps * params.batch // len(packed))
        order = np.random.default_rng([*self.key, ORDER])
        self.order = np.concatenate([order.permutation(len(packed)) for _ in range(epochs)])

    def __len__(self) -> int:
        return self.params.steps

    def __getitem__(self, step: int) -> Batch:
        return self.share(step, 0, 1)

    def share(self, step: int, rank: int, count: int) -> Batch:
        """Samples rank, rank + count, rank + 2 count, ... of batch `step`."""
        samples = [self._sample(step * self.params.batch + i) for i in range(rank, self.params.batch, count)]
        boxes, ignore, category, weight = ([getattr(sample, name) for sample in samples]
                                           for name in ("boxes", "ignore", "category", "weight"))
        cells = self.params.crop_px // STRIDE
        targets = make_targets(boxes, ignore, category, len(self.packed.categories), cells, cells, weight)
        crops = np.stack([sample.image for sample in samples])
        return Batch(normalize(crops), *(torch.from_numpy(getattr(targets, name)) for name in
                                         ("heat", "care", "distances", "weight")))

    def epoch(self, step: int) -> float:
        """How often every image has been drawn when batch `step` is done."""
        return (step + 1) * self.params.batch / len(self.packed)

    def crop(self, at: int, rng: np.random.Generator) -> Sample:
        """A crop of image `at` of the set before any policy."""
        crop, boxes, ignore, inside = draw(
            self.images[at], self.packed.boxes[at], self.packed.ignore[at], self.params, self.flip, rng)
        return Sample(crop, boxes, ignore, self.packed.category[at][inside], np.ones(len(boxes), np.float32))

    def _sample(self, index: int) -> Sample:
        stream = [*self.key, SAMPLE, index]
        rng = np.random.default_rng(stream)
        sample, mates = self.crop(self.order[index], rng), Mates(self, stream)
        sample = apply_policy(sample, self.params.policy, rng, mates)
        return rand_augment(sample, self.params.rand_augment, rng, mates)


class Mates(Sequence):
    """A crop of every image of the set, for augmentations that mix: drawn when asked for, always the same one.

    stream: of the sample that they are mates of.
    """

    def __init__(self, batches: Batches, stream: list[int]):
        self.batches, self.stream = batches, stream

    def __len__(self) -> int:
        return len(self.batches.packed)

    def __getitem__(self, at: int) -> Sample:
        return self.batches.crop(at, np.random.default_rng([*self.stream, 1 + at]))


def _check_mirroring(params: TrainParams, categories: Sequence[Category]) -> None:
    problems = mirroring_problems(params.policy, [category.name for category in categories if category.chiral])
    if problems:
        raise UserError("\n".join(f"params.yaml: {problem}" for problem in problems))


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
