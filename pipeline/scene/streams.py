"""Named random streams: rungs are paired because scene i draws people, light, motion from streams of its own."""

import zlib

import numpy as np

SPLITS = ("train", "test")


def stream(seed, split, index, name):
    """The generator of one aspect (`name`) of scene `index` of a split; the same on every rung.

    An effect that draws more or fewer numbers than another cannot shift the draws of the rest of the scene.
    """
    return np.random.default_rng([seed, SPLITS.index(split), index, zlib.crc32(name.encode())])


def log_uniform(rng, low_high):
    """One draw whose logarithm is uniform over the range; both ends must be positive."""
    low, high = low_high
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))
