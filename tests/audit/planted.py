"""A small world whose truth is known: things with a bright head, and an expert who knows what it is told to know."""

import dataclasses
from functools import partial

import cv2
import numpy as np
import torch

from pipeline.audit.frames import Frames
from pipeline.audit.measure import Witnesses, plain_scores, seen
from pipeline.audit.results import all_results
from pipeline.augment.sample import Sample
from pipeline.config import load_params
from pipeline.data.coco import PERSON
from pipeline.detect.detector import Detector
from pipeline.detect.network import build
from tests.fabricated import REPOSITORY

HEIGHT, WIDTH, FRAMES = 128, 192, 12
DARK, BODY, HEAD = 30, 160, 250


def frame(rng):
    """Five things of 12 x 30 px, in columns of their own, each with a brighter head of 10 px on top."""
    image = np.clip(rng.normal(DARK, 4, (HEIGHT, WIDTH, 3)), 0, 70).astype(np.uint8)
    boxes = []
    for column in range(5):
        x, y = 8 + 36 * column + int(rng.integers(0, 20)), int(rng.integers(5, HEIGHT - 35))
        image[y : y + 30, x : x + 12] = BODY
        image[y : y + 10, x : x + 12] = HEAD
        boxes.append((x, y, x + 12, y + 30))
    count = len(boxes)
    return Sample(image, np.array(boxes, np.float32), np.zeros(count, bool), np.zeros(count, int),
                  np.ones(count, np.float32))


def world():
    rng = np.random.default_rng([11])
    samples = [frame(rng) for _ in range(FRAMES)]
    return Frames([f"{i}.png" for i in range(FRAMES)], samples, np.repeat(np.arange(4), FRAMES // 4), ("person",), ())


class Expert:
    """Finds what is brighter than its surroundings and has its head up; `upright` False: whichever way it stands."""

    categories = (PERSON,)

    def __init__(self, upright=True):
        self.upright = upright

    def detect(self, image):
        grey = image.mean(axis=2)
        count, _, stats, _ = cv2.connectedComponentsWithStats((grey > 100).astype(np.uint8))
        boxes = [(x, y, x + w, y + h) for x, y, w, h, area in stats[1:count]
                 if area > 60 and (not self.upright or _has_head_up(grey[y : y + h, x : x + w]))]
        boxes = np.array(boxes, np.float32).reshape(-1, 4)
        return boxes, np.ones(len(boxes), np.float32), np.zeros(len(boxes), int)


def _has_head_up(thing):
    third = max(len(thing) // 3, 1)
    return thing[:third].mean() > thing[-third:].mean() + 20


def small_params(**audit):
    params = load_params(REPOSITORY / "params.yaml")
    network = dataclasses.replace(params.detector, stem_channels=4, channels=(4, 4, 4), blocks=(0, 0, 0),
                                  head_channels=8)
    return dataclasses.replace(
        params,
        detector=network,
        train=dataclasses.replace(params.train, seeds=1),
        evaluate=dataclasses.replace(params.evaluate, bootstrap_samples=300),
        audit=dataclasses.replace(params.audit, **{"draws": 1, **audit}),
    )


def witnesses(params, expert):
    """Planted experts; the detectors that look for a shift have random weights: they see, though they know nothing."""
    torch.manual_seed(3)
    detectors = [Detector(build(params.detector), params.detector, params.decoding) for _ in range(2)]
    frames = world()
    plain = seen(detectors, [[sample] for sample in frames.samples], params.seed)
    return Witnesses(frames, params, detectors, [[expert] * 4], [[0.5]], plain)


def audited(measured_by, names, params, witness):
    """results of `all_results` for these transforms."""
    of = partial(measured_by, witness)
    measured = {name: [of(name, strength) for strength in params.audit.strengths] for name in names}
    return all_results(plain_scores(witness), measured, [], params)["transforms"]
