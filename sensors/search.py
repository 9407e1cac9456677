"""A small derivative-free minimizer, enough for the few numbers of a camera profile."""

from collections.abc import Callable, Sequence

import numpy as np

Cost = Callable[[np.ndarray], float]


def compass_search(cost: Cost, start: Sequence[float], steps: Sequence[float], low: Sequence[float],
                   high: Sequence[float], halvings: int = 4) -> tuple[np.ndarray, float]:
    """Minimize `cost` from `start`: step along each axis both ways, keep the better, else halve the steps.

    Returns (argument, cost). Deterministic; Kolda, Lewis, Torczon 2003.
    """
    best, steps = np.array(start, float), np.array(steps, float)
    best_cost = cost(best)
    while halvings >= 0:
        improved = False
        for axis in range(len(best)):
            for sign in (1, -1):
                trial = best.copy()
                trial[axis] = np.clip(trial[axis] + sign * steps[axis], low[axis], high[axis])
                if trial[axis] == best[axis]:
                    continue
                trial_cost = cost(trial)
                if trial_cost < best_cost:
                    best, best_cost, improved = trial, trial_cost, True
                    break
        if not improved:
            steps, halvings = steps / 2, halvings - 1
    return best, best_cost


def tolerated_interval(cost: Cost, best: np.ndarray, limit: float, axis: int, low: float, high: float,
                       points: int = 4) -> tuple[float, float]:
    """Interval around best[axis], the others held, in which cost stays below `limit`; bisection each way."""
    ends = []
    for end in (low, high):
        inside, outside = best[axis], end
        for _ in range(points):
            middle = (inside + outside) / 2
            trial = best.copy()
            trial[axis] = middle
            inside, outside = (middle, outside) if cost(trial) <= limit else (inside, middle)
        ends.append(float(outside))
    return ends[0], ends[1]
