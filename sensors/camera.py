"""The camera: the chain from light to file, in physical order."""

from dataclasses import dataclass
from numbers import Real
from pathlib import Path

import cv2
import numpy as np

from sensors import codec as jpeg_codec
from sensors.cfa import demosaic, mosaic, mosaic_of
from sensors.exposure import Scene, expose
from sensors.isp import IDENTITY, ColourResponse, Isp, process, to_code
from sensors.labels import ActorLabel
from sensors.noise import expose_sensor
from sensors.optics import Optics, shade
from sensors.profile import CameraProfile
from sensors.profile_file import load_profile
from sensors.validation import LightError, require_linear_rgb, require_number


@dataclass(frozen=True)
class Photo:
    """image: uint8 RGB (H, W, 3), as the file shows it. jpeg: the camera's own file, None without a codec."""

    image: np.ndarray
    jpeg: bytes | None
    labels: list[ActorLabel]


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
        image, jpeg = self.develop(exposed.light, rng)
        return Photo(image, jpeg, exposed.labels)

    def develop(self, light: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, bytes | None]:
        """Everything after the exposure: point spread, noise, ISP, codec.

        light: float (H, W, 3), linear RGB, 1.0 = display white. Returns uint8 display RGB and the JPEG file
        or None. Raises LightError for light that is not linear, finite and non-negative.

        Point spread and vignetting act here, once, on the integrated light. They are linear and constant in
        time, so this is exact for a global shutter; with a rolling one the point spread mixes lines read
        within a few line readouts of each other, in which nothing moves by more than a small part of a pixel.
        """
        signal = self._signal(_checked(light))
        if self.profile.sensor is not None:
            code = self._digital_code(self._raw(signal, rng))
        else:
            code = to_code(signal, self._per_pixel(self._isp.gains, signal.shape), 0.0)
        if self.profile.cfa is not None:
            code = demosaic(code, self.profile.cfa)
        image = process(code, self._isp)
        if self.profile.codec is None:
            return image, None
        jpeg = jpeg_codec.encode(image, self.profile.codec)
        return jpeg_codec.decode(jpeg), jpeg

    def raw(self, light: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """The sensor's digital numbers, before the ISP: uint16 (H, W), or (H, W, 3) where cfa is None."""
        self._require_sensor()
        return self._raw(self._signal(_checked(light)), rng)

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
        sensor = self.profile.sensor
        electrons = photons * sensor.quantum_efficiency
        signal = np.full(shape, electrons / sensor.electrons_at_white, np.float32)
        return self._raw(signal, rng, exposure_us)

    def _require_sensor(self) -> None:
        if self.profile.sensor is None:
            raise LightError("camera: raw output needs a profile with a sensor, found sensor None")

    def _signal(self, light: np.ndarray) -> np.ndarray:
        """Linear light on each pixel behind its filter: (H, W), or (H, W, 3) where cfa is None."""
        light = shade(light, self.profile.optics or Optics())
        illuminant = self._response.illuminant
        if self._response.matrix != IDENTITY:
            matrix = np.array(self._response.matrix) * np.array(illuminant)[None, :]
            light, illuminant = np.maximum(cv2.transform(light, matrix), 0), (1.0, 1.0, 1.0)
        if self.profile.cfa is not None:
            light = mosaic(light, self.profile.cfa)
        if tuple(illuminant) == (1.0, 1.0, 1.0):
            return light
        return light * self._per_pixel(illuminant, light.shape)

    def _raw(self, signal: np.ndarray, rng: np.random.Generator, exposure_us: float | None = None) -> np.ndarray:
        if exposure_us is None:
            exposure_us = self.profile.shutter.exposure_us if self.profile.shutter else 0.0
        return expose_sensor(signal, self.profile.sensor, exposure_us * 1e-6, rng)

    def _digital_code(self, raw: np.ndarray) -> np.ndarray:
        """Black subtraction and white balance; linear 1.0 is what white gives in the green channel."""
        sensor = self.profile.sensor
        span = sensor.white_dn - sensor.black_level_dn
        gain = self._per_pixel(tuple(g / span for g in self._isp.gains), raw.shape)
        return to_code(raw.astype(np.float32), gain, -sensor.black_level_dn * gain)

    def _per_pixel(self, colour: tuple[float, float, float], shape: tuple[int, ...]) -> np.ndarray:
        """One value per colour, spread so that it broadcasts against a signal of `shape`."""
        if len(shape) == 3:
            return np.array(colour, np.float32)
        return mosaic_of(tuple(colour), self.profile.cfa, shape)


def _checked(light: np.ndarray) -> np.ndarray:
    require_linear_rgb("camera", light)
    lowest, highest = float(light.min()), float(light.max())
    if not (lowest >= 0 and np.isfinite(highest)):
        found = f"values from {lowest:g} to {highest:g}"
        raise LightError(f"camera: expected finite, non-negative light, found {found}")
    return np.ascontiguousarray(light, np.float32)
