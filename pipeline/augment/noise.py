"""Add noise to a finished picture, equally strong everywhere; a sensor's noise is another: sensors/noise.py."""

import numpy as np

MAX_SIGMA_DN = 50.0


def sample_noise(rng: np.random.Generator, shape: tuple[int, ...], strength: float) -> np.ndarray:
    """Normal noise float32 [DN] of `shape`, every value by itself; standard deviation 50 DN times strength."""
    return rng.standard_normal(shape, np.float32) * np.float32(MAX_SIGMA_DN * strength)


def add_noise(image: np.ndarray, noise: np.ndarray) -> np.ndarray:
    """image (H, W, 3) uint8 -> the same plus `noise`, rounded and clipped to 0..255."""
    return np.clip(np.rint(image + noise), 0, 255).astype(np.uint8)
