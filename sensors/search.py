"""Bounded least squares for functions that are a little rough, such as pictures rounded to 8 bit."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

Residuals = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Found:
    """x: the minimum. residuals: there. jacobian: of the residuals, there."""

    x: np.ndarray
    residuals: np.ndarray
    jacobian: np.ndarray


def least_squares(residuals: Residuals, start, steps, low, high, iterations: int = 8,
                  tolerance: float = 0.003) -> Found:
    """Minimize the sum of squared residuals within low..high by the method of Levenberg and Marquardt.

    steps: per unknown, wide enough that the residuals change by more than their roughness; derivatives are
    differences over them. Stops when an iteration gains less than `tolerance` of the sum, or after `iterations`.
    """
    x, steps = np.clip(start, low, high), np.asarray(steps, float)
    now, damping = residuals(x), 0.03
    for _ in range(iterations):
        jacobian = _differences(residuals, x, now, steps, high)
        before = now @ now
        for _ in range(4):
            trial = np.clip(x + _step(jacobian, now, x, steps, low, high, damping), low, high)
            made = residuals(trial)
            if made @ made < now @ now:
                x, now, damping = trial, made, damping / 5
                break
            damping *= 10
        if now @ now > (1 - tolerance) * before:
            break
    return Found(x, now, _differences(residuals, x, now, steps, high))


def _differences(residuals: Residuals, x: np.ndarray, now: np.ndarray, steps: np.ndarray, high) -> np.ndarray:
    """(residuals, unknowns); each unknown moved by its step, down where up is out of bounds."""
    columns = []
    for axis, step in enumerate(steps):
        step = step if x[axis] + step <= high[axis] else -step
        moved = x.copy()
        moved[axis] += step
        columns.append((residuals(moved) - now) / step)
    return np.stack(columns, axis=1)


def _step(jacobian, now, x, steps, low, high, damping) -> np.ndarray:
    """Damped Gauss-Newton step; an unknown that would leave its bounds stays on them and the others are solved anew."""
    scaled, free = jacobian * steps, np.ones(len(x), bool)
    change = np.zeros(len(x))
    for _ in range(len(x)):
        part = scaled[:, free]
        normal = part.T @ part
        target = -(part.T @ (now + scaled[:, ~free] @ change[~free]))
        change[free] = np.linalg.solve(normal + damping * np.diag(np.diag(normal) + 1e-6), target)
        limits = (low - x) / steps, (high - x) / steps
        outside = free & ((change < limits[0]) | (change > limits[1]))
        if not outside.any():
            break
        change[outside] = np.clip(change, *limits)[outside]
        free &= ~outside
    return change * steps
