"""Chroma subsampling from pixels: the chroma planes that the file holds, recovered for every candidate; those that it
really holds sit on the lattice of the chroma quantization table.
"""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from sensors.jpeg_tables import CHROMINANCE, SMALLEST, lattice_evidence, quantization_table
from sensors.statistics import block_coefficients, chroma, chroma_excess

HALVED = {"444": (), "422": (1,), "420": (0, 1)}  # axes: 0 rows, 1 columns
FEWEST, LEAST_EVIDENCE = 50, 0.1
SUBSAMPLED_DN = 0.48  # chroma detail beyond half resolution that rounding explains


def subsampling_of(frames: Sequence[np.ndarray], quality: int | None) -> str:
    """Of uint8 RGB frames (H, W, 3) 444, 422 or 420. quality: of the JPEGs that they were, None if they were none."""
    if quality is not None:
        scores = {}
        for name, axes in HALVED.items():
            scores[name] = np.mean([_lattice_score(frame, axes, quality) for frame in frames])
        best = max(scores, key=scores.get)
        if scores[best] >= LEAST_EVIDENCE:
            return best
    vertical, horizontal = (np.mean([chroma_excess(frame, axis) for frame in frames]) for axis in (0, 1))
    if horizontal > SUBSAMPLED_DN:
        return "444"
    return "420" if vertical <= SUBSAMPLED_DN else "422"


def _lattice_score(frame: np.ndarray, axes: tuple[int, ...], quality: int) -> float:
    """Mean log-likelihood gain per coefficient over "no lattice"; 0 where there are too few coefficients."""
    steps = quantization_table(quality, CHROMINANCE)
    total, count = 0.0, 0
    for plane in np.moveaxis(chroma(frame[: len(frame) // 16 * 16, : frame.shape[1] // 16 * 16]), 2, 0):
        for axis in axes:
            plane = np.moveaxis(np.tensordot(_inverse(plane.shape[axis]), plane, (1, axis)), 0, axis)
        coefficients = block_coefficients(np.ascontiguousarray(plane, np.float32))
        for u in range(8):
            for v in range(8):
                values = coefficients[:, u, v]
                values = values[np.abs(values) > SMALLEST] if u + v else values[:0]
                total, count = total + len(values) * lattice_evidence(values, steps[u, v]), count + len(values)
    return total / count if count >= FEWEST else 0.0


@lru_cache(maxsize=4)
def _inverse(size: int) -> np.ndarray:
    """(size / 2, size): samples from what libjpeg's triangle filter made of them (3/4 own, 1/4 nearer neighbour)."""
    up = np.zeros((size, size // 2))
    own = np.arange(size) // 2
    neighbour = np.clip(own + np.where(np.arange(size) % 2, 1, -1), 0, size // 2 - 1)
    np.add.at(up, (np.arange(size), own), 0.75)
    np.add.at(up, (np.arange(size), neighbour), 0.25)
    return np.linalg.pinv(up).astype(np.float32)
