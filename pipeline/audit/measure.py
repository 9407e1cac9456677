"""Every transform at every strength, on every frame: its pictures for the classifier, its boxes for the experts."""

import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch

from pipeline.audit.experts import expert_limits, load_expert, train_expert
from pipeline.audit.features import VIEWS, views_of
from pipeline.audit.frames import Frames
from pipeline.audit.label import tally
from pipeline.audit.two_sample import energy_coefficient, half_against_half, paired_auc
from pipeline.augment.sample import Sample
from pipeline.augment.transforms import TRANSFORMS
from pipeline.data.coco import CocoSet
from pipeline.detect.detector import Detector
from pipeline.labels.out_of_fold import FOLDS
from pipeline.measure import folders
from pipeline.measure.predict import detections_of
from pipeline.params import Params

PICTURES, LABELS = 202, 204  # streams of random numbers
REDRAWS = 200


@dataclass(frozen=True)
class Witnesses:
    """Who looks at the pictures of one process: detectors by their features, experts[seed][fold] by their answers."""

    frames: Frames
    params: Params
    detectors: list[Detector]
    experts: list[list[Detector]]
    limits: list[list[float]]  # of each seed's experts, of each category
    plain: Mapping[str, list[np.ndarray]]  # the frames as they are, seen by VIEWS


def call_witnesses(frames: Frames, params: Params, experts: Path) -> Witnesses:
    """experts: the folder where `train_experts` left them."""
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    seeds, point = range(params.train.seeds), params.evaluate
    detectors = [Detector.load(folders.trained(name, 0, "builtin"), params.decoding)
                 for name in (folders.REAL_ONLY, params.gate.rung)]
    trained = [[load_expert(expert_path(experts, fold, seed), params.decoding) for fold in range(FOLDS)]
               for seed in seeds]
    limits = [expert_limits(own, frames, point.iou, point.fppi) for own in trained]
    plain = seen(detectors, [[sample] for sample in frames.samples], params.seed)
    return Witnesses(frames, params, detectors, trained, limits, plain)


def expert_path(folder: Path, fold: int, seed: int) -> Path:
    return folder / f"fold{fold}_seed{seed}.pt"


def train_one(coco: CocoSet, frames: Frames, fold: int, seed: int, params: Params, folder: Path) -> None:
    """One job of many: an expert, to be found at `expert_path`."""
    train_expert(coco, frames, fold, seed, params, expert_path(folder, fold, seed))


def seen(
    detectors: Sequence[Detector], drawn: Sequence[Sequence[Sample]], seed: int
) -> dict[str, list[np.ndarray]]:
    """{view: [(things, features) of each frame]}; drawn: the pictures made from each frame."""
    found = [views_of(detectors, samples, np.random.default_rng([seed, LABELS, i])) for i, samples in enumerate(drawn)]
    return {view: [own[view] for own in found] for view in VIEWS}


def plain_scores(witnesses: Witnesses) -> dict:
    """What is measured on the frames as they are: `tallies` (frames, 5), and for each view half against half."""
    fold = witnesses.frames.fold
    tallies = np.stack([judged(witnesses, i, sample) for i, sample in enumerate(witnesses.frames.samples)])
    halves = {view: half_against_half(witnesses.plain[view], fold) for view in VIEWS}
    return {"tallies": tallies, "halves": halves}


def measure(witnesses: Witnesses, name: str, strength: float) -> dict:
    """What transform `name` does at `strength`: `tallies` (frames, 5), and for each of VIEWS auc, auc_ci95, energy."""
    frames, params = witnesses.frames, witnesses.params
    drawn = [list(draws(frames, i, name, strength, params)) for i in range(len(frames.samples))]
    views = seen(witnesses.detectors, drawn, params.seed)
    tallies = np.stack([sum(judged(witnesses, i, sample) for sample in own) for i, own in enumerate(drawn)])
    return {"tallies": tallies} | {view: shift(witnesses, view, views[view]) for view in VIEWS}


def shift(witnesses: Witnesses, view: str, other: list[np.ndarray]) -> dict:
    point, real = witnesses.params.evaluate, witnesses.plain[view]
    auc, ends = paired_auc(
        real, other, witnesses.frames.fold, point.block_frames, point.bootstrap_samples, witnesses.params.seed)
    return {"auc": auc, "auc_ci95": ends, "energy": energy_coefficient(np.concatenate(real), np.concatenate(other))}


def judged(witnesses: Witnesses, index: int, sample: Sample) -> np.ndarray:
    """(5,) what the experts who do not know frame `index` say about a picture made from it; sums over their seeds."""
    names, fold = witnesses.frames.categories, witnesses.frames.fold[index]
    return sum(
        tally(sample, detections_of(own[fold], sample.image), names, limits, witnesses.params.evaluate.iou)
        for own, limits in zip(witnesses.experts, witnesses.limits, strict=True)
    )


def draws(frames: Frames, index: int, name: str, strength: float, params: Params) -> Iterator[Sample]:
    """`audit.draws` pictures of a frame. Every strength draws from the same streams, so that only the strength differs.

    A picture that was left as it is says nothing about a transform that acts now and then, and is drawn again.
    """
    sample, mates = frames.samples[index], frames.mates(index)
    for draw in range(params.audit.draws):
        rng = np.random.default_rng([params.seed, PICTURES, zlib.crc32(name.encode()), index, draw])
        for _ in range(REDRAWS):
            made = TRANSFORMS[name](sample, strength, rng, mates)
            if not (np.array_equal(made.image, sample.image) and np.array_equal(made.boxes, sample.boxes)):
                break
        yield made
