"""What a rung's detectors make of frames: opinions and features."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
import torch
from tqdm import tqdm

from pipeline.detect.batches import normalize
from pipeline.detect.dataset import shrink
from pipeline.detect.detector import Detector
from pipeline.labels import builtin
from pipeline.labels.certainty import Certainty, fit_certainty
from pipeline.measure import folders
from pipeline.measure.categories import match_categories, to_find
from pipeline.measure.matching import HIT, IGNORED, Detections
from pipeline.measure.predict import detections_of
from pipeline.measure.results import load_test_set, read_results
from pipeline.params import Params
from pipeline.select.doubt import Opinion, join


def load_detectors(rung: str, params: Params) -> list[Detector]:
    """One a seed. Raises UserError if one is missing."""
    checkpoints = [builtin.checkpoint(rung, seed, params) for seed in range(params.train.seeds)]
    return [Detector.load(checkpoint, params.decoding) for checkpoint in checkpoints]


def certainty_of(rung: str, params: Params) -> Certainty:
    """How sure a score of this rung's detectors is, by the rung's own held-out scenes: no real label is needed."""
    scenes = load_test_set(folders.synth_set(rung), look_for_images=False)
    scores, right = [], []
    for seed in range(params.train.seeds):
        found = read_results(folders.results(rung, "synth", seed), scenes.image_ids, scenes.categories)
        for matches in match_categories(scenes.truths, found, to_find(scenes), params.evaluate.iou).values():
            counts = matches.outcome != IGNORED
            scores.append(matches.score[counts])
            right.append(matches.outcome[counts] == HIT)
    return fit_certainty(np.concatenate(scores), np.concatenate(right))


def look(
    images: Iterable[np.ndarray], count: int, detectors: Sequence[Detector], certainty: Certainty
) -> tuple[list[Opinion], np.ndarray]:
    """The joint opinion about each of `count` images and their features (count, F), of the first detector."""
    torch.set_num_threads(1)
    opinions, features = [], []
    for image in tqdm(images, "frames", count, disable=None):
        opinions.append(join([_sure(detector, image, certainty) for detector in detectors]))
        features.append(features_of(detectors[0], image))
    return opinions, np.array(features).reshape(len(features), -1)


def _sure(detector: Detector, image: np.ndarray, certainty: Certainty) -> Detections:
    found = detections_of(detector, image)
    return replace(found, scores=certainty(found.scores))


@torch.inference_mode()
def features_of(detector: Detector, image: np.ndarray) -> np.ndarray:
    """(F,) float64: the mean of every channel of the trunk, at strides 8, 16 and 32."""
    x = detector.network.stem(normalize(shrink(image, detector.params.input_scale)[None]))
    means = []
    for stage in detector.network.stages:
        x = stage(x)
        means.append(x.mean(dim=(0, 2, 3)))
    return torch.cat(means).double().numpy()
