"""Learning on from a trained detector, with few frames and in few steps."""

import dataclasses
import tempfile
from pathlib import Path

import torch

from pipeline.data.coco import Category, CocoSet
from pipeline.detect.dataset import pack
from pipeline.detect.detector import Detector
from pipeline.detect.loop import learn, use_one_thread
from pipeline.detect.network import Network, build
from pipeline.errors import UserError
from pipeline.params import Params, TrainParams

STEPS = 150
RATE_SHARE = 0.3  # of the learning rates from scratch: what is known already is not to be unlearned


def fine_tune(checkpoint: Path, coco: CocoSet, image_folder: Path, params: Params, run: int) -> Detector:
    """A detector that has learned on from `checkpoint` with the images of `coco`; the same every time.

    run: with the seed of the experiment it says which crops are drawn, as in training.

    Raises UserError if the checkpoint, or an image, cannot be read.
    """
    use_one_thread()
    known = Detector.load(checkpoint, params.decoding)
    network = trainable(checkpoint, known)
    with tempfile.TemporaryDirectory(prefix="finetune-") as scratch:
        labels = in_terms_of(coco, known.categories)
        packed = pack(labels, image_folder, known.params.input_scale, Path(scratch) / "pixels.bin")
        learn(network, packed, fewer_and_smaller_steps(params.train), params.seed, run)
    return Detector(network, known.params, params.decoding, known.categories)


def trainable(checkpoint: Path, known: Detector) -> Network:
    """The network of the checkpoint in training mode; that of `known`, read from it, has its normalizations fused."""
    network = build(known.params, len(known.categories))
    network.load_state_dict(torch.load(checkpoint, map_location="cpu", weights_only=True)["weights"])
    return network.to(memory_format=torch.channels_last).train()


def in_terms_of(coco: CocoSet, categories: tuple[Category, ...]) -> CocoSet:
    """The same labels with the categories, and their ids, that a detector knows.

    Raises UserError if one is labelled that it does not know.
    """
    name_of = {one.id: one.name for one in coco.categories}
    id_of = {one.name: one.id for one in categories}
    unknown = sorted({name_of[a.category_id] for a in coco.annotations} - set(id_of))
    if unknown:
        raise UserError(
            f"labels: expected categories that the detector knows ({', '.join(id_of)}), found {', '.join(unknown)}; "
            "rename or remove them"
        )
    renamed = [dataclasses.replace(a, category_id=id_of[name_of[a.category_id]]) for a in coco.annotations]
    return CocoSet(coco.images, renamed, categories)


def fewer_and_smaller_steps(train: TrainParams) -> TrainParams:
    return dataclasses.replace(
        train,
        steps=STEPS,
        kernel_learning_rate=RATE_SHARE * train.kernel_learning_rate,
        learning_rate=RATE_SHARE * train.learning_rate,
    )
