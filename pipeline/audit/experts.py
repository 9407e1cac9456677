"""Experts: detectors that have learned from real frames, but never from the frame that they judge.

They learned on crops that were mirrored, zoomed and coloured as `train` says: what it varies they are used to. What
`train.policy` and `train.rand_augment` add is left out, but a rung that was trained with them has passed it on: audit
first, then train.
"""

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from pipeline.audit.frames import Frames
from pipeline.data.coco import CocoSet
from pipeline.detect.detector import Detector, save
from pipeline.labels.builtin import checkpoint
from pipeline.labels.finetune import fine_tune
from pipeline.labels.out_of_fold import in_order, only
from pipeline.measure import folders
from pipeline.measure.categories import match_categories
from pipeline.measure.matching import Truth
from pipeline.measure.predict import detections_of
from pipeline.measure.recall import score_limit
from pipeline.params import DecodingParams, Params, RandAugmentParams


def train_expert(coco: CocoSet, frames: Frames, fold: int, seed: int, params: Params, path: Path) -> None:
    """Let seed `seed` of the gate's rung learn on from all folds but one, and save it.

    From scratch it would know 18 of the 24 default frames, and miss what an expert finds.
    """
    learned = only(coco, (image for image, of in zip(in_order(coco), frames.fold, strict=True) if of != fold))
    start = checkpoint(params.gate.rung, seed, params)
    plain = dataclasses.replace(params.train, policy=(), rand_augment=RandAugmentParams(0, 0.0), label_smoothing=0.0)
    params = dataclasses.replace(params, train=plain)
    detector = fine_tune(start, learned, folders.real_set("train") / "images", params, seed)
    save(path, detector.network, detector.params, detector.categories)


def load_expert(path: Path, decoding: DecodingParams) -> Detector:
    """Without looking at the mirror image too: that would make every expert blind to a flip."""
    expert = Detector.load(path, decoding)
    expert.mirror = False
    return expert


def expert_limits(experts: Sequence[Detector], frames: Frames, iou: float, fppi: float) -> list[float]:
    """For each category the score above which a seed's experts, one a fold, make `fppi` false alarms per frame.

    On frames as they are: an expert does not become less careful because a picture is odd.
    """
    said = [detections_of(experts[of], sample.image) for sample, of in zip(frames.samples, frames.fold, strict=True)]
    names = np.array(frames.categories)
    truths = [Truth(one.boxes.astype(np.float64), one.ignore, names[one.category]) for one in frames.samples]
    matches = match_categories(truths, said, frames.categories, iou)
    return [score_limit(matches[name], fppi) for name in frames.categories]
