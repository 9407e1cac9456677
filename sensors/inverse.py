"""A developed frame -> the light that it stands for: the tail of the image signal processor, backwards.

For pictures of a camera that are to be photographed again. Sharpening, saturation and tone curve can be undone, and
are, so that the second camera does not sharpen what is sharp already; so is most of the smoothing of the lens and
against noise. Mosaic, noise and JPEG cannot be undone: the frame keeps those of the first camera.
"""

import cv2
import numpy as np

from sensors.isp import LUMA, Isp, tone_curve
from sensors.smoothing import smooth

SHARPEN_ROUNDS = 12  # of the fixed point below: leaves less than a tenth of an 8-bit step at an amount of 2
SMOOTH_ROUNDS = 2  # more rounds give back noise rather than detail
STEPS_OF_TONE = 255 * 16


def light_of(frame: np.ndarray, isp: Isp) -> np.ndarray:
    """The linear light that `isp` shows as `frame`.

    frame: (H, W, 3) uint8 display RGB. Returns (H, W, 3) float32 linear RGB, white-balanced, 1.0 = white. Light beyond
    black and white is lost: the frame does not tell it.
    """
    display = unsharpen(frame.astype(np.float32) / 255, isp.sharpening, isp.sharpening_sigma_px)
    if isp.saturation not in (0, 1):  # colours that were taken out altogether stay out
        grey = np.tile(np.array(LUMA), (3, 1))
        forward = isp.saturation * np.eye(3) + (1 - isp.saturation) * grey
        display = cv2.transform(display, np.linalg.inv(forward))
    return np.maximum(unsmooth(undo_tone(display, isp), isp.denoise_sigma_px), 0)


def undo_tone(display: np.ndarray, isp: Isp) -> np.ndarray:
    """Linear float32 light, 0 to 1, that the tone curve of `isp`, without its other steps, shows as `display` (0 to 1).

    On straight lines between display values that are known to STEPS_OF_TONE: a search in the whole curve for every
    pixel takes ten times as long.
    """
    known, linear = np.linspace(0, 1, STEPS_OF_TONE + 1), np.linspace(0, 1, 65536)
    light = np.interp(known, tone_curve(linear, isp), linear).astype(np.float32)
    slope = np.diff(light, append=light[-1:])
    share, whole = np.modf(np.clip(np.asarray(display, np.float32), 0, 1) * np.float32(STEPS_OF_TONE))
    below = whole.astype(np.int32)
    return light[below] + slope[below] * share


def unsharpen(display: np.ndarray, amount: float, sigma_px: float) -> np.ndarray:
    """The picture that `sensors.isp.sharpen` turns into `display`, up to what was clipped; float32 (H, W, 3).

    Sharpening adds amount * (luma - blurred luma), so luma is the fixed point of
    (sharpened + amount * blurred luma) / (1 + amount), which contracts.
    """
    if amount == 0:
        return display
    sharpened = cv2.cvtColor(display, cv2.COLOR_RGB2GRAY)
    luma = sharpened
    for _ in range(SHARPEN_ROUNDS):
        luma = (sharpened + amount * smooth(luma, sigma_px)) / (1 + amount)
    return display - (sharpened - luma)[..., None]


def unsmooth(light: np.ndarray, sigma_px: float) -> np.ndarray:
    """Light that, smoothed by `sensors.smoothing.smooth`, comes close to `light`; float32 (H, W, 3).

    Van Cittert's iteration. Smoothed again, no frequency comes out stronger than it went in: noise does not grow.
    """
    if sigma_px == 0:
        return light
    restored = light
    for _ in range(SMOOTH_ROUNDS):
        restored = restored + (light - smooth(restored, sigma_px))
    return restored
