"""Do two sets of patches come from one distribution? A classifier's AUC, and the energy distance.

Classifier two-sample test (Lopez-Paz and Oquab, "Revisiting Classifier Two-Sample Tests", 2017): a classifier learns
to tell the two sets apart on some groups of frames and is asked about the others. The area under its ROC curve is 0.5
where they are the same and 1 where every patch gives itself away. A frame and its transformed twin are always in one
group, so that neither is known to the classifier that judges the other.

Energy distance (Szekely and Rizzo, "Energy statistics", 2013): 2 E|X - Y| - E|X - X'| - E|Y - Y'|, which is 0 only
where the distributions are the same.
"""

from collections.abc import Sequence

import numpy as np

from pipeline.compare.bootstrap import block_count, block_resamples, interval95
from pipeline.compare.telltale import wins

STREAM = 201  # of random numbers
RIDGE = 0.01  # of the mean square of a feature
MOST_SIGMA = 5.0  # features beyond are cut to it: their squares would outweigh all others


def told_apart(
    real: Sequence[np.ndarray], other: Sequence[np.ndarray], group: np.ndarray, other_group: np.ndarray
) -> np.ndarray:
    """(real, other) how many pairs of patches have the higher held-out score in the image of `other`.

    real, other: (patches, features) float of each image. group, other_group: (images,) int; the images of a group are
    scored by a classifier that has seen none of them.
    """
    scores = [[np.zeros(0)] * len(real), [np.zeros(0)] * len(other)]
    for held_out in np.unique(np.concatenate([group, other_group])):
        seen = [[image for image, of in zip(images, groups, strict=True) if of != held_out]
                for images, groups in ((real, group), (other, other_group))]
        score = train_classifier(np.concatenate(seen[0]), np.concatenate(seen[1]))
        for images, groups, found in ((real, group, scores[0]), (other, other_group, scores[1])):
            for i in np.flatnonzero(groups == held_out):
                found[i] = score(images[i])
    return wins(scores[1], scores[0]).T


def auc_of(won: np.ndarray, real: Sequence[np.ndarray], other: Sequence[np.ndarray]) -> float:
    """Area under the ROC curve over all pairs of patches; won: of `told_apart`."""
    return float(_share(won.sum(), sum(map(len, real)) * sum(map(len, other))))


def _share(won, pairs) -> np.ndarray:
    """A guess where there is no pair."""
    return np.divide(won, pairs, out=np.full(np.shape(pairs), 0.5), where=np.asarray(pairs) > 0)


def paired_auc(
    real: Sequence[np.ndarray], other: Sequence[np.ndarray], group: np.ndarray, block: int, samples: int, seed: int
) -> tuple[float, tuple[float, float]]:
    """AUC and its 95 % interval, where image i of `other` was made from image i of `real`.

    The block bootstrap draws frames, each with its twin; see pipeline/compare/bootstrap.py.
    """
    won = told_apart(real, other, group, group)
    sizes = [np.array([len(image) for image in images]) for images in (real, other)]
    draws = block_resamples(len(real), block, samples, np.random.default_rng([seed, STREAM]))
    resampled = _share(((draws @ won) * draws).sum(axis=1), (draws @ sizes[0]) * (draws @ sizes[1]))
    return auc_of(won, real, other), interval95(resampled, block_count(len(real), block))


def train_classifier(real: np.ndarray, other: np.ndarray):
    """A function (n, features) -> (n,) that is higher where a patch looks like `other`.

    Ridge regression of the class on the features and their squares: a difference of means or of spreads is seen. Both
    classes weigh the same. Where one has nothing to show, all scores are 0.
    """
    if not (len(real) and len(other)):
        return lambda patches: np.zeros(len(patches))
    x = np.concatenate([real, other])
    centre, scale = x.mean(axis=0), x.std(axis=0) + 1e-9

    def expand(patches: np.ndarray) -> np.ndarray:
        z = np.clip((patches - centre) / scale, -MOST_SIGMA, MOST_SIGMA)
        return np.column_stack([z, z * z - 1, np.ones(len(z))])

    terms = expand(x)
    target = np.repeat([-1.0, 1.0], [len(real), len(other)])
    weight = np.repeat([0.5 / len(real), 0.5 / len(other)], [len(real), len(other)])
    normal = (terms * weight[:, None]).T @ terms
    ridge = np.diag(np.append(np.full(len(normal) - 1, RIDGE), 0.0))
    solved = np.linalg.solve(normal + ridge, terms.T @ (weight * target))
    return lambda patches: expand(patches) @ solved


def half_against_half(real: Sequence[np.ndarray], group: np.ndarray) -> tuple[float, float]:
    """The largest AUC, and energy coefficient, between two halves of the real frames: what is no shift.

    Every group is cut in the middle of its time; all ways are tried to make two halves of one part from each group.
    """
    groups = [np.flatnonzero(group == g) for g in np.unique(group)]
    parts = [(own[: len(own) // 2], own[len(own) // 2 :]) for own in groups]
    aucs, energies = [], []
    for way in range(2 ** (len(parts) - 1)):  # swapping the halves changes nothing
        swap = [(way >> g) & 1 for g in range(len(parts))]
        first, second = (np.concatenate([part[s ^ half] for part, s in zip(parts, swap, strict=True)])
                         for half in (0, 1))
        sets = [[real[i] for i in chosen] for chosen in (first, second)]
        won = told_apart(*sets, group[first], group[second])
        aucs.append(auc_of(won, *sets))
        energies.append(energy_coefficient(np.concatenate(sets[0]), np.concatenate(sets[1])))
    return max(aucs), max(energies)


def energy_distance(x: np.ndarray, y: np.ndarray) -> float:
    """2 E|X - Y| - E|X - X'| - E|Y - Y'| of samples (n, d) and (m, d), all pairs; in the unit of the samples."""
    return 2 * _mean_distance(x, y) - _mean_distance(x, x) - _mean_distance(y, y)


def energy_coefficient(x: np.ndarray, y: np.ndarray) -> float:
    """Energy distance / (2 E|X - Y|), from 0, the same, to 1; features in units of their deviation in `x`."""
    centre, scale = x.mean(axis=0), x.std(axis=0) + 1e-9
    x, y = (x - centre) / scale, (y - centre) / scale
    return energy_distance(x, y) / max(2 * _mean_distance(x, y), 1e-12)


def _mean_distance(x: np.ndarray, y: np.ndarray) -> float:
    square = (x * x).sum(axis=1)[:, None] + (y * y).sum(axis=1) - 2 * x @ y.T
    return float(np.sqrt(np.maximum(square, 0)).mean())
