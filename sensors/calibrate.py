"""A camera profile from unlabelled frames.

What needs no knowledge of the scene is measured on the frames; then a camera is sought whose own pictures, measured in
the same way, give the same numbers. Whether the camera stood still or moved decides what applies: a static one shows
noise as what changes from frame to frame, a moving one shows its shutter and its vignetting. What the frames cannot
tell stays at its default and is listed as unknown.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from sensors.camera_motion import moves
from sensors.cfa import Cfa
from sensors.chain_fit import fit_chain
from sensors.chroma_fit import fit_chroma_denoise
from sensors.edges import PROFILE_PX, edge_profile, sharpest_edges
from sensors.fits import fit_codec, fit_colour
from sensors.isp import Isp
from sensors.mosaic_fit import fit_mosaic
from sensors.motion_fit import fit_motion
from sensors.optics import Optics
from sensors.profile import CameraProfile
from sensors.single_frame_noise import coefficient_gain, quiet_scene, single_frame_noise
from sensors.statistics import blockiness, median_plate, power_spectrum
from sensors.temporal_noise import NoiseCurve, noise_at, noise_curve
from sensors.trials import Seen, strips

__all__ = ["Calibration", "CalibrationError", "calibrate", "median_plate"]

MIN_FRAMES, MAX_FRAMES, MIN_SIZE_PX = 8, 40, 128
SCENE_PX = 310_000  # of the picture are enough to measure noise on
NEVER_TOLD = (
    "optics.k1, optics.k2, optics.lateral_ca_px: needs a target with known lines",
    "sensor.prnu, sensor.dsnu_e: cannot be told apart from the texture of the scene",
    "sensor.full_well_e, bit_depth, black_level_dn: hidden behind tone curve and 8 bits",
    "response, isp.colour_matrix: needs a colour chart",
)
STATIC_NEVER_TELLS = (
    "shutter: a static camera shows neither exposure time nor line readout",
    "optics.vignetting: cannot be told apart from the light of the scene while the camera stands still",
)
MOVING_NEVER_TELLS = (
    "shutter.exposure_us: its blur cannot be told apart from the lens; optics.psf_sigma_px holds both",
    "isp.chroma_denoise_sigma_px: needs a static camera",
)


class CalibrationError(ValueError):
    """The frames given cannot be calibrated from. The message says why."""


@dataclass(frozen=True)
class Calibration:
    """profile: the best fit, parts that could not be told left at their defaults.

    ranges: for every fitted key, e.g. "optics.psf_sigma_px", the interval that the frames do not rule out.
    joint: sets of values of the keys whose errors hang together, none of them ruled out, the best first.
    unknown: what could not be told, and why. measured: the statistics behind the fit, plain JSON-able.
    """

    profile: CameraProfile
    ranges: dict[str, tuple[float, float]]
    unknown: tuple[str, ...]
    measured: dict
    joint: tuple[dict[str, float], ...] = ()

    def to_dict(self) -> dict:
        """Plain dicts, lists, numbers and strings."""
        ranges = {key: list(bounds) for key, bounds in self.ranges.items()}
        return {"profile": self.profile.to_dict(), "ranges": ranges, "joint": list(self.joint),
                "unknown": list(self.unknown), "measured": self.measured}

    @classmethod
    def from_dict(cls, values: dict) -> "Calibration":
        ranges = {key: tuple(bounds) for key, bounds in values["ranges"].items()}
        profile = CameraProfile.from_dict(values["profile"])
        return cls(profile, ranges, tuple(values["unknown"]), values["measured"], tuple(values["joint"]))


def calibrate(frames: Sequence[np.ndarray], reference: Sequence[np.ndarray] = (),
              frames_per_s: float | None = None) -> Calibration:
    """Fit a camera profile to frames of a camera that stands still or moves, which is seen in the frames.

    frames: at least 8 uint8 RGB (H, W, 3) of one size, in the order of time; of a moving camera neighbours must
    overlap, and its readout is told only from neighbours at a constant rate. reference: uint8 RGB pictures of other
    scenes by ordinary cameras; tone and saturation are told only relative to them, and not at all without.
    frames_per_s: rate of these frames; without it a readout cannot be told in us. Raises CalibrationError.
    """
    _check(frames)
    moving = moves(frames)
    some = np.stack([frames[i] for i in np.unique(np.linspace(0, len(frames) - 1, MAX_FRAMES).astype(int))])
    plate = some[len(some) // 2].astype(np.float32) if moving else median_plate(some)
    fits = [fit_codec(CameraProfile(optics=Optics(), cfa=Cfa(), isp=Isp()), some, plate)]
    fits.append(fit_mosaic(fits[-1].profile, some, plate))
    fits.append(fit_colour(fits[-1].profile, some, plate, reference))
    seen = _seen_moving(some) if moving else _seen_static(some, plate)
    grain = seen if moving else _seen_grain(some, seen)
    fits.append(fit_chain(fits[-1].profile, seen, grain))
    if moving:
        fits.append(fit_motion(fits[-1].profile, frames, frames_per_s))
    else:
        fits.append(fit_chroma_denoise(fits[-1].profile, some, plate))
    ranges = {key: bounds for fit in fits for key, bounds in fit.ranges.items()}
    unknown = NEVER_TOLD + (MOVING_NEVER_TELLS if moving else STATIC_NEVER_TELLS)
    unknown += tuple(reason for fit in fits for reason in fit.unknown)
    measured = measure(some, plate, seen.noise) | {key: value for fit in fits for key, value in fit.measured.items()}
    measured = {"camera": "moving" if moving else "static"} | measured
    joint = tuple(values for fit in fits for values in fit.joint)
    return Calibration(fits[-1].profile, ranges, unknown, measured, joint)


def _seen_static(frames: np.ndarray, plate: np.ndarray) -> Seen:
    scene = strips(plate, SCENE_PX)
    noise = noise_curve([strips(frame, SCENE_PX) for frame in frames], scene)
    return Seen(sharpest_edges(plate), noise, scene, noise_at, np.ones((8, 8)))


def _seen_moving(frames: np.ndarray) -> Seen:
    """Edges of the sharpest frame, where the camera moved least; noise of every frame by itself."""
    edges = [sharpest_edges(frame) for frame in frames[:: max(1, len(frames) // 12)]]
    steepest = max(edges, key=lambda found: np.nan_to_num(np.diff(found.mean)).max())
    middle = frames[len(frames) // 4 :: max(1, len(frames) // 2)]
    scene = strips(np.concatenate([quiet_scene(frame) for frame in middle]), SCENE_PX)
    return Seen(steepest, single_frame_noise(frames), scene, _alone, coefficient_gain())


def _seen_grain(frames: np.ndarray, seen: Seen) -> Seen:
    """Of a static camera that showed `seen`: the same scene, but the noise of every frame by itself."""
    noise = single_frame_noise([strips(frame, SCENE_PX) for frame in frames])
    return replace(seen, noise=noise, measure=_alone, coefficient_gain=coefficient_gain())


def _alone(images: list[np.ndarray], _) -> NoiseCurve:
    return single_frame_noise(images)


def measure(frames: np.ndarray, plate: np.ndarray, curve: NoiseCurve) -> dict:
    """The statistics that real and simulated frames are compared by, plain JSON-able; NaN becomes None."""
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


def _check(frames: Sequence[np.ndarray]) -> None:
    if len(frames) < MIN_FRAMES:
        raise CalibrationError(f"calibration: expected at least {MIN_FRAMES} frames, found {len(frames)}")
    for i, frame in enumerate(frames):
        ok = isinstance(frame, np.ndarray) and frame.dtype == np.uint8 and frame.ndim == 3
        if not ok or frame.shape[2] != 3 or frame.shape != frames[0].shape:
            found = f"{frame.dtype} {frame.shape}" if isinstance(frame, np.ndarray) else type(frame).__name__
            raise CalibrationError(f"calibration, frame {i}: expected uint8 RGB of shape "
                                   f"{getattr(frames[0], 'shape', '(H, W, 3)')}, found {found}")
    if min(frames[0].shape[:2]) < MIN_SIZE_PX:
        height, width = frames[0].shape[:2]
        raise CalibrationError(f"calibration: expected frames of at least {MIN_SIZE_PX}x{MIN_SIZE_PX} px, "
                               f"found {width}x{height}")


def _plain(values: np.ndarray) -> list:
    return [round(float(v), 5) if np.isfinite(v) else None for v in values]
