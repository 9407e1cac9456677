"""Run several detectors over many images: every image is decoded once, images are spread over processes."""

import os
import tempfile
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import torch
from tqdm import tqdm

from pipeline.data.files import read_image
from pipeline.detect.command import LOGS, predict_by_command, read_categories, shown_names
from pipeline.detect.detector import Detector
from pipeline.measure.foreign_results import read_foreign_results
from pipeline.measure.matching import Detections
from pipeline.params import DecodingParams, Params

_detectors: list[Detector] = []  # of this process
MOST_PROCESSES = 8


def predict(
    detectors: Sequence[Path],
    paths: Sequence[Path],
    wanted: np.ndarray,
    params: Params,
    title: str,
) -> list[list[Detections | None]]:
    """Detections [detector][image]; None where `wanted` (detectors, images) bool is False.

    detectors: as `folders.trained` names them.
    """
    if params.detector.kind == "command":
        return ask_commands(detectors, paths, wanted, params, title)
    return ask_networks(detectors, paths, wanted, params.decoding, title)


def ask_commands(
    models: Sequence[Path], paths: Sequence[Path], wanted: np.ndarray, params: Params, title: str
) -> list[list[Detections | None]]:
    """Every detector is asked once, for all its images."""
    table: list[list[Detections | None]] = [[None] * len(paths) for _ in models]
    for row, model in enumerate(tqdm(models, title, unit="detector", disable=None)):
        asked = np.flatnonzero(wanted[row])
        images = [paths[i] for i in asked]
        log = LOGS / f"{title.replace(' ', '-')}-{model.parent.name}-{model.name}.log"
        with tempfile.TemporaryDirectory(prefix="results-") as scratch:
            output = Path(scratch) / "results.json"
            categories = read_categories(model)
            predict_by_command(params.detector.predict_command, model, images, categories, output, log)
            found = read_foreign_results(output, shown_names(images), categories, params.decoding.max_detections)
        for i, detections in zip(asked, found, strict=True):
            table[row][i] = detections
    return table


def ask_networks(
    checkpoints: Sequence[Path], paths: Sequence[Path], wanted: np.ndarray, decoding: DecodingParams, title: str
) -> list[list[Detections | None]]:
    """One torch thread per process, so the numbers do not depend on how many cores there are."""
    jobs = [(path, np.flatnonzero(wanted[:, i])) for i, path in enumerate(paths)]
    table: list[list[Detections | None]] = [[None] * len(paths) for _ in checkpoints]
    processes = min(_cores(), MOST_PROCESSES, max(len(paths), 1))
    _load(checkpoints, decoding)  # a missing one is said here, once, and not by every process
    with ProcessPoolExecutor(processes, initializer=_load, initargs=(checkpoints, decoding)) as pool:
        answers = pool.map(_detect, jobs, chunksize=4)
        for i, answer in enumerate(tqdm(answers, title, len(jobs), unit="image", disable=None)):
            for checkpoint, found in zip(jobs[i][1], answer, strict=True):
                table[checkpoint][i] = found
    return table


def _cores() -> int:
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def _load(checkpoints: Sequence[Path], decoding: DecodingParams) -> None:
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    _detectors[:] = [Detector.load(path, decoding) for path in checkpoints]


def _detect(job: tuple[Path, np.ndarray]) -> list[Detections]:
    path, wanted = job
    image = read_image(path)
    return [detections_of(_detectors[index], image) for index in wanted]


def detections_of(detector: Detector, image: np.ndarray) -> Detections:
    """What the builtin detector finds in an image (H, W, 3) uint8 RGB, best first."""
    boxes, scores, place = detector.detect(image)
    names = np.array([category.name for category in detector.categories])[place]
    return Detections(boxes.astype(np.float64), scores.astype(np.float64), names)
