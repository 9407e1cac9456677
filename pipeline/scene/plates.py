"""Backgrounds that are plates of the real site: the temporal median of unlabelled frames, in changing light."""

from dataclasses import dataclass, field

import cv2
import numpy as np

from sensors import CameraProfile
from sensors.inverse import light_of, unsmooth


@dataclass(frozen=True, eq=False)
class Plate:
    """The background of the site as its camera showed it.

    display: uint8 (H, W, 3). profile: of the camera, plain values, as calibration writes them.
    """

    display: np.ndarray
    profile: dict
    _kept: dict = field(default_factory=dict)  # light by joint values

    def light(self, joint):
        """The light behind it: float32 (H, W, 3) linear; do not change it, it is kept.

        A camera will develop and blur it again: without this, contrast, colours, sharpening and blur would count twice.
        joint: values of that camera, by key, in the place of the profile's.
        """
        wanted = tuple(joint.items())
        if wanted not in self._kept:
            self._kept[wanted] = plate_light(self.display, self.profile, joint)
        return self._kept[wanted]


def plate_light(display, profile, joint):
    """See `Plate.light`."""
    parts = {part: dict(profile[part]) for part in ("isp", "optics")}
    for key, value in joint.items():
        part, name = key.split(".")
        if part in parts:
            parts[part][name] = value
    camera = CameraProfile.from_dict(parts)
    return np.maximum(unsmooth(light_of(display, camera.isp), camera.optics.psf_sigma_px), 0)


def draw_plate_light(rng, effect, shape):
    """Factor on the plate's light: gain, tint, and a slow change across the picture: float32 (H, W, 3)."""
    gain = np.exp(rng.uniform(*np.log(effect.light_gain_range)))
    tint = np.exp(rng.normal(0, effect.white_balance_log_sigma, 3))
    corners = 1 + effect.light_gradient * rng.uniform(-1, 1, (3, 3)).astype(np.float32)
    # rows @ corners @ columns is a bicubic resize, here of three channels at once
    rows, columns = (cv2.resize(np.eye(3, dtype=np.float32), (3, n), interpolation=cv2.INTER_CUBIC) for n in shape[:2])
    tinted = (corners @ columns.T)[..., None] * (gain * tint).astype(np.float32)  # (3, W, 3)
    return (rows @ tinted.reshape(3, -1)).reshape(shape)
