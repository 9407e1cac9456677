"""What only a moving camera shows: line readout, shake, vignetting."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from sensors.camera_motion import band_shifts, path_shifts, shake_px
from sensors.fits import Fit
from sensors.inverse import undo_tone
from sensors.optics import Optics
from sensors.profile import CameraProfile
from sensors.readout_fit import Readout, fit_readout
from sensors.shutter import Shutter
from sensors.vignetting_fit import fit_vignetting

MOST_FRAMES = 90  # neighbouring frames that are enough


def fit_motion(profile: CameraProfile, frames: Sequence[np.ndarray], frames_per_s: float | None) -> Fit:
    """shutter.line_readout_us and optics.vignetting; readout (in frame intervals) and shake are recorded as measured.

    frames: uint8 RGB (H, W, 3), neighbours in time at frames_per_s, or at a constant but unknown rate.
    """
    frames = list(frames[:MOST_FRAMES])
    shifts, rows = band_shifts(frames)
    path = path_shifts(shifts)
    readout = fit_readout(shifts, rows, len(frames[0]))
    shading = fit_vignetting(frames, path, lambda display: undo_tone(display / 255, profile.isp))
    measured = {"shake_px": shake_px(path), "speed_px_per_frame": float(np.hypot(*path.T).mean())}
    ranges, unknown = {}, []
    if shading.told:
        optics = replace(profile.optics or Optics(), vignetting=shading.share)
        profile, ranges["optics.vignetting"] = replace(profile, optics=optics), shading.interval
    else:
        unknown.append("optics.vignetting: the camera did not turn far enough to see a thing at several places")
    if not readout.told:
        unknown.append("shutter.line_readout_us: the camera's speed did not change enough within a frame")
    else:
        measured["line_readout_frame_intervals"] = readout.line_share
        if frames_per_s is None:
            unknown.append("shutter.line_readout_us: told only in frame intervals, because frames_per_s is not known")
        else:
            profile, ranges["shutter.line_readout_us"] = _with_readout(profile, readout, 1e6 / frames_per_s)
    return Fit(profile, ranges, tuple(unknown), measured)


def _with_readout(profile: CameraProfile, readout: Readout, frame_us: float):
    """The profile with a shutter, and the interval of its line readout [us]."""
    direction = "bottom_to_top" if readout.line_share < 0 else "top_to_bottom"
    ends = sorted(np.sign(readout.line_share) * np.array(readout.interval) * frame_us)
    shutter = Shutter(0.0, abs(readout.line_share) * frame_us, direction)
    return replace(profile, shutter=shutter), (max(0.0, float(ends[0])), float(ends[1]))
