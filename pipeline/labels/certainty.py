"""From a detector's scores to how often it is right."""

from collections.abc import Callable

import numpy as np
from scipy.optimize import isotonic_regression

Certainty = Callable[[np.ndarray], np.ndarray]


def fit_certainty(scores: np.ndarray, right: np.ndarray) -> Certainty:
    """A function: scores (n,) -> the share (n,) of detections of about that score that are right.

    scores: (D,) in [0, 1]; right: (D,) bool. It rises with the score: isotonic regression (Zadrozny and Elkan,
    "Transforming classifier scores into accurate multiclass probability estimates", 2002). 0 if there is no detection.
    """
    if not len(scores):
        return lambda values: np.zeros(len(values))
    order = np.argsort(scores, kind="stable")
    fitted = isotonic_regression(np.asarray(right, float)[order]).x
    return lambda values: np.interp(values, scores[order], fitted)
