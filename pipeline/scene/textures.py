"""Repeating surface textures: brick, grass and gravel photographs, and noise for asphalt, concrete and leaves.

A tile is float32 (512, 512): detail around a mean of 1, wrapping at its edges. Colour comes from the scene.
"""

import cv2
import numpy as np

from pipeline.data.files import read_image

SIZE_PX = 512


def load_tiles(photo_folder):
    """All tiles by name. photo_folder holds brick.png, grass.png and gravel.png of scikit-image (512 px, grey)."""
    tiles = {
        name: _wrapping(_detail(read_image(photo_folder / f"{name}.png")))
        for name in ("brick", "grass", "gravel")
    }
    rng = np.random.default_rng([512, 1])
    tiles["asphalt"] = 1 + 0.10 * _noise(rng, 0.7) + 0.06 * _noise(rng, 3.0) + 0.05 * _noise(rng, 40.0)
    tiles["concrete"] = 1 + 0.03 * _noise(rng, 0.7) + 0.05 * _noise(rng, 12.0) + 0.06 * _noise(rng, 60.0)
    tiles["leaves"] = np.clip(1 + 0.35 * _noise(rng, 2.5) + 0.25 * _noise(rng, 9.0), 0.1, 2.5)
    tiles["lawn"] = np.clip(
        1 + 0.18 * _noise(rng, 1.0) + 0.10 * _noise(rng, 5.0) + 0.12 * _noise(rng, 70.0), 0.2, 2.0
    )
    tiles["plaster"] = 1 + 0.02 * _noise(rng, 1.5) + 0.03 * _noise(rng, 90.0)
    return {name: tile.astype(np.float32) for name, tile in tiles.items()}


def sample(tile, x, y, texels_per_unit, footprint):
    """The tile at positions x, y (float32, same shape, e.g. metres).

    footprint: size of a pixel in the same unit. Where a pixel covers many texels the detail fades towards its
    local mean, as an area average would do, instead of flickering.
    """
    scale = np.float32(texels_per_unit)
    x, y = np.asarray(x * scale, np.float32), np.asarray(y * scale, np.float32)
    fine = _look_up(tile, x, y)
    small = cv2.resize(tile, None, fx=1 / 8, fy=1 / 8, interpolation=cv2.INTER_AREA)
    coarse = _look_up(small, x / 8, y / 8)
    texels = np.maximum(footprint * scale, 1e-6)
    fine_share = np.clip(1.5 / texels, 0, 1)
    coarse_share = np.clip(12.0 / texels, 0, 1)
    coarse = 1 + (coarse - 1) * coarse_share
    return coarse + (fine - coarse) * fine_share


def _look_up(tile, x, y):
    """cv2.remap with BORDER_WRAP, which is slow beyond the borders: whole texels wrap here, before it looks them up."""
    whole, fraction = cv2.convertMaps(x, y, cv2.CV_16SC2)
    whole &= len(tile) - 1  # a power of two
    return cv2.remap(cv2.copyMakeBorder(tile, 0, 1, 0, 1, cv2.BORDER_WRAP), whole, fraction, cv2.INTER_LINEAR)


def _detail(image):
    grey = cv2.resize(image[..., 1], (SIZE_PX, SIZE_PX), interpolation=cv2.INTER_AREA).astype(np.float32)
    local = cv2.GaussianBlur(grey, (0, 0), 80)
    return grey / np.maximum(local, 1)


def _wrapping(tile):
    """Cross-fade the edges with the tile moved by half its size, so that it repeats without a seam."""
    ramp = np.clip(np.minimum(np.arange(SIZE_PX), np.arange(SIZE_PX)[::-1]) / 48, 0, 1)
    weight = np.minimum(ramp[:, None], ramp[None])
    return tile * weight + np.roll(tile, (SIZE_PX // 2, SIZE_PX // 2), (0, 1)) * (1 - weight)


def _noise(rng, sigma_px):
    """Gaussian noise of unit variance and a given grain, wrapping."""
    frequency = np.fft.fftfreq(SIZE_PX)
    power = frequency[:, None] ** 2 + frequency[None] ** 2
    spectrum = np.fft.fft2(rng.standard_normal((SIZE_PX, SIZE_PX))) * np.exp(
        -2 * (np.pi * sigma_px) ** 2 * power
    )
    spectrum[0, 0] = 0
    field = np.fft.ifft2(spectrum).real
    return field / field.std()
