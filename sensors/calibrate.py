"""A camera profile from unlabelled frames of a static camera.

Statistics that need no knowledge of the scene (sensors/statistics.py) are measured on the frames; then a
camera is sought whose own pictures, measured in the same way, give the same numbers (sensors/fits.py). What
the frames cannot tell stays off and is listed as unknown.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sensors.cfa import Cfa
from sensors.fits import fit_codec, fit_colour, fit_sharpness
from sensors.isp import Isp
from sensors.noise_fit import fit_chroma_denoise, fit_noise
from sensors.optics import Optics
from sensors.profile import CameraProfile
from sensors.statistics import PROFILE_PX, blockiness, edge_profile, median_plate, noise_curve, power_spectrum

__all__ = ["Calibration", "CalibrationError", "calibrate", "median_plate"]

MIN_FRAMES, MAX_FRAMES, MIN_SIZE_PX = 8, 40, 128
NEVER_TOLD = (
    "shutter: a static camera shows neither exposure time nor line readout",
    "optics.k1, optics.k2, optics.lateral_ca_px: needs a target with known lines",
    "optics.vignetting: cannot be told apart from the light of the scene",
    "sensor.prnu, sensor.dsnu_e: cannot be told apart from the texture of the scene",
    "sensor.full_well_e, bit_depth, black_level_dn: hidden behind tone curve and 8 bits",
    "cfa.pattern: hidden behind the codec",
    "response, isp.colour_matrix: needs a colour chart",
)


class CalibrationError(ValueError):
    """The frames given cannot be calibrated from. The message says why."""


@dataclass(frozen=True)
class Calibration:
    """profile: the best fit, parts that could not be told left at their defaults.

    ranges: for every fitted key, e.g. "optics.psf_sigma_px", the interval that the frames do not rule out.
    unknown: what could not be told, and why. measured: the statistics behind the fit, plain JSON-able.
    """

    profile: CameraProfile
    ranges: dict[str, tuple[float, float]]
    unknown: tuple[str, ...]
    measured: dict

    def to_dict(self) -> dict:
        """Plain dicts, lists, numbers and strings."""
        ranges = {key: list(bounds) for key, bounds in self.ranges.items()}
        return {"profile": self.profile.to_dict(), "ranges": ranges, "unknown": list(self.unknown),
                "measured": self.measured}

    @classmethod
    def from_dict(cls, values: dict) -> "Calibration":
        ranges = {key: tuple(bounds) for key, bounds in values["ranges"].items()}
        profile = CameraProfile.from_dict(values["profile"])
        return cls(profile, ranges, tuple(values["unknown"]), values["measured"])


def calibrate(frames: Sequence[np.ndarray], reference: Sequence[np.ndarray] = ()) -> Calibration:
    """Fit a camera profile to frames of a static camera.

    frames: at least 8 uint8 RGB (H, W, 3) of one size; up to 40 are used, evenly spread. reference: uint8 RGB
    pictures of other scenes by ordinary cameras; tone and saturation are told only relative to them, and not
    at all without. Raises CalibrationError.
    """
    frames = _spread(frames)
    plate = median_plate(frames)
    curve = noise_curve(frames, plate)
    fits = [fit_codec(CameraProfile(optics=Optics(), cfa=Cfa(), isp=Isp()), frames, plate)]
    fits.append(fit_colour(fits[-1].profile, frames, plate, reference))
    fits.append(fit_sharpness(fits[-1].profile, plate))
    blur_range = fits[-1].ranges.get("optics.psf_sigma_px", (0.0, 0.0))
    fits.append(fit_noise(fits[-1].profile, curve, plate, blur_range))
    fits.append(fit_chroma_denoise(fits[-1].profile, frames, plate))
    # the later fit has the last word: fit_noise shifts blur from the point spread to denoising
    ranges = {key: bounds for fit in fits for key, bounds in fit.ranges.items()}
    unknown = NEVER_TOLD + tuple(reason for fit in fits for reason in fit.unknown)
    return Calibration(fits[-1].profile, ranges, unknown, measure(frames, plate))


def measure(frames: np.ndarray, plate: np.ndarray) -> dict:
    """The statistics that real and simulated frames are compared by, plain JSON-able; NaN becomes None."""
    curve = noise_curve(frames, plate)
    profile, edges = edge_profile(plate)
    some = frames[:: max(1, len(frames) // 4)]
    return {
        "noise_level_dn": _plain(curve.level), "noise_std_dn": _plain(curve.std),
        "noise_correlation": float(curve.correlation),
        "edge_position_px": _plain(PROFILE_PX), "edge_profile": _plain(profile), "edges": int(edges),
        "blockiness": float(np.median([blockiness(frame) for frame in some])),
        "power_spectrum": _plain(np.mean([power_spectrum(frame) for frame in some], axis=0)),
        "channel_mean_dn": _plain(plate.mean(axis=(0, 1))),
    }


def _spread(frames: Sequence[np.ndarray]) -> np.ndarray:
    if len(frames) < MIN_FRAMES:
        raise CalibrationError(f"calibration: expected at least {MIN_FRAMES} frames, found {len(frames)}")
    index = np.unique(np.linspace(0, len(frames) - 1, MAX_FRAMES).astype(int))
    chosen = [frames[i] for i in index]
    for i, frame in zip(index, chosen, strict=True):
        ok = isinstance(frame, np.ndarray) and frame.dtype == np.uint8 and frame.ndim == 3
        if not ok or frame.shape[2] != 3 or frame.shape != chosen[0].shape:
            found = f"{frame.dtype} {frame.shape}" if isinstance(frame, np.ndarray) else type(frame).__name__
            raise CalibrationError(f"calibration, frame {i}: expected uint8 RGB of shape "
                                   f"{getattr(chosen[0], 'shape', '(H, W, 3)')}, found {found}")
    if min(chosen[0].shape[:2]) < MIN_SIZE_PX:
        height, width = chosen[0].shape[:2]
        raise CalibrationError(f"calibration: expected frames of at least {MIN_SIZE_PX}x{MIN_SIZE_PX} px, "
                               f"found {width}x{height}")
    return np.stack(chosen)


def _plain(values: np.ndarray) -> list:
    return [round(float(v), 5) if np.isfinite(v) else None for v in values]
