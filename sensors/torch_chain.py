"""The camera after the exposure as one torch module, for batches inside a training loop.

Needs torch, which the rest of the package does not; import it as `from sensors.torch_chain import CameraModule`.
"""

from dataclasses import dataclass

import numpy as np
import torch

from sensors import torch_isp
from sensors.cfa import Cfa, mosaic_of
from sensors.isp import IDENTITY, ColourResponse, Isp, tone_table
from sensors.noise import fixed_pattern
from sensors.optics import Optics, point_spread, shade
from sensors.profile import CameraProfile
from sensors.torch_noise import expose_sensor
from sensors.validation import LightError, ProfileError


class CameraModule(torch.nn.Module):
    """`Camera.develop` for batches, with JPEG left out: point spread, vignetting, mosaic, noise, ADC, ISP.

    From the same raw numbers it makes the same picture as `Camera` does, up to how floats are rounded: before the
    rounding to 8 bits, display values differ by less than half of one of the 255 steps. Noise has the same
    distribution but other samples; the fixed pattern is the same. There are no gradients: an ADC has none. Raises
    ProfileError for a profile with a codec.
    """

    def __init__(self, profile: CameraProfile):
        super().__init__()
        if profile.codec is not None:
            raise ProfileError(f"camera module, codec: expected None, because JPEG is no part of the module, found "
                               f"{profile.codec!r}; give dataclasses.replace(profile, codec=None), and use "
                               f"sensors.codec on the pictures")
        self.profile = profile
        self._response = profile.response or ColourResponse()
        self._isp = profile.isp or Isp()
        self.register_buffer("_tone_table", torch.from_numpy(tone_table(self._isp).copy()), persistent=False)
        self._planes = {}

    @torch.no_grad()
    def forward(self, light: torch.Tensor, generator: torch.Generator | None = None) -> torch.Tensor:
        """light: float (B, 3, H, W), linear RGB, finite and non-negative (not checked: that would wait for the
        device), 1.0 = display white. generator: of the light's device; None is torch's global one.

        Returns uint8 display RGB (B, 3, H, W). Raises LightError for another shape or dtype.
        """
        return self.display(light, generator).mul_(255).round_().to(torch.uint8)

    @torch.no_grad()
    def display(self, light: torch.Tensor, generator: torch.Generator | None = None) -> torch.Tensor:
        """What `forward` rounds to 8 bits: float32 display RGB (B, 3, H, W), 0 black to 1 white."""
        if self.profile.sensor is not None:
            return self.from_raw(self.raw(light, generator))
        signal = self.signal(light)
        gain = self._plane(signal).gain
        return self._picture(torch_isp.to_code(signal, gain, torch.zeros_like(gain)))

    @torch.no_grad()
    def signal(self, light: torch.Tensor) -> torch.Tensor:
        """Linear light on each pixel behind its filter: (B, H, W), or (B, 3, H, W) where cfa is None."""
        light = _checked(light)
        optics = self.profile.optics or Optics()
        if optics.psf_sigma_px > 0:
            light = torch_isp.convolve(light, point_spread(optics.psf_sigma_px)).clamp_(min=0)
        plane = self._plane(light)
        if optics.vignetting > 0:
            light = light * plane.falloff
        response = self._response
        if response.matrix != IDENTITY:
            light = torch_isp.mix(light, np.array(response.matrix) * np.array(response.illuminant)).clamp_(min=0)
        signal = _mosaic(light, self.profile.cfa) if self.profile.cfa else light
        return signal if response.matrix != IDENTITY else signal * plane.illuminant

    @torch.no_grad()
    def raw(self, light: torch.Tensor, generator: torch.Generator | None = None) -> torch.Tensor:
        """The sensor's digital numbers, whole float32: (B, H, W), or (B, 3, H, W) where cfa is None."""
        if self.profile.sensor is None:
            raise LightError("camera module: raw output needs a profile with a sensor, found sensor None")
        signal = self.signal(light)
        exposure_s = self.profile.shutter.exposure_s if self.profile.shutter else 0.0
        plane = self._plane(signal)
        return expose_sensor(signal, self.profile.sensor, exposure_s, (plane.sensitivity, plane.offset_e), generator)

    @torch.no_grad()
    def from_raw(self, raw: torch.Tensor) -> torch.Tensor:
        """Digital numbers (see `raw`) -> float32 display RGB (B, 3, H, W)."""
        sensor = self.profile.sensor
        gain = self._plane(raw).gain / (sensor.white_dn - sensor.black_level_dn)
        return self._picture(torch_isp.to_code(raw, gain, -sensor.black_level_dn * gain))

    def _picture(self, code: torch.Tensor) -> torch.Tensor:
        if self.profile.cfa is not None:
            code = torch_isp.demosaic(code, self.profile.cfa)
        return torch_isp.process(code, self._isp, self._tone_table)

    def _plane(self, image: torch.Tensor) -> "_Plane":
        """What belongs to the pixels of a picture of this size, made once for every size and device."""
        key = *image.shape[-2:], image.device
        if key not in self._planes:
            self._planes[key] = _Plane.of(self.profile, self._response, self._isp, *key)
        return self._planes[key]


@dataclass(frozen=True)
class _Plane:
    """Tensors that broadcast against one frame's signal, (H, W) or (3, H, W); falloff: against its light."""

    falloff: torch.Tensor
    illuminant: torch.Tensor
    gain: torch.Tensor
    sensitivity: torch.Tensor
    offset_e: torch.Tensor

    @classmethod
    def of(cls, profile: CameraProfile, response: ColourResponse, isp: Isp, height: int, width: int, device):
        def tensor(values):
            values = np.asarray(values, np.float32)
            return torch.from_numpy(np.moveaxis(values, 2, 0).copy() if values.ndim == 3 else values.copy()).to(device)

        def coloured(colour):
            if profile.cfa is None:
                return tensor(np.reshape(colour, (1, 1, 3)))
            return tensor(mosaic_of(tuple(colour), profile.cfa, (height, width)))

        shape = (height, width) if profile.cfa else (height, width, 3)
        uneven = fixed_pattern(profile.sensor, shape) if profile.sensor else (1.0, 0.0)
        lens = Optics(vignetting=profile.optics.vignetting if profile.optics else 0.0)
        arriving = shade(np.ones((height, width, 3), np.float32), lens)[..., 0]
        return cls(tensor(arriving), coloured(response.illuminant), coloured(isp.gains),
                   *map(tensor, uneven))


def _mosaic(light: torch.Tensor, cfa: Cfa) -> torch.Tensor:
    """`cfa.mosaic` of (B, 3, H, W)."""
    raw = light.new_empty((light.shape[0], *light.shape[2:]))
    for row in (0, 1):
        for col in (0, 1):
            raw[:, row::2, col::2] = light[:, cfa.channel_at(row, col), row::2, col::2]
    return raw


def _checked(light: torch.Tensor) -> torch.Tensor:
    found = f"{light.dtype} {tuple(light.shape)}" if isinstance(light, torch.Tensor) else type(light).__name__
    if not isinstance(light, torch.Tensor) or light.ndim != 4 or light.shape[1] != 3 or not light.is_floating_point():
        raise LightError(f"camera module: expected linear light, a float tensor of shape (B, 3, H, W), found {found}")
    return light.float()
