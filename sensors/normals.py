"""Unit normal numbers by table: several times as fast as a generator's own, which sensor noise is mostly made of.

A draw picks one of 65536 equally likely levels of the normal distribution. Near the middle these are finer than
1/10000 of a standard deviation; the outermost levels of both tails, where they are not fine, are split into 65536
again. No probability is off by more than 1/131072, and values reach out to 5.5 standard deviations.
"""

import math
from functools import lru_cache
from statistics import NormalDist

import numpy as np

LEVELS = 65536
TAIL_LEVELS = 64  # on each side; between the tails levels are at most 1/200 of a standard deviation wide


def unit_normals(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Independent numbers of mean 0 and variance 1, float32 of `shape`."""
    level = _random_uint16(math.prod(shape), rng)
    middle, tails = _tables()
    normal = middle.take(level, mode="clip")  # no level lies outside; the mode spares the check
    in_tails = np.flatnonzero(level < 2 * TAIL_LEVELS)
    normal[in_tails] = tails.take(_random_uint16(len(in_tails), rng))
    return normal.reshape(shape)


@lru_cache(maxsize=1)
def _tables() -> tuple[np.ndarray, np.ndarray]:
    """(65536,) float32 each: the middle of every level, in probability; the same for both tails together.

    The levels of the tails come first: that is how they are found.
    """
    share = (np.arange(LEVELS) + 0.5) / LEVELS
    below = _quantiles(share[: LEVELS // 2] * (2 * TAIL_LEVELS / LEVELS))  # the lower tail: half of the tails' levels
    middle = np.roll(_quantiles(share), TAIL_LEVELS)
    return middle.astype(np.float32), np.concatenate([below, -below[::-1]]).astype(np.float32)


def _quantiles(share: np.ndarray) -> np.ndarray:
    """Not scipy's: workers that draw noise would wait for its import a third of a second."""
    quantile = NormalDist().inv_cdf
    return np.array([quantile(p) for p in share])


def _random_uint16(count: int, rng: np.random.Generator) -> np.ndarray:
    words = rng.integers(0, 2**64, (count + 3) // 4, dtype=np.uint64)
    return words.view(np.uint16)[:count]
