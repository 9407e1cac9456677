"""How easily real and synthetic pictures are told apart by simple statistics of their patches.

A logistic regression, trained on some blocks of images and asked about the patches of the others: the area under its
ROC curve is 0.5 where a patch does not tell whether it is real and 1 where it always does.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from pipeline.compare.bootstrap import block_resamples, interval95
from pipeline.compare.image_statistics import NAMES, patch_statistics

FOLDS, RIDGE, SAMPLES = 4, 1.0, 500


@dataclass(frozen=True)
class Telltale:
    """auc: area under the ROC curve over patches of held-out images. ci95: block bootstrap over images.

    strongest: names of the statistics with the largest weights, strongest first.
    """

    auc: float
    ci95: tuple[float, float]
    strongest: tuple[str, ...]


def tell_apart(real: Sequence[np.ndarray], made: Sequence[np.ndarray], block: int, seed: int) -> Telltale:
    """real, made: `statistics_of` each image, in order; at least FOLDS images each.

    block: so many neighbouring real images are alike and stay together in folds and resamples; made ones stand alone.
    """
    folds = np.concatenate([_folds(len(real), block), _folds(len(made), 1)])
    images = [*real, *made]
    label = np.repeat([1.0, 0.0], [len(real), len(made)])
    score = [np.zeros(0)] * len(images)
    for fold in range(FOLDS):
        model = _train([images[i] for i in np.flatnonzero(folds != fold)], label[folds != fold])
        for i in np.flatnonzero(folds == fold):
            score[i] = model.score(images[i])
    rng = np.random.default_rng([seed, 41])
    draws = [block_resamples(len(real), block, SAMPLES, rng), block_resamples(len(made), 1, SAMPLES, rng)]
    won = wins(score[: len(real)], score[len(real) :])
    patches = [np.array([len(found) for found in part]) for part in (score[: len(real)], score[len(real) :])]
    resampled = np.array([a @ won @ b / ((a @ patches[0]) * (b @ patches[1])) for a, b in zip(*draws, strict=True)])
    blocks = min(len(real) / min(block, len(real)), len(made))
    low, high = interval95(resampled, max(blocks, 2.0))
    weights = np.abs(_train(images, label).weights)
    found = float(won.sum() / (patches[0].sum() * patches[1].sum()))
    return Telltale(found, (low, high), tuple(NAMES[i] for i in np.argsort(-weights)[:3]))


def statistics_of(images) -> list[np.ndarray]:
    """`patch_statistics` of each uint8 RGB image."""
    return [patch_statistics(image) for image in images]


def wins(positive: list[np.ndarray], negative: list[np.ndarray]) -> np.ndarray:
    """(images, images) how many pairs of patches have the higher score in the positive image; ties count half."""
    won = np.empty((len(positive), len(negative)))
    for k, scores in enumerate(negative):
        ordered = np.sort(scores)
        for i, mine in enumerate(positive):
            won[i, k] = (np.searchsorted(ordered, mine, "left") + np.searchsorted(ordered, mine, "right")).sum() / 2
    return won


def _folds(count: int, block: int) -> np.ndarray:
    """The fold of each image: whole runs of neighbours, in turn, so that every fold sees the whole time."""
    size = min(block, max(1, count // FOLDS))
    return np.arange(count) // size % FOLDS


@dataclass(frozen=True)
class _Logistic:
    centre: np.ndarray
    scale: np.ndarray
    weights: np.ndarray
    offset: float

    def score(self, patches: np.ndarray) -> np.ndarray:
        """Log odds of each patch."""
        return (patches - self.centre) / self.scale @ self.weights + self.offset


def _train(images: list[np.ndarray], label: np.ndarray) -> _Logistic:
    """Ridge logistic regression on patches, both classes of equal weight."""
    x = np.concatenate(images)
    y = np.repeat(label, [len(patches) for patches in images])
    centre, scale = x.mean(axis=0), x.std(axis=0) + 1e-9
    x = np.column_stack([(x - centre) / scale, np.ones(len(x))])
    share = np.where(y == 1, 0.5 / max(y.sum(), 1), 0.5 / max((1 - y).sum(), 1)) * len(y)
    sign = 2 * y - 1

    def cost(w):
        margin = sign * (x @ w)
        pull = -share * sign / (1 + np.exp(np.clip(margin, -50, 50)))
        ridge = RIDGE * np.append(w[:-1], 0)
        return (share * np.logaddexp(0, -margin)).sum() + ridge @ w, x.T @ pull + 2 * ridge

    found = minimize(cost, np.zeros(x.shape[1]), jac=True, method="L-BFGS-B", options={"maxiter": 100})
    return _Logistic(centre, scale, found.x[:-1], float(found.x[-1]))
