"""Trainings whose detector is asked again and again while it learns."""

import dataclasses
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import torch

from pipeline.alarms.untouched import UntouchedFrames
from pipeline.data.coco import CocoSet
from pipeline.detect import loop
from pipeline.detect.batches import Batches
from pipeline.detect.dataset import PackedSet
from pipeline.detect.detector import Detector, save
from pipeline.detect.loop import WEIGHTS, use_one_thread
from pipeline.detect.network import Network, build
from pipeline.measure.matching import Detections, Truth
from pipeline.measure.predict import detections_of
from pipeline.measure.results import TestSet
from pipeline.params import NetworkParams, Params, TrainParams

AUGMENTED = "augmented"
"""Name of the training images as they are learned, beside those of the sets that are seen as they are."""

Seen = dict[str, list[list[Detections]]]
"""{set: [measured step][image]}."""


def follow(packed: PackedSet, params: Params, train: TrainParams, run: int, steps: Sequence[int],
           sets: Mapping[str, TestSet], shown: PackedSet | None) -> Seen:
    """Train run `run` from nothing, with `train` for params.train; at each of `steps` look at all sets, and at `shown`,
    if it is given, augmented."""
    use_one_thread()
    frames = {name: UntouchedFrames(test_set) for name, test_set in sets.items()}
    pictures = [] if shown is None else augmented(shown, train, params.seed)[0]
    seen: Seen = {name: [] for name in [*frames, *([AUGMENTED] if pictures else [])]}

    def look(step: int, network: Network) -> None:
        if step in steps:
            detector = snapshot(network, params, packed)
            for name, untouched in frames.items():
                seen[name].append(untouched.see(detector))
            if pictures:
                unscaled = dataclasses.replace(detector.params, input_scale=1.0)  # they are shrunk already
                shrunk = Detector(detector.network, unscaled, params.decoding, packed.categories)
                seen[AUGMENTED].append([detections_of(shrunk, picture) for picture in pictures])

    learn(packed, params.detector, train, params.seed, run, look)
    return seen


def learn(packed: PackedSet, detector: NetworkParams, train: TrainParams, seed: int, run: int,
          look: Callable[[int, Network], None]) -> Network:
    """`pipeline.detect.loop.train`, which calls look(steps done, network) after every step."""
    use_one_thread()
    torch.manual_seed(int(np.random.default_rng([seed, run, WEIGHTS]).integers(2**63)))
    network = build(detector, len(packed.categories)).to(memory_format=torch.channels_last).train()
    loop.learn(network, packed, train, seed, run, lambda step, *_: look(step + 1, network))
    return network


def snapshot(network: Network, params: Params, packed: PackedSet) -> Detector:
    """The detector that would be trained if training ended now; the network stays as it is."""
    with tempfile.TemporaryDirectory(prefix="snapshot-") as folder:
        path = Path(folder) / "snapshot.pt"
        save(path, network, params.detector, packed.categories)
        return Detector.load(path, params.decoding)


def augmented(packed: PackedSet, train: TrainParams, seed: int) -> tuple[list[np.ndarray], list[Truth]]:
    """Every image of a packed set once, augmented as in training but whole: (S, S, 3) uint8, S its longest side.

    A crop as large as the largest image, at its own scale: what changes are colours, sides and whatever a policy does.
    """
    side = max(max(size) for size in packed.sizes)
    whole = dataclasses.replace(
        train, steps=1, batch=len(packed), crop_px=side, scale_range=(1.0, 1.0), person_crop_share=0.0)
    batches = Batches(packed, whole, seed, 0)
    names = np.array([category.name for category in packed.categories])
    images, truths = [], []
    for index in range(len(packed)):
        sample = batches._sample(index)
        images.append(sample.image)
        truths.append(Truth(sample.boxes.astype(np.float64), sample.ignore, names[sample.category]))
    return images, truths


def as_measured(packed: PackedSet, coco: CocoSet) -> PackedSet:
    """The packed set with the ignore flags that measuring goes by: learning ignores more."""
    return dataclasses.replace(packed, ignore=[coco.boxes(image.id)[1] for image in coco.images])


def unregularized(train: TrainParams) -> TrainParams:
    """The same training without augmentation or smoothed labels; crops stay, they make a batch of images."""
    nothing = dataclasses.replace(train.rand_augment, n=0)
    return dataclasses.replace(train, flip=False, colour_jitter=0.0, grey_share=0.0, policy=(), rand_augment=nothing,
                               label_smoothing=0.0)  # fmt: skip
