"""The image signal processor: from raw numbers to the 8-bit picture.

Between white balance and tone curve a pixel is a 16-bit code, PEDESTAL + linear * WHITE_SPAN. The pedestal
keeps noise below black alive through demosaicing, so dark regions keep their mean; 16 bits are finer than
1/20 of an 8-bit step.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from sensors.cfa import DEMOSAIC_REACH, DEMOSAIC_ROWS, Cfa, demosaic
from sensors.denoise import denoise
from sensors.smoothing import reach, smooth_rows
from sensors.validation import ProfileError, require_choice, require_number, require_numbers

PEDESTAL = 4096
WHITE_SPAN = 65535 - PEDESTAL
IDENTITY = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
BAND_PIXELS = 96 * 1024  # of a band, whose float32 colours the core's cache about holds
Band = tuple[slice, np.ndarray]  # some rows, and float32 display values there
LUMA = (0.299, 0.587, 0.114)  # ITU-R BT.601, what JPEG uses


@dataclass(frozen=True)
class ColourResponse:
    """What the sensor sees of linear sRGB light: raw = matrix @ (illuminant * rgb).

    illuminant: raw signal of a white surface under the scene's light, per channel, relative to linear 1.0.
    Together with the ISP's gains it decides the colour cast: gains * illuminant = (1, 1, 1) is none.
    """

    illuminant: tuple[float, float, float] = (1.0, 1.0, 1.0)
    matrix: tuple[tuple[float, float, float], ...] = IDENTITY

    def __post_init__(self):
        require_numbers("response.illuminant", self.illuminant, 3, 0.01, 10)
        require_matrix("response.matrix", self.matrix)


@dataclass(frozen=True)
class Isp:
    """Image processing; the defaults are the sRGB curve alone.

    gains: white balance factors (r, g, b). colour_matrix: raw to linear sRGB, applied after white balance.
    tone_curve: srgb | gamma (linear ** (1 / gamma)) | s_curve (sRGB, then a share s_curve_strength of
    smoothstep contrast). black, white: display levels of linear 0 and 1 (0 and 1: full range; black > 0 is
    haze, white > 1 clips highlights). saturation: factor on the distance to grey, after the tone curve.
    sharpening: unsharp-mask amount on luma with a Gaussian of sharpening_sigma_px. denoise_sigma_px,
    chroma_denoise_sigma_px: Gaussian smoothing of everything and of colour alone, before the colour matrix.
    """

    gains: tuple[float, float, float] = (1.0, 1.0, 1.0)
    colour_matrix: tuple[tuple[float, float, float], ...] = IDENTITY
    tone_curve: str = "srgb"
    gamma: float = 2.2
    s_curve_strength: float = 0.0
    black: float = 0.0
    white: float = 1.0
    saturation: float = 1.0
    sharpening: float = 0.0
    sharpening_sigma_px: float = 1.0
    denoise_sigma_px: float = 0.0
    chroma_denoise_sigma_px: float = 0.0

    def __post_init__(self):
        require_numbers("isp.gains", self.gains, 3, 0.01, 100)
        require_matrix("isp.colour_matrix", self.colour_matrix)
        require_choice("isp.tone_curve", self.tone_curve, ("srgb", "gamma", "s_curve"))
        require_number("isp.gamma", self.gamma, 0.1, 10)
        require_number("isp.s_curve_strength", self.s_curve_strength, -1, 1)
        require_number("isp.black", self.black, -1, 1)
        require_number("isp.white", self.white, 0, 4)
        require_number("isp.saturation", self.saturation, 0, 4)
        require_number("isp.sharpening", self.sharpening, 0, 10)
        require_number("isp.sharpening_sigma_px", self.sharpening_sigma_px, 0.1, 20)
        require_number("isp.denoise_sigma_px", self.denoise_sigma_px, 0, 20)
        require_number("isp.chroma_denoise_sigma_px", self.chroma_denoise_sigma_px, 0, 20)
        if self.white <= self.black:
            raise ProfileError(f"camera profile, isp.white: expected more than isp.black ({self.black!r}), "
                               f"found {self.white!r}")


def require_matrix(key: str, matrix) -> None:
    """Raise ProfileError unless `matrix` is 3 rows of 3 numbers."""
    if not isinstance(matrix, (tuple, list)) or len(matrix) != 3:
        raise ProfileError(f"camera profile, {key}: expected 3 rows of 3 numbers, found {matrix!r}")
    for i, row in enumerate(matrix):
        require_numbers(f"{key}[{i}]", row, 3, -100, 100)


def to_code(linear: np.ndarray, gain, offset) -> np.ndarray:
    """linear * gain + offset as 16-bit code (uint16); gain and offset broadcast against `linear`."""
    return scaled_to_code(linear, *code_scale(gain, offset))


def code_scale(gain, offset) -> tuple[np.ndarray, np.ndarray]:
    """(slope, shift), float32: linear * slope + shift, cut to a whole number, is the code of linear * gain + offset."""
    slope = np.float32(WHITE_SPAN) * np.asarray(gain, np.float32)
    return slope, np.float32(WHITE_SPAN) * np.asarray(offset, np.float32) + np.float32(PEDESTAL + 0.5)


def scaled_to_code(linear: np.ndarray, slope: np.ndarray, shift: np.ndarray) -> np.ndarray:
    code = linear * slope
    code += shift
    return np.clip(code, 0, 65535, out=code).astype(np.uint16)


def to_linear(code: np.ndarray) -> np.ndarray:
    """16-bit code -> linear float32; slightly negative where noise went below black."""
    return (code.astype(np.float32) - PEDESTAL) / WHITE_SPAN


def process(code: np.ndarray, isp: Isp, cfa: Cfa | None = None) -> np.ndarray:
    """White-balanced code -> (H, W, 3) uint8 display RGB.

    code: uint16, RGB (H, W, 3), or the mosaic (H, W) of `cfa`.

    In bands of rows: what one step hands to the next then stays in the core's cache, and memory is not asked
    for and given back to the system in every frame.
    """
    image = np.empty((*code.shape[:2], 3), np.uint8)
    linear = ((rows, _linear(code, rows, isp, cfa)) for rows in _bands(code.shape, isp))
    if not isp.sharpening and isp.saturation == 1:  # no value depends on another
        for rows, numbers in linear:
            _tone_table_8_bit(isp).take(numbers, mode="clip", out=image[rows])
        return image
    bands = ((rows, _display(numbers, isp)) for rows, numbers in linear)
    if isp.sharpening:
        bands = _sharpen_bands(bands, code.shape[:2], isp)
    for rows, display in bands:
        _to_8_bit(display, image[rows])
    return image


def _to_8_bit(display: np.ndarray, image: np.ndarray) -> np.ndarray:
    """Rounded and clipped into `image`; `display` is changed."""
    cv2.threshold(display, 0, 0, cv2.THRESH_TOZERO, dst=display)  # the conversion takes magnitudes
    return cv2.convertScaleAbs(display, dst=image, alpha=255)  # rounds and saturates


def _bands(shape: tuple[int, ...], isp: Isp) -> list[slice]:
    """Rows to do at once: many beside those that filters see beyond them, in the last band enough to demosaic."""
    sigmas = isp.denoise_sigma_px, isp.chroma_denoise_sigma_px, isp.sharpening_sigma_px
    rows = max(2, BAND_PIXELS // shape[1] // 2 * 2, *(4 * reach(sigma) for sigma in sigmas))
    tops = range(0, max(1, shape[0] - DEMOSAIC_ROWS + 1), rows)
    return [slice(top, shape[0] if top == tops[-1] else top + rows) for top in tops]


def _linear(code: np.ndarray, rows: slice, isp: Isp, cfa: Cfa | None) -> np.ndarray:
    """Some rows demosaiced, denoised and in the display's colours: uint16 code of linear sRGB."""
    beyond = reach(isp.denoise_sigma_px) + reach(isp.chroma_denoise_sigma_px) + (DEMOSAIC_REACH if cfa else 0)
    first = max(0, rows.start - beyond - beyond % 2)  # even, as rows.start: a mosaic's colours change from row to row
    code = code[first : rows.stop + beyond]
    if cfa is not None:
        code = demosaic(code, cfa)
    code = denoise(code, isp.denoise_sigma_px, isp.chroma_denoise_sigma_px)[rows.start - first : rows.stop - first]
    if isp.colour_matrix == IDENTITY:
        return code
    matrix = np.array(isp.colour_matrix)
    return cv2.transform(code, np.hstack([matrix, PEDESTAL * (1 - matrix.sum(axis=1, keepdims=True))]))


def _sharpen_bands(bands: Iterable[Band], shape: tuple[int, int], isp: Isp) -> Iterator[Band]:
    """`sharpen` for bands of a picture of `shape`, from the top down; changed in place.

    A band is handed on when the next one has come, whose first rows of luma it needs.
    """
    luma = np.empty(shape, np.float32)

    def sharpened(rows, display):
        return rows, cv2.scaleAdd(_detail(luma, rows, isp.sharpening_sigma_px), isp.sharpening, display, dst=display)

    waiting = None
    for rows, display in bands:
        cv2.cvtColor(display, cv2.COLOR_RGB2GRAY, dst=luma[rows])
        if waiting:
            yield sharpened(*waiting)
        waiting = rows, display
    yield sharpened(*waiting)


def unrounded(code: np.ndarray, isp: Isp) -> np.ndarray:
    """What `process` rounds to 8 bit: float32 display values, 0 black to 1 white."""
    display = _display(_linear(code, slice(0, len(code)), isp, None), isp)
    return sharpen(display, isp.sharpening, isp.sharpening_sigma_px)


def _display(code: np.ndarray, isp: Isp) -> np.ndarray:
    """Tone curve and saturation: code of linear sRGB -> float32 display values."""
    display = tone_table(isp).take(code, mode="clip")  # no code lies outside; the mode spares the check
    if isp.saturation != 1:
        grey = np.tile(np.array(LUMA), (3, 1))
        display = cv2.transform(display, isp.saturation * np.eye(3) + (1 - isp.saturation) * grey)
    return display


def tone_curve(linear: np.ndarray, isp: Isp) -> np.ndarray:
    """Linear light -> display values, 0 black to 1 white; light outside [0, 1] is clipped."""
    linear = np.clip(linear, 0, 1)
    if isp.tone_curve == "gamma":
        display = linear ** (1 / isp.gamma)
    else:
        display = srgb_from_linear(linear)
    if isp.tone_curve == "s_curve":
        s = isp.s_curve_strength
        display = (1 - s) * display + s * display**2 * (3 - 2 * display)
    return isp.black + (isp.white - isp.black) * display


@lru_cache(maxsize=64)
def tone_table(isp: Isp) -> np.ndarray:
    """(65536,) float32 display value of every 16-bit code."""
    return tone_curve(to_linear(np.arange(65536)), isp).astype(np.float32)


@lru_cache(maxsize=64)
def _tone_table_8_bit(isp: Isp) -> np.ndarray:
    """(65536,) uint8: the same, as the picture shows it."""
    return _to_8_bit(tone_table(isp).copy(), np.empty(65536, np.uint8)).ravel()


def srgb_from_linear(linear: np.ndarray) -> np.ndarray:
    """IEC 61966-2-1."""
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * np.maximum(linear, 0) ** (1 / 2.4) - 0.055)


def linear_from_srgb(display: np.ndarray) -> np.ndarray:
    """IEC 61966-2-1, inverse."""
    return np.where(display <= 0.04045, display / 12.92, ((np.maximum(display, 0) + 0.055) / 1.055) ** 2.4)


def sharpen(display: np.ndarray, amount: float, sigma_px: float) -> np.ndarray:
    """Unsharp mask on luma: display + amount * (luma - blurred luma), float32 (H, W, 3)."""
    if amount == 0:
        return display
    luma = cv2.cvtColor(display, cv2.COLOR_RGB2GRAY)
    return cv2.scaleAdd(_detail(luma, slice(0, len(luma)), sigma_px), amount, display)


def _detail(luma: np.ndarray, rows: slice, sigma_px: float) -> np.ndarray:
    """luma - blurred luma of some rows, for each colour."""
    return cv2.cvtColor(luma[rows] - smooth_rows(luma, sigma_px, rows), cv2.COLOR_GRAY2RGB)
