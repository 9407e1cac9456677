"""The shape of a dose-response curve: smooth decay, or a cliff.

Smooth decay: each step of strength costs about as much as the one before, as when label noise accumulates:
loss(s) = a (1 - exp(-k s)) / (1 - exp(-k)), which is a straight line for k = 0, bends down for k < 0 and flattens out
for k > 0, |k| <= STEEPEST. Cliff: nothing is lost up to some strength, and beyond it all that can be lost, as when a
symmetry is used that the task does not have: loss(s) = a where s > c, else 0.

Criterion: both shapes have two parameters, so the one with the smaller sum of squared residuals is chosen, if it is in
at least SURE of the resamples as well; otherwise the curve is "unclear". A curve of which no point is sure to differ
from 0 is "flat".
"""

from collections.abc import Sequence

import numpy as np

STEEPEST = 4.0
SURE = 0.9
FEWEST = 3  # strengths: two points are met by either shape


def shape_of(strengths: Sequence[float], losses: np.ndarray, resamples: np.ndarray, is_sure: Sequence[bool]) -> dict:
    """{"shape": "flat", "smooth", "cliff" or "unclear", "cliff_share": of resamples that are rather a cliff}.

    strengths: (n,) in (0, 1], rising. losses: (n,), 0 at strength 0. resamples: (samples, n) of them. is_sure: (n,)
    whether a loss is sure to differ from 0.
    """
    if not any(is_sure):
        return {"shape": "flat", "cliff_share": None}
    if len(strengths) < FEWEST:
        return {"shape": "unclear", "cliff_share": None}
    s = np.asarray(strengths, float)
    is_cliff = residual(losses[None], cliffs(s)) < residual(losses[None], decays(s))
    share = float((residual(resamples, cliffs(s)) < residual(resamples, decays(s))).mean())
    agree = share if is_cliff[0] else 1 - share
    shape = "unclear" if agree < SURE else "cliff" if is_cliff[0] else "smooth"
    return {"shape": shape, "cliff_share": share}


def decays(s: np.ndarray) -> np.ndarray:
    """(shapes, n): smooth decay at strengths (n,), 1 at strength 1, for every rate k."""
    k = np.linspace(-STEEPEST, STEEPEST, 41)[:, None]
    k = np.where(np.abs(k) < 1e-6, 1e-6, k)
    return np.expm1(-k * s) / np.expm1(-k)


def cliffs(s: np.ndarray) -> np.ndarray:
    """(shapes, n): a step from 0 to 1 before each of the strengths (n,)."""
    return (np.arange(len(s)) >= np.arange(len(s))[:, None]).astype(float)


def residual(curves: np.ndarray, shapes: np.ndarray) -> np.ndarray:
    """(m,) the least sum of squared differences between each of `curves` (m, n) and a multiple >= 0 of some shape."""
    fit = np.maximum(curves @ shapes.T, 0) ** 2 / (shapes**2).sum(axis=1)  # (m, shapes)
    return (curves**2).sum(axis=1) - fit.max(axis=1)
