"""Photons -> electrons -> digital numbers, after the linear camera model of EMVA 1288.

Noise lives in electrons, on the mosaic, in linear light: shot noise of light and dark current, fixed patterns
(PRNU, DSNU), row noise, read noise, a full well, and an ADC with a black level.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from sensors.normals import unit_normals
from sensors.validation import ProfileError, require_integer, require_number

# Below this read noise [e-] single electrons could be told apart in the signal.
COUNTABLE_BELOW_E = 0.7
BAND_ROWS = 96  # another number draws other noise
UNIFORM = np.float32(1), np.float32(0)  # sensitivity and offset where no pixel differs from another


@dataclass(frozen=True)
class Sensor:
    """Pixel and ADC. Defaults are a noiseless, ideal 12-bit sensor, apart from shot noise.

    electrons_at_white: electrons that linear light 1.0 frees. full_well_e: where a pixel's charge saturates.
    read_noise_e, row_noise_e: standard deviation per pixel and per row. dark_current_e_s: at the working
    temperature. prnu: relative standard deviation of the pixels' sensitivity. dsnu_e: standard deviation of
    their offsets. dn_per_e: system gain K; None sets it so that the smaller of full well and white just fills
    the ADC. pattern_seed: PRNU and DSNU belong to the camera, not to the frame, and are drawn from this
    alone. quantum_efficiency: electrons freed per photon; light is given relative to white, in which it is
    already contained, so only `Camera.flat_field`, which counts photons, needs it.
    """

    electrons_at_white: float = 10000.0
    full_well_e: float = 10000.0
    read_noise_e: float = 0.0
    row_noise_e: float = 0.0
    dark_current_e_s: float = 0.0
    prnu: float = 0.0
    dsnu_e: float = 0.0
    bit_depth: int = 12
    black_level_dn: float = 0.0
    dn_per_e: float | None = None
    pattern_seed: int = 0
    quantum_efficiency: float = 1.0

    def __post_init__(self):
        require_number("sensor.electrons_at_white", self.electrons_at_white, 1e-3, 1e9)
        require_number("sensor.full_well_e", self.full_well_e, 1, 1e9)
        require_number("sensor.read_noise_e", self.read_noise_e, 0, 1e5)
        require_number("sensor.row_noise_e", self.row_noise_e, 0, 1e5)
        require_number("sensor.dark_current_e_s", self.dark_current_e_s, 0, 1e9)
        require_number("sensor.prnu", self.prnu, 0, 0.5)
        require_number("sensor.dsnu_e", self.dsnu_e, 0, 1e5)
        require_integer("sensor.bit_depth", self.bit_depth, 6, 16)
        require_number("sensor.black_level_dn", self.black_level_dn, 0, self.max_dn / 2)
        require_integer("sensor.pattern_seed", self.pattern_seed, 0, 2**63 - 1)
        require_number("sensor.quantum_efficiency", self.quantum_efficiency, 1e-6, 1)
        if self.dn_per_e is not None:
            require_number("sensor.dn_per_e", self.dn_per_e, 1e-9, 1e6)
            if self.white_dn - self.black_level_dn < 1:
                raise ProfileError(f"camera profile, sensor.dn_per_e: expected a gain with which white is at "
                                   f"least 1 DN above black, found {self.dn_per_e!r}; raise it or "
                                   f"electrons_at_white")

    @property
    def has_fixed_pattern(self) -> bool:
        return self.prnu > 0 or self.dsnu_e > 0

    @property
    def max_dn(self) -> int:
        return 2**self.bit_depth - 1

    @property
    def gain_dn_per_e(self) -> float:
        """System gain K [DN/e-]."""
        if self.dn_per_e is not None:
            return self.dn_per_e
        return (self.max_dn - self.black_level_dn) / min(self.full_well_e, self.electrons_at_white)

    @property
    def white_dn(self) -> float:
        """DN of linear light 1.0, black level included, if nothing saturates."""
        return self.black_level_dn + self.gain_dn_per_e * self.electrons_at_white


def expose_sensor(signal: np.ndarray, sensor: Sensor, exposure_s: float,
                  rng: np.random.Generator) -> np.ndarray:
    """Raw digital numbers of one frame.

    signal: float32, first axis the sensor's rows, linear light that reaches each pixel (1.0 frees
    electrons_at_white). exposure_s: for the dark current. Returns uint16 DN of the same shape. EMVA 1288
    release 4, section 2: y = round(K * e + black level), e = min(Poisson(light + dark), full well) + DSNU +
    row + read.
    """
    raw = np.empty(signal.shape, np.uint16)
    for rows, numbers in expose_rows(lambda rows: signal[rows], signal.shape, sensor, exposure_s, rng):
        raw[rows] = numbers
    return raw


def row_bands(height: int) -> list[slice]:
    return [slice(top, min(top + BAND_ROWS, height)) for top in range(0, height, BAND_ROWS)]


def expose_rows(signal_of: Callable[[slice], np.ndarray], shape: tuple[int, ...], sensor: Sensor, exposure_s: float,
                rng: np.random.Generator) -> Iterator[tuple[slice, np.ndarray]]:
    """`expose_sensor` band by band, each of which stays in the core's cache: (rows, their digital numbers as float32).

    signal_of: gives the signal of some rows. shape: of the whole frame's signal.
    """
    pattern = _unit_pattern(sensor.pattern_seed, shape) if sensor.has_fixed_pattern else None
    for rows in row_bands(shape[0]):
        uneven = pattern and (pattern[0][rows], pattern[1][rows])
        yield rows, _read_out(signal_of(rows), sensor, exposure_s, uneven, rng)


def _read_out(signal: np.ndarray, sensor: Sensor, exposure_s: float, uneven: tuple[np.ndarray, np.ndarray] | None,
              rng: np.random.Generator) -> np.ndarray:
    """`expose_sensor` of some rows, as float32; uneven: their part of `_unit_pattern`."""
    white_e, dark_e, gain = sensor.electrons_at_white, sensor.dark_current_e_s * exposure_s, sensor.gain_dn_per_e
    if uneven is None:
        mean_e = signal * np.float32(white_e)
        mean_e += np.float32(dark_e)
    else:
        mean_e = cv2.addWeighted(signal, white_e, signal * uneven[0], sensor.prnu * white_e, dark_e)
        if sensor.prnu > 0.1:  # else ten deviations are less than all of the sensitivity
            np.maximum(mean_e, np.float32(dark_e), out=mean_e)
    electrons = noisy_electrons(mean_e, sensor.read_noise_e, sensor.full_well_e, rng)
    if sensor.row_noise_e > 0:
        rows = rng.standard_normal((len(signal),) + (1,) * (signal.ndim - 1), dtype=np.float32)
        electrons += rows * np.float32(sensor.row_noise_e)
    if uneven is None:
        numbers = electrons * np.float32(gain)
        numbers += np.float32(sensor.black_level_dn)
    else:
        numbers = cv2.addWeighted(electrons, gain, uneven[1], sensor.dsnu_e * gain, sensor.black_level_dn)
    np.rint(numbers, out=numbers)  # rounding alone has the quantization variance 1/12
    return np.clip(numbers, 0, sensor.max_dn, out=numbers)


def noisy_electrons(mean_e: np.ndarray, read_noise_e: float, full_well_e: float,
                    rng: np.random.Generator) -> np.ndarray:
    """min(Poisson(mean_e), full_well_e) + Normal(0, read_noise_e), float32.

    Few electrons: an exact Poisson draw. Many (from `gaussian_from_e` on): shot and read noise together are one
    normal draw z, mean + sd * z + skew * (z^2 - 1): the Cornish-Fisher expansion with the sum's exact mean,
    variance and third cumulant. Near the full well the two are drawn one by one.
    """
    normal = unit_normals(mean_e.shape, rng)
    if read_noise_e < COUNTABLE_BELOW_E:  # whole electrons first, then read noise that leaves them visible
        electrons = np.minimum(np.rint(_shot_and_read(mean_e, 0.0, normal)), np.float32(full_well_e))
        if read_noise_e > 0:
            normal = unit_normals(mean_e.shape, rng)
            electrons += np.float32(read_noise_e) * normal
    else:
        electrons = _shot_and_read(mean_e, read_noise_e, normal)
        near_full = np.flatnonzero(mean_e > knee_e(full_well_e))
        if len(near_full):  # a pixel clips its charge and is read afterwards: two draws
            shot = np.rint(_shot_and_read(mean_e.ravel()[near_full], 0.0, normal.ravel()[near_full]))
            read = np.float32(read_noise_e) * unit_normals(near_full.shape, rng)
            electrons.ravel()[near_full] = np.minimum(shot, np.float32(full_well_e)) + read
    few_e = gaussian_from_e(read_noise_e)
    few = np.flatnonzero(mean_e < few_e) if few_e > 0 else []
    if len(few):
        shot = np.minimum(rng.poisson(mean_e.ravel()[few]), full_well_e)
        electrons.ravel()[few] = shot + np.float32(read_noise_e) * normal.ravel()[few]
    return electrons


def gaussian_from_e(read_noise_e: float) -> float:
    """Mean electrons from which one normal draw stands for shot and read noise.

    No probability of any interval (-inf, x] is then off by more than 2.1e-4. Read noise helps, because it blurs
    the steps between whole electrons.
    """
    if read_noise_e >= 4:
        return 0.0
    return 12.0 if read_noise_e >= 2 else 50.0


def knee_e(full_well_e: float) -> float:
    """Mean electrons, six deviations of shot noise below the full well, from which a pixel may reach it."""
    return full_well_e - 6 * math.sqrt(full_well_e)


def _shot_and_read(mean_e: np.ndarray, read_noise_e: float, normal: np.ndarray) -> np.ndarray:
    """Variable with the mean, variance and third cumulant of Poisson(mean_e) + Normal(0, read_noise_e)."""
    variance = mean_e + np.float32(max(read_noise_e**2, 1e-6))
    skew = mean_e / variance
    skew *= np.float32(1 / 6)
    # the skew term has a variance of its own, 2 skew^2, that the linear term must leave room for
    linear = skew * skew
    cv2.scaleAdd(linear, -2, variance, dst=linear)
    if read_noise_e < 0.24:  # else a variance of 1/18 and more leaves enough room
        np.maximum(linear, 0, out=linear)
    cv2.sqrt(linear, dst=linear)  # the same numbers as numpy's, in half the time
    electrons = np.multiply(skew, normal, out=variance)
    electrons += linear
    electrons *= normal
    electrons -= skew
    electrons += mean_e
    return electrons


@lru_cache(maxsize=16)
def _unit_pattern(pattern_seed: int, shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Two fields of unit normal numbers, float32: the fixed pattern of a camera, whatever its strength."""
    rng = np.random.default_rng([pattern_seed])
    return rng.standard_normal(shape, dtype=np.float32), rng.standard_normal(shape, dtype=np.float32)


def fixed_pattern(sensor: Sensor, shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """The camera's own relative sensitivity and offset [e-] of every pixel.

    float32 of `shape`, or 0-d if no pixel differs from another.
    """
    if not sensor.has_fixed_pattern:
        return UNIFORM
    sensitivity, offset = _unit_pattern(sensor.pattern_seed, shape)
    sensitivity = sensitivity * np.float32(sensor.prnu)
    sensitivity += 1
    return np.maximum(sensitivity, 0, out=sensitivity), offset * np.float32(sensor.dsnu_e)
