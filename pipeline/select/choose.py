"""A few frames that stand for all the doubt there is."""

import numpy as np


def choose(doubt: np.ndarray, features: np.ndarray, count: int, known: np.ndarray) -> list[tuple[int, float]]:
    """Indices of up to `count` frames, the best first, each with the doubt that it newly stands for.

    doubt: (N,) of each frame. features: (N, F). known: (K, F) features of frames that have labels already.

    A frame stands for itself and, the less the farther, for those that look alike: what it gains is the doubt of every
    frame times how much better that frame is now stood for. Greedy facility location: at least 63 % of the best
    possible (Nemhauser, Wolsey and Fisher, "An analysis of approximations for maximizing submodular set functions",
    1978). Ties go to the first frame.
    """
    likeness = likeness_of(features, np.concatenate([features, known]))
    covered = likeness[:, len(features) :].max(axis=1, initial=0.0)
    likeness = likeness[:, : len(features)]
    chosen: list[tuple[int, float]] = []
    free = np.ones(len(features), bool)
    while len(chosen) < count and free.any():
        gain = doubt @ np.maximum(likeness - covered[:, None], 0.0)
        best = int(np.argmax(np.where(free, gain, -1.0)))
        chosen.append((best, float(gain[best])))
        free[best] = False
        covered = np.maximum(covered, likeness[:, best])
    return chosen


def likeness_of(features: np.ndarray, others: np.ndarray) -> np.ndarray:
    """(N, M) in (0, 1], 1 for equal ones: a Gaussian of the distance, as wide as half the median distance.

    Every feature counts by its spread over `features`.
    """
    spread = features.std(axis=0)
    scale = np.where(spread > 0, spread, 1.0)
    a, b = features / scale, others / scale
    squares = (a**2).sum(1)[:, None] + (b**2).sum(1) - 2 * a @ b.T
    squares = np.maximum(squares, 0.0)
    within = squares[:, : len(features)]
    positive = within[within > 0]
    width = 0.25 * np.median(positive) if len(positive) else 1.0
    return np.exp(-squares / (2 * width))
