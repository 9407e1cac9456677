"""Are scores what they say? Of detections with score p the share p should be right.

ECE: the mean distance between score and precision over bins of the score (Guo et al., "On Calibration of Modern Neural
Networks", 2017). D-ECE: over bins of the score and of where a box is, or how large (Kueppers et al., "Multivariate
Confidence Calibration for Object Detection", 2020). Few detections in a bin look miscalibrated by chance, so an error
is compared with what scores that are right would show: outcomes drawn from the scores themselves.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import expit, logit

from pipeline.alarms.finding import Finding, rounded
from pipeline.measure.categories import match_categories
from pipeline.measure.matching import HIT, IGNORED, Detections, Truth

LIMIT = 0.1
"""Of ECE and D-ECE: a score of 0.9 that is right in 8 of 10 cases misleads whoever sets a threshold by it."""

SCORE_BINS = 10  # of ECE
SIDE_BINS = 5  # of D-ECE, along the score and both other axes
FEWEST = 8  # detections; bins of D-ECE with fewer are left out
DRAWS = 200
TEMPERATURES = (0.1, 10.0)

AXES = {"ece": (), "d_ece_position": (0, 1), "d_ece_size": (2, 3)}
"""Columns of `Scored.box` that are binned beside the score."""


@dataclass(frozen=True)
class Scored:
    """Detections that are right or wrong: score (D,), right (D,) bool, image (D,) index; ignored ones are left out.

    box: (D, 4) middle x, middle y, width and height, as shares of the image.
    """

    score: np.ndarray
    right: np.ndarray
    image: np.ndarray
    box: np.ndarray

    def of(self, kept: np.ndarray) -> "Scored":
        return Scored(*(column[kept] for column in vars(self).values()))


def scored_of(truths: Sequence[Truth], found: Sequence[Detections], sizes: Sequence[tuple[int, int]],
              names: Sequence[str], iou: float) -> Scored:
    """sizes: (width, height) [px] of each image."""
    parts = []
    for matches in match_categories(truths, found, names, iou).values():
        kept = matches.outcome != IGNORED
        corners = matches.box[kept] / np.tile(np.array(sizes, float).reshape(-1, 2)[matches.image[kept]], 2)
        low, high = corners[:, :2], corners[:, 2:]
        box = np.concatenate([(low + high) / 2, high - low], axis=1)
        parts.append((matches.score[kept], matches.outcome[kept] == HIT, matches.image[kept], box))
    return Scored(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def calibration_errors(scored: Scored) -> dict[str, float]:
    """ece, d_ece_position and d_ece_size; 0 where there is no detection."""
    return {name: binned_error(scored, axes) for name, axes in AXES.items()}


def binned_error(scored: Scored, axes: Sequence[int]) -> float:
    """Mean over bins, weighted by their detections, of |mean score - share that is right|."""
    return _error(_bins(scored, axes), scored.score, scored.right, FEWEST if axes else 1)


def _bins(scored: Scored, axes: Sequence[int]) -> np.ndarray:
    """(D,) the number of each detection's bin."""
    columns = np.column_stack([scored.score, scored.box[:, list(axes)]])
    bins = SIDE_BINS if axes else SCORE_BINS
    return np.clip((columns * bins).astype(int), 0, bins - 1) @ bins ** np.arange(columns.shape[1])


def _error(bins: np.ndarray, score: np.ndarray, right: np.ndarray, fewest: int) -> float:
    count = np.bincount(bins)
    gap = np.abs(np.bincount(bins, score - right))  # times count
    kept = count >= fewest
    return float(gap[kept].sum() / max(count[kept].sum(), 1))


def by_chance(scored: Scored, rng: np.random.Generator) -> dict[str, float]:
    """What the errors would stay below, in 97.5 % of draws, if every score were right."""
    draws = rng.random((DRAWS, len(scored.score))) < scored.score
    limits = {}
    for name, axes in AXES.items():
        bins, fewest = _bins(scored, axes), FEWEST if axes else 1
        limits[name] = float(np.quantile([_error(bins, scored.score, right, fewest) for right in draws], 0.975))
    return limits


def tempered(score: np.ndarray, temperature: float) -> np.ndarray:
    """sigmoid(logit(score) / temperature)."""
    return expit(logit(np.clip(score, 1e-6, 1 - 1e-6)) / temperature)


def fit_temperature(scored: Scored) -> float:
    """The temperature with the greatest likelihood of what was right, within TEMPERATURES; 1 without detections."""
    if not len(scored.score):
        return 1.0

    def surprise(log_temperature: float) -> float:
        p = tempered(scored.score, np.exp(log_temperature))
        return float(-np.log(np.where(scored.right, p, 1 - p)).mean())

    return float(np.exp(minimize_scalar(surprise, bounds=np.log(TEMPERATURES), method="bounded").x))


def cross_tempered(scored: Scored, images: int) -> Scored:
    """The detections with the scores that the temperature of the other half of the images (in their order) gives."""
    score = scored.score.copy()
    first = scored.image < images / 2
    for half in (first, ~first):
        score[half] = tempered(scored.score[half], fit_temperature(scored.of(~half)))
    return Scored(score, scored.right, scored.image, scored.box)


def miscalibration(name: str, seeds: Sequence[Scored], images: int, rng: np.random.Generator) -> Finding:
    """Judge the detections of every seed on `images` validation frames; errors are means over the seeds.

    It goes off if ECE or a D-ECE is above LIMIT and above what chance would show.
    """
    before = _mean([calibration_errors(scored) for scored in seeds])
    chance = _mean([by_chance(scored, rng) for scored in seeds])
    after = _mean([calibration_errors(cross_tempered(scored, images)) for scored in seeds])
    temperature = float(np.mean([fit_temperature(scored) for scored in seeds]))
    fired = any(before[key] > max(LIMIT, chance[key]) for key in AXES)
    mean_score, right = (np.mean([getattr(s, key).mean() for s in seeds if len(s.score)] or [0.0])
                         for key in ("score", "right"))
    sentence = (
        f"{name}'s scores {'do not say' if fired else 'say'} how often its detections are right, on {images} "
        f"validation frames: on average {mean_score:.3f}, and {right:.3f} are right; ECE "
        f"{_words(before, chance, 'ece')}, D-ECE over position {_words(before, chance, 'd_ece_position')} and over "
        f"size {_words(before, chance, 'd_ece_size')}, allowed {LIMIT:g}; a temperature of "
        f"{temperature:.2f} makes it {after['ece']:.3f}, "
        f"{after['d_ece_position']:.3f} and {after['d_ece_size']:.3f}."
    )
    numbers = {"temperature": rounded(temperature)[0], "frames": images}
    for key, errors in (("before", before), ("after", after), ("by_chance", chance)):
        numbers[key] = {axis: rounded(error)[0] for axis, error in errors.items()}
    return Finding("calibration", name, fired, sentence, numbers)


def _words(before: dict[str, float], chance: dict[str, float], key: str) -> str:
    return f"{before[key]:.3f} (by chance up to {chance[key]:.3f})"


def _mean(errors: Sequence[dict[str, float]]) -> dict[str, float]:
    return {key: float(np.mean([error[key] for error in errors])) for key in AXES}
