"""What is trained for the alarms, what is measured meanwhile, and what is said about it.

Trained afresh, each with a twin that learns without augmentation: the gate's rung, and real_only without the validation
part of the labelled training frames. The rung has learned from none of these labels: all of these frames validate it,
though calibration and the effect `site` know the place from unlabelled frames of the same video. The real test
frames are not measured on; they are only compared with the others, by their pixels.
"""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tqdm import tqdm

from pipeline.alarms.calibration import miscalibration, scored_of
from pipeline.alarms.curves import Curve, measured_steps, recall_curve
from pipeline.alarms.finding import Finding
from pipeline.alarms.judge import over_regularization, real_falls, slow_convergence
from pipeline.alarms.training import AUGMENTED, Seen, as_measured, augmented, follow, unregularized
from pipeline.compare.bootstrap import seed_draws
from pipeline.data.coco import CocoSet, read_coco
from pipeline.data.files import read_image
from pipeline.detect.dataset import pack
from pipeline.labels.out_of_fold import blocks, in_order, only, read_split
from pipeline.measure import folders
from pipeline.measure.categories import measured_names
from pipeline.measure.matching import Truth
from pipeline.measure.results import TestSet, load_test_set
from pipeline.params import Params
from pipeline.shards.read import plain_folder
from pipeline.workers import start_workers

TRAINING, HELD_OUT, VALIDATION = "training", "held_out", "validation"  # sets
WHERE = {HELD_OUT: "held-out synthetic images", VALIDATION: "real validation frames"}
SHOWN = 24  # images of a set that are looked at, at most, evenly spread; of real validation frames all
EVERY = 3  # of so many blocks of labelled frames one validates
STREAM = 105  # of random draws, apart from those of the bootstrap


@dataclass(frozen=True)
class Arm:
    """A training with all that is looked at while it learns. unseen: the set that the training images compare with."""

    name: str
    coco: CocoSet
    folder: Path
    sets: Mapping[str, TestSet]
    unseen: str


def arms_of(params: Params) -> list[Arm]:
    """The gate's rung and real_only. Raises UserError if their sets are missing or too small to be cut."""
    real, frames = read_split("train"), load_test_set(folders.real_set("train"))
    rung = params.gate.rung
    scenes = plain_folder(folders.synth_set(rung).with_name("train"))
    held_out = load_test_set(folders.synth_set(rung))
    synth = read_coco(scenes / "annotations.json", scenes / "images", None)
    part = validation_part(len(frames), params.evaluate.block_frames)
    rest = np.setdiff1d(np.arange(len(frames)), part)
    images = in_order(real)
    return [
        Arm(rung, synth, scenes / "images", {
            TRAINING: some(load_test_set(scenes)), HELD_OUT: some(held_out), VALIDATION: frames}, HELD_OUT),
        Arm(folders.REAL_ONLY, only(real, [images[i] for i in rest]), folders.real_set("train") / "images", {
            TRAINING: some(subset(frames, rest)), VALIDATION: subset(frames, part)}, VALIDATION),
    ]  # fmt: skip


def validation_part(count: int, block: int) -> np.ndarray:
    """Indices of the frames that validate: every third block of about `block` neighbours, at least one block of two."""
    parts = blocks(count, max(2, round(count / block)))
    return np.concatenate(parts[1::EVERY])


def subset(test_set: TestSet, indices: Sequence[int]) -> TestSet:
    ids, paths, truths = ([column[i] for i in indices] for column in
                          (test_set.image_ids, test_set.paths, test_set.truths))
    return TestSet(ids, paths, truths, test_set.categories)


def some(test_set: TestSet) -> TestSet:
    """At most SHOWN of the images, evenly spread."""
    return subset(test_set, np.unique(np.linspace(0, len(test_set) - 1, min(SHOWN, len(test_set))).round().astype(int)))


def train_all(arms: Sequence[Arm], params: Params, scratch: Path) -> tuple[dict[str, list[Seen]], dict]:
    """What was seen by every seed of each arm, and of its twin as `twin_of(name)`; trainings go side by side.

    Also the truths of each arm's augmented training images, [Truth].
    """
    plans, truths = {}, {}
    for arm in arms:
        shown = only(arm.coco, [i for i in arm.coco.images if i.id in set(arm.sets[TRAINING].image_ids)])
        scale = params.detector.input_scale
        packed = pack(arm.coco, arm.folder, scale, scratch / f"{arm.name}.bin")
        packed_shown = as_measured(pack(shown, arm.folder, scale, scratch / f"{arm.name}-shown.bin"), shown)
        truths[arm.name] = augmented(packed_shown, params.train, params.seed)[1]
        plans[arm.name] = (packed, params.train, arm.sets, packed_shown)
        plans[twin_of(arm.name)] = (packed, unregularized(params.train), {TRAINING: arm.sets[TRAINING]}, None)
    steps = measured_steps(params.train.steps)
    with start_workers(_nothing) as pool:
        jobs = {
            (name, run): pool.submit(follow, packed, params, train, run, steps, sets, shown)
            for (name, (packed, train, sets, shown)), run in itertools.product(
                plans.items(), range(params.train.seeds))
        }
        try:
            seen = {key: job.result() for key, job in tqdm(jobs.items(), "alarms", unit="training", disable=None)}
        finally:
            pool.shutdown(cancel_futures=True)
    return {name: [seen[name, run] for run in range(params.train.seeds)] for name in plans}, truths


def twin_of(name: str) -> str:
    return f"{name} without augmentation"


def judge(arms: Sequence[Arm], seen: Mapping[str, Sequence[Seen]], truths: Mapping[str, Sequence[Truth]],
          params: Params) -> tuple[list[Finding], dict[str, dict[str, Curve]]]:
    """What the curves and the last detections say; and the curves {arm or twin: {set: curve}}.

    seen, truths: of `train_all`.
    """
    rng = np.random.default_rng([params.seed, STREAM])
    names = measured_names(arms[0].sets[VALIDATION], {arms[0].name: arms[0].sets[HELD_OUT]})
    findings, curves = [], {}
    for arm in arms:
        own, twin = curves_of(arm, seen, truths[arm.name], names, params, rng)
        curves |= {arm.name: own, twin_of(arm.name): {TRAINING: twin}}
        findings.append(over_regularization(arm.name, own[AUGMENTED], own[arm.unseen], WHERE[arm.unseen]))
        findings.append(slow_convergence(arm.name, own[TRAINING], twin))
        if HELD_OUT in own:
            findings.append(real_falls(arm.name, own[VALIDATION], own[HELD_OUT], rng))
        frames = arm.sets[VALIDATION]
        sizes = [read_image(path).shape[1::-1] for path in frames.paths]
        scored = [scored_of(frames.truths, one[VALIDATION][-1], sizes, names, params.evaluate.iou)
                  for one in seen[arm.name]]
        findings.append(miscalibration(arm.name, scored, len(frames), rng))
    return findings, curves


def curves_of(arm: Arm, seen: Mapping[str, Sequence[Seen]], of_augmented: Sequence[Truth], names: Sequence[str],
              params: Params, rng: np.random.Generator) -> tuple[dict[str, Curve], Curve]:
    """{set: curve} of an arm, and its twin's on the training images. Real frames are resampled in blocks."""
    steps, settings = measured_steps(params.train.steps), params.evaluate
    seeds = seed_draws(params.train.seeds, settings.bootstrap_samples, rng)

    def curve(name: str, at: str) -> Curve:
        truths = of_augmented if at == AUGMENTED else arm.sets[at].truths
        block = settings.block_frames if at == VALIDATION or HELD_OUT not in arm.sets else 1
        return recall_curve(steps, truths, [one[at] for one in seen[name]], names, settings, block, seeds, rng)

    return {at: curve(arm.name, at) for at in (*arm.sets, AUGMENTED)}, curve(twin_of(arm.name), TRAINING)


def _nothing() -> None:
    """Trainings need no preparation."""
