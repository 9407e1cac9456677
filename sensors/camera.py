"""The camera: the chain from light to file, in physical order."""

from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from numbers import Real
from pathlib import Path

import cv2
import numpy as np

from sensors import codec as jpeg_codec
from sensors.cfa import Cfa, mosaic, mosaic_of
from sensors.exposure import Scene, expose
from sensors.isp import IDENTITY, ColourResponse, Isp, code_scale, process, scaled_to_code
from sensors.labels import ActorLabel
from sensors.noise import expose_rows, expose_sensor, row_bands
from sensors.optics import SAMPLED_FROM_PX, Optics, spread_rows, vignette
from sensors.profile import CameraProfile
from sensors.profile_file import load_profile
from sensors.validation import LightError, require_linear_rgb, require_number

INFINITY_BITS = np.float32(np.inf).view(np.uint32)


@dataclass(frozen=True)
class Photo:
    """uncompressed: uint8 RGB (H, W, 3). jpeg: the camera's own file of it, None without a codec."""

    uncompressed: np.ndarray
    jpeg: bytes | None
    labels: list[ActorLabel]

    @cached_property
    def image(self) -> np.ndarray:
        """uint8 RGB (H, W, 3), as the file shows it; decoded when it is first asked for."""
        return self.uncompressed if self.jpeg is None else jpeg_codec.decode(self.jpeg)


class Camera:
    """A camera with the given profile. All randomness comes from the generators passed in."""

    def __init__(self, profile: CameraProfile):
        self.profile = profile
        self._response = profile.response or ColourResponse()
        self._isp = profile.isp or Isp()

    @classmethod
    def from_profile(cls, name: str | Path) -> "Camera":
        """A shipped camera by its name, or your own by the path of its YAML file. Raises ProfileError."""
        return cls(load_profile(name))

    def photograph(self, scene: Scene, rng: np.random.Generator, start_s: float = 0.0) -> Photo:
        """Photograph a scene from start_s on, with labels that follow the shutter and the lens.

        Raises LightError and ProfileError, as `expose` and `develop` do.
        """
        exposed = expose(scene, self.profile.shutter, self.profile.optics, start_s)
        return self._photo(exposed.light, exposed.labels, rng)

    def develop(self, light: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, bytes | None]:
        """Everything after the exposure: point spread, noise, ISP, codec.

        light: float (H, W, 3), linear RGB, 1.0 = display white. Returns uint8 display RGB and the JPEG file
        or None. Raises LightError for light that is not linear, finite and non-negative.

        Point spread and vignetting act here, once, on the integrated light. They are linear and constant in
        time, so this is exact for a global shutter; with a rolling one the point spread mixes lines read
        within a few line readouts of each other, in which nothing moves by more than a small part of a pixel.
        """
        photo = self._photo(light, [], rng)
        return photo.image, photo.jpeg

    def raw(self, light: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """The sensor's digital numbers, before the ISP: uint16 (H, W), or (H, W, 3) where cfa is None."""
        self._require_sensor()
        light = _float32(light)
        signal = self._signal(light, slice(0, len(light)))
        return expose_sensor(signal, self.profile.sensor, self._exposure_s(), rng)

    def flat_field(self, photons: float, rng: np.random.Generator, shape: tuple[int, int],
                   exposure_us: float | None = None) -> np.ndarray:
        """Raw frame of uniform light, as cameras are measured (EMVA 1288): uint16 DN of `shape` (H, W).

        photons: mean number that reaches each pixel, behind lens and filter, during the exposure; 0 is a dark
        frame. exposure_us: gathers the dark current; None takes the shutter's. Raises LightError.
        """
        self._require_sensor()
        if not (isinstance(photons, Real) and 0 <= photons < np.inf):
            raise LightError(f"camera: expected a finite number of photons per pixel from 0 up, found {photons!r}")
        if exposure_us is not None:
            require_number("exposure_us", exposure_us, 0, 3600e6)
        exposure_s = self._exposure_s() if exposure_us is None else exposure_us * 1e-6
        sensor = self.profile.sensor
        electrons = photons * sensor.quantum_efficiency
        signal = np.full(shape, electrons / sensor.electrons_at_white, np.float32)
        return expose_sensor(signal, sensor, exposure_s, rng)

    def _require_sensor(self) -> None:
        if self.profile.sensor is None:
            raise LightError("camera: raw output needs a profile with a sensor, found sensor None")

    def _exposure_s(self) -> float:
        return self.profile.shutter.exposure_us * 1e-6 if self.profile.shutter else 0.0

    def _photo(self, light: np.ndarray, labels: list[ActorLabel], rng: np.random.Generator) -> Photo:
        picture = process(self._code(_float32(light), rng), self._isp, self.profile.cfa)
        codec = self.profile.codec
        return Photo(picture, None if codec is None else jpeg_codec.encode(picture, codec), labels)

    def _code(self, light: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Light -> white-balanced 16-bit code: the mosaic (H, W), or (H, W, 3) where cfa is None."""
        code = np.empty(light.shape if self.profile.cfa is None else light.shape[:2], np.uint16)
        signal_of = partial(self._signal, light)
        if self.profile.sensor is None:
            bands = ((rows, signal_of(rows)) for rows in row_bands(len(light)))
        else:
            bands = expose_rows(signal_of, code.shape, self.profile.sensor, self._exposure_s(), rng)
        for rows, signal in bands:
            code[rows] = self._digital_code(signal)
        return code

    def _signal(self, light: np.ndarray, rows: slice) -> np.ndarray:
        """Linear light on each pixel of some rows, behind its filter: (rows, W), or (rows, W, 3) where cfa is None."""
        _require_physical(light, rows)
        optics, response, cfa = self.profile.optics or Optics(), self._response, self.profile.cfa
        height, illuminant = len(light), response.illuminant
        light = spread_rows(light, optics, rows)
        if 0 < optics.psf_sigma_px < SAMPLED_FROM_PX:  # a narrow point spread has a negative lobe
            cv2.threshold(light, 0, 0, cv2.THRESH_TOZERO, dst=light)  # as numpy's maximum, in a fifth of the time
        if response.matrix != IDENTITY:
            matrix = np.array(response.matrix) * np.array(illuminant)[None, :]
            light, illuminant = np.maximum(cv2.transform(light, matrix), 0), (1.0, 1.0, 1.0)
        if cfa is not None:  # before the vignetting, which is the same for all colours
            light = mosaic(light, cfa)
        light = vignette(light, optics, rows, height)
        if tuple(illuminant) == (1.0, 1.0, 1.0):
            return light
        return light * _per_pixel(tuple(illuminant), cfa, light.shape)

    def _digital_code(self, numbers: np.ndarray) -> np.ndarray:
        """Black subtraction and white balance; linear 1.0 is what white gives in the green channel.

        numbers: the sensor's, or without a sensor linear light. Returns uint16 code of the same shape.
        """
        gains, black, sensor = tuple(self._isp.gains), 0.0, self.profile.sensor
        if sensor is not None:
            gains, black = tuple(g / (sensor.white_dn - sensor.black_level_dn) for g in gains), sensor.black_level_dn
        return scaled_to_code(numbers, *_code_scale(gains, black, self.profile.cfa, numbers.shape))


@lru_cache(maxsize=16)
def _per_pixel(colour: tuple[float, float, float], cfa: Cfa | None, shape: tuple[int, ...]) -> np.ndarray:
    """One value per colour, spread over a signal of `shape`: numpy's own spreading takes ten times as long."""
    return np.tile(np.float32(colour), (*shape[:2], 1)) if cfa is None else mosaic_of(colour, cfa, shape)


@lru_cache(maxsize=16)
def _code_scale(gains: tuple[float, float, float], black: float, cfa: Cfa | None,
                shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """`code_scale` of every number in a signal of `shape`."""
    gain = _per_pixel(gains, cfa, shape)
    return code_scale(gain, -black * gain)


def _float32(light: np.ndarray) -> np.ndarray:
    require_linear_rgb("camera", light)
    return np.ascontiguousarray(light, np.float32)


def _require_physical(light: np.ndarray, rows: slice) -> None:
    """Raise LightError where some rows of light are not finite and non-negative."""
    if light[rows].view(np.uint32).max() < INFINITY_BITS:  # as bits, finite non-negative numbers are the lowest
        return
    if not (light[rows].min() >= 0 and np.isfinite(light[rows].max())):  # -0.0 is fine
        found = f"values from {light.min():g} to {light.max():g}"
        raise LightError(f"camera: expected finite, non-negative light, found {found}")
