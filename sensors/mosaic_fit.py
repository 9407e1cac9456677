"""Whether the camera's picture went through a Bayer mosaic of its own resolution, and how that lay."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from sensors.camera import Camera
from sensors.cfa import Cfa
from sensors.fits import Fit
from sensors.inverse import undo_tone
from sensors.isp import Isp
from sensors.mosaic_trace import mosaic_trace
from sensors.profile import CameraProfile
from sensors.trials import strips

FRAMES, SCENE_PX = 4, 310_000
TOLD_ERRORS, TOLD_CONTRAST = 5.0, 0.05  # photographs that were scaled down show up to 0.04, by what they show
SMOOTHING_PX = 0.5  # by which processing may have hidden a mosaic
ABSENT_BELOW = 0.5  # of the trace that a mosaic would leave behind that smoothing
UNTOLD = "cfa.pattern: the trace of a mosaic, if there is one, is hidden behind smoothing and codec"
ABSENT = (f"cfa: no trace of a mosaic, although processing that smooths by up to {SMOOTHING_PX:g} px would leave one; "
          f"modelled without, as of a camera that scales its picture down")  # fmt: skip


def fit_mosaic(profile: CameraProfile, frames: Sequence[np.ndarray], plate: np.ndarray) -> Fit:
    """cfa: its pattern where the frames show it, None where a mosaic would show and does not.

    frames: uint8 RGB. plate: what they show, without moving things where the camera stood still; float32 RGB, 0-255.
    """
    some = frames[:: max(1, len(frames) // FRAMES)]
    trace = mosaic_trace([strips(frame, SCENE_PX) for frame in some])
    measured = {"mosaic_contrast": trace.contrast, "mosaic_contrast_error": trace.error}
    if trace.contrast > max(TOLD_CONTRAST, TOLD_ERRORS * trace.error):
        return Fit(replace(profile, cfa=Cfa(trace.pattern)), {}, measured=measured)
    expected = mosaic_trace([_through_a_mosaic(strips(plate, SCENE_PX), profile)]).contrast
    measured["mosaic_contrast_expected"] = expected
    if trace.contrast + 2 * trace.error < ABSENT_BELOW * expected:
        return Fit(replace(profile, cfa=None), {}, (ABSENT,), measured)
    return Fit(profile, {}, (UNTOLD,), measured)


def _through_a_mosaic(plate: np.ndarray, profile: CameraProfile) -> np.ndarray:
    """The plate as a camera with a mosaic, the least favourable processing and this codec shows it: uint8 RGB."""
    isp = Isp(denoise_sigma_px=SMOOTHING_PX)
    camera = CameraProfile(cfa=Cfa(), isp=isp, codec=profile.codec)
    return Camera(camera).develop(undo_tone(plate / 255, isp), np.random.default_rng([0]))[0]
