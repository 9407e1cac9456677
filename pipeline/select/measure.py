"""Does learning on from the selected frames beat learning on from as many random ones?

The candidates are labelled training frames whose labels the selection does not see. They are cut into blocks of
neighbours: the frames of one block are measured on, the others are the candidates; every block has its turn. The test
frames are not touched. For every seed and block two detectors learn on from the same checkpoint, with the same draws:
one from the selected frames, one from random ones. What is compared is the mean over the blocks, seed by seed.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from scipy.special import stdtrit
from tqdm import tqdm

from pipeline.compare.verdict import effect_of, signed
from pipeline.data.coco import CocoSet, Image, read_coco
from pipeline.data.files import read_image, sha256_of
from pipeline.detect.detector import Detector
from pipeline.errors import UserError
from pipeline.labels import builtin
from pipeline.labels.finetune import STEPS, fine_tune
from pipeline.labels.out_of_fold import blocks, in_order, only
from pipeline.measure import folders
from pipeline.measure.categories import match_categories, mean_recall
from pipeline.measure.matching import Truth
from pipeline.measure.predict import detections_of
from pipeline.params import Params
from pipeline.select.choose import choose
from pipeline.select.look import certainty_of, load_detectors, look

SEEDS, BLOCKS = 5, 3
RANDOM_STREAM = 104  # apart from those of the bootstrap


def measure(rung: str, count: int, seeds: int, params: Params) -> dict:
    """The content of data/report/select.json: recall at the operating point of both ways, and their paired difference.

    Raises UserError if there are too few labelled frames, or seeds for an interval.
    """
    pictures = folders.real_set("train") / "images"
    coco = read_coco(labels_file(), pictures, None)
    images = in_order(coco)
    parts = blocks(len(images), BLOCKS)
    fewest = len(images) - max(map(len, parts))
    if seeds < 2 or fewest <= count:
        raise UserError(
            f"--measure: expected at least 2 --seeds and more than {count} labelled training frames beside a block, "
            f"found {seeds} and {fewest}; give more, or a smaller --count"
        )
    selected = [selected_of(without(images, part), pictures, rung, count, params) for part in parts]
    before, ours, random = (np.zeros((seeds, len(parts))) for _ in range(3))
    for seed in tqdm(range(seeds), "seeds", disable=None):
        checkpoint = builtin.checkpoint(rung, seed % params.train.seeds, params)
        for b, part in enumerate(parts):
            candidates, held_out = without(images, part), only(coco, (images[i] for i in part))
            rng = np.random.default_rng([params.seed, RANDOM_STREAM, seed, b])
            draw = [candidates[i] for i in np.sort(rng.permutation(len(candidates))[:count])]
            before[seed, b] = recall(Detector.load(checkpoint, params.decoding), held_out, pictures, params)
            for table, chosen in ((ours, selected[b]), (random, draw)):
                detector = fine_tune(checkpoint, only(coco, chosen), pictures, params, seed)
                table[seed, b] = recall(detector, held_out, pictures, params)
    return content_of(rung, count, before.mean(1), ours.mean(1), random.mean(1)) | {
        "labelled_frames": len(images),
        "made_from": digests(rung, seeds, params),
        "selected": [[image.file_name for image in chosen] for chosen in selected],
    }


def digests(rung: str, seeds: int, params: Params) -> dict[str, str]:
    """SHA-256 of the detectors and labels, by path: what the result is about, so that the page can tell an old one."""
    detectors = {builtin.checkpoint(rung, seed % params.train.seeds, params) for seed in range(seeds)}
    return {path.as_posix(): sha256_of(path) for path in sorted({*detectors, labels_file()})}


def labels_file() -> Path:
    return folders.real_set("train") / "annotations.json"


def without(images: Sequence[Image], part: Iterable[int]) -> list[Image]:
    left_out = set(part)
    return [image for i, image in enumerate(images) if i not in left_out]


def selected_of(candidates: list[Image], folder: Path, rung: str, count: int, params: Params) -> list[Image]:
    """What `python -m pipeline.select` would choose if none of the candidates had labels."""
    pictures = (read_image(folder / image.file_name) for image in candidates)
    detectors = load_detectors(rung, params)
    opinions, features = look(pictures, len(candidates), detectors, certainty_of(rung, params))
    doubt = np.array([opinion.doubt for opinion in opinions])
    return [candidates[i] for i, _ in choose(doubt, features, count, features[:0])]


def recall(detector: Detector, coco: CocoSet, folder: Path, params: Params) -> float:
    """Recall at the operating point, the mean over the categories."""
    truths, found = [], []
    name_of = {category.id: category.name for category in coco.categories}
    for image in in_order(coco):
        boxes, ignore = coco.boxes(image.id)
        names = np.array([name_of[a.category_id] for a in coco.of_image(image.id)], str)
        truths.append(Truth(boxes.astype(np.float64), ignore, names))
        found.append(detections_of(detector, read_image(folder / image.file_name)))
    matches = match_categories(truths, found, list(name_of.values()), params.evaluate.iou)
    return mean_recall(matches, params.evaluate.fppi)


def content_of(rung: str, count: int, before: np.ndarray, ours: np.ndarray, random: np.ndarray) -> dict:
    """before, ours, random: recall (seeds,), paired."""
    mean, low, high = paired_interval(ours - random)
    ends = [round(low, 4) + 0.0, round(high, 4) + 0.0]
    verb = {"helped": "beats", "hurt": "is worse than", "none": "does not beat"}[effect_of(ends)]
    return {
        "schema": 1,
        "rung": rung,
        "count": count,
        "seeds": len(ours),
        "blocks": BLOCKS,
        "steps": STEPS,
        "recall_before": [round(float(v), 4) for v in before],
        "recall_selected": [round(float(v), 4) for v in ours],
        "recall_random": [round(float(v), 4) for v in random],
        "difference": round(mean, 4) + 0.0,
        "difference_ci95": ends,
        "sentence": f"Learning on from the {count} selected frames {verb} learning on from {count} random ones: "
        f"{signed(mean)} recall, 95 % interval {signed(low)} to {signed(high)} over {len(ours)} seeds.",
    }


def paired_interval(differences: np.ndarray) -> tuple[float, float, float]:
    """Mean and 95 % interval (Student's t) of paired differences (n,), n at least 2."""
    n = len(differences)
    half = stdtrit(n - 1, 0.975) * differences.std(ddof=1) / np.sqrt(n)
    mean = differences.mean()
    return float(mean), float(mean - half), float(mean + half)
