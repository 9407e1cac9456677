"""What the lens does to the light: distortion, lateral chromatic aberration, vignetting, point spread.

Pixel coordinates here are of pixel centres: pixel (0, 0) has its centre at x = 0, y = 0, and the optical axis
meets the image at ((width - 1) / 2, (height - 1) / 2).
"""

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from sensors.distortion import BrownConrady, KannalaBrandt
from sensors.smoothing import filter_rows, gaussian_kernel
from sensors.validation import ProfileError, require_choice, require_number
from sensors.zoom import magnify

MODELS = ("brown_conrady", "kannala_brandt")
SAMPLED_FROM_PX = 0.7
UNUSED = {"brown_conrady": ("k4",), "kannala_brandt": ("p1", "p2")}


@dataclass(frozen=True)
class Optics:
    """Lens. The defaults are a perfect one.

    model: brown_conrady (OpenCV's k1, k2, k3 radial, p1, p2 tangential; all 0: no distortion) or
    kannala_brandt (OpenCV's fisheye, k1 to k4; all 0: the radius is the angle). `distortion` has the formulas.
    focal_px: focal length in px, needed where the lens distorts. vignetting: share of the light lost in the
    corner; the loss grows with the square of the distance to the axis. psf_sigma_px: Gaussian point spread.
    lateral_ca_px: in the corner red lands this far outside green, blue inside.
    Raises ProfileError for values that no lens can have.
    """

    model: str = "brown_conrady"
    k1: float = 0.0
    k2: float = 0.0
    k3: float = 0.0
    k4: float = 0.0
    p1: float = 0.0
    p2: float = 0.0
    focal_px: float | None = None
    vignetting: float = 0.0
    psf_sigma_px: float = 0.0
    lateral_ca_px: float = 0.0

    def __post_init__(self):
        require_choice("optics.model", self.model, MODELS)
        for name in ("k1", "k2", "k3", "k4"):
            require_number(f"optics.{name}", getattr(self, name), -10, 10)
        for name in ("p1", "p2"):
            require_number(f"optics.{name}", getattr(self, name), -1, 1)
        require_number("optics.vignetting", self.vignetting, 0, 1)
        require_number("optics.psf_sigma_px", self.psf_sigma_px, 0, 20)
        require_number("optics.lateral_ca_px", self.lateral_ca_px, -20, 20)
        for name in UNUSED[self.model]:
            if getattr(self, name) != 0:
                raise ProfileError(f"camera profile, optics.{name}: expected 0 because the model {self.model} has no "
                                   f"{name}, found {getattr(self, name)!r}; remove it or choose another model")
        if self.focal_px is not None:
            require_number("optics.focal_px", self.focal_px, 1)
        elif self.distorts:
            raise ProfileError(f"camera profile, optics.focal_px: expected a focal length in px because a "
                               f"{self.model} lens with these coefficients distorts, found None")

    @property
    def distorts(self) -> bool:
        return self.model == "kannala_brandt" or any((self.k1, self.k2, self.k3, self.p1, self.p2))

    @property
    def distortion(self) -> BrownConrady | KannalaBrandt:
        if self.model == "kannala_brandt":
            return KannalaBrandt(self.focal_px, self.k1, self.k2, self.k3, self.k4)
        return BrownConrady(self.focal_px, self.k1, self.k2, self.k3, self.p1, self.p2)


def distort(optics: Optics, x, y, width: int, height: int) -> tuple[np.ndarray, np.ndarray]:
    """Where the lens puts the points that a pinhole camera sees at (x, y) [px]."""
    if not optics.distorts:
        return np.asarray(x), np.asarray(y)
    cx, cy = _centre(width, height)
    x, y = optics.distortion.distort(x - cx, y - cy)
    return cx + x, cy + y


def undistort(optics: Optics, x, y, width: int, height: int) -> tuple[np.ndarray, np.ndarray]:
    """Where a pinhole camera sees the points that the lens puts at (x, y) [px]: the inverse of `distort`.

    Raises ProfileError for a lens that folds, or is too wide for a pinhole, before the frame's corner.
    """
    if not optics.distorts:
        return np.asarray(x), np.asarray(y)
    cx, cy = _centre(width, height)
    x, y = optics.distortion.undistort(x - cx, y - cy, corner_px=float(np.hypot(cx + 1, cy + 1)))
    return cx + x, cy + y


def margin_px(optics: Optics, width: int, height: int) -> int:
    """How far beyond its frame a pinhole camera must see to fill the distorted frame [px]."""
    if not optics.distorts:
        return 0
    xs, ys = np.arange(width, dtype=np.float64), np.arange(height, dtype=np.float64)
    sides = [(xs, 0 * xs), (xs, 0 * xs + height - 1), (0 * ys, ys), (0 * ys + width - 1, ys)]
    beyond = 0.0
    for side in sides:
        x, y = undistort(optics, *side, width, height)
        beyond = max(beyond, -x.min(), x.max() - (width - 1), -y.min(), y.max() - (height - 1))
    return int(np.ceil(beyond)) + 2 if beyond > 0 else 0


def warp(light: np.ndarray, optics: Optics, width: int, height: int, margin: int) -> np.ndarray:
    """Move pinhole light to where the lens puts it: distortion and chromatic aberration in one resampling.

    light: (height + 2 margin, width + 2 margin, 3) linear float32. Returns (height, width, 3) linear float32.
    """
    if not optics.distorts and optics.lateral_ca_px == 0:
        return light[margin : margin + height, margin : margin + width]
    if optics.lateral_ca_px == 0:
        return _remap(light, _sampling_map(optics, width, height, margin, 0))
    if not optics.distorts and margin == 0:
        return magnify(light, tuple(_lateral_zoom(optics, width, height, sign) for sign in (1, 0, -1)))
    maps = [_sampling_map(optics, width, height, margin, sign) for sign in (1, 0, -1)]
    return cv2.merge([_remap(channel, m) for channel, m in zip(cv2.split(light), maps, strict=True)])


def shade(light: np.ndarray, optics: Optics) -> np.ndarray:
    """Point spread and vignetting of (H, W, 3) linear float32 light. Energy is kept by the point spread.

    Narrow point spreads have a slightly negative lobe (`point_spread`), which may leave light below 0 beside a bright
    point.
    """
    rows = slice(0, len(light))
    return vignette(spread_rows(light, optics, rows), optics, rows, len(light))


def spread_rows(light: np.ndarray, optics: Optics, rows: slice) -> np.ndarray:
    """Some rows behind the point spread; light: of the whole frame."""
    if optics.psf_sigma_px == 0:
        return light[rows]
    return filter_rows(light, point_spread(optics.psf_sigma_px), rows)


def vignette(light: np.ndarray, optics: Optics, rows: slice, height: int) -> np.ndarray:
    """Light that vignetting leaves of (rows, W) or (rows, W, 3): some rows of a frame of `height`."""
    if optics.vignetting == 0:
        return light
    falloff = _falloff(optics.vignetting, light.shape[1], height, rows)
    if light.ndim == 3:
        falloff = cv2.cvtColor(falloff, cv2.COLOR_GRAY2RGB)  # numpy's own spreading takes ten times as long
    return light * falloff


@lru_cache(maxsize=64)
def point_spread(sigma_px: float) -> np.ndarray:
    """Taps, float32, of a Gaussian point spread with sigma_px > 0: sum 1 and variance sigma_px^2.

    From SAMPLED_FROM_PX on they are samples of the Gaussian. A narrower one is gone between two samples; its 5 taps
    k2 k1 k0 k1 k2 are those with this sum and this variance whose response is the Gaussian's own,
    exp(-2 (pi sigma f)^2), at the frequency f where lens and square pixel together pass one half (MTF50). That is
    below the Nyquist frequency from sigma 0.222 px on; for sharper lenses f is the Nyquist frequency. k2 is never
    below -0.009: 0.9 % of a step is the most that an edge can ring.
    """
    if sigma_px >= SAMPLED_FROM_PX:
        return gaussian_kernel(sigma_px)
    f = _mtf50(sigma_px)
    once, twice = np.cos(2 * np.pi * f) - 1, np.cos(4 * np.pi * f) - 1
    wanted = np.exp(-2 * (np.pi * sigma_px * f) ** 2)  # = 1 + 2 k1 once + 2 k2 twice, with 2 k1 + 8 k2 = sigma^2
    k2 = (wanted - 1 - sigma_px**2 * once) / (2 * twice - 8 * once)
    k1 = sigma_px**2 / 2 - 4 * k2
    return np.array([k2, k1, 1 - 2 * k1 - 2 * k2, k1, k2], np.float32)


def _mtf50(sigma_px: float) -> float:
    """Frequency [cycles/px], at most 0.5, where Gaussian times aperture of a square pixel is one half."""
    frequency = np.linspace(0, 0.5, 5001)
    passed = np.exp(-2 * (np.pi * sigma_px * frequency) ** 2) * np.sinc(frequency)
    return float(np.interp(-0.5, -passed, frequency))


def _centre(width: int, height: int) -> tuple[float, float]:
    return (width - 1) / 2, (height - 1) / 2


@lru_cache(maxsize=16)
def _sampling_map(optics: Optics, width: int, height: int, margin: int,
                  sign: int) -> tuple[np.ndarray, np.ndarray]:
    """cv2.remap maps; sign 1 is the channel that lands outside (red), 0 green, -1 the inside one (blue)."""
    cx, cy = _centre(width, height)
    x, y = np.meshgrid(np.arange(width, dtype=np.float64), np.arange(height, dtype=np.float64))
    zoom = _lateral_zoom(optics, width, height, sign)
    x, y = undistort(optics, cx + (x - cx) / zoom, cy + (y - cy) / zoom, width, height)
    return cv2.convertMaps((x + margin).astype(np.float32), (y + margin).astype(np.float32), cv2.CV_16SC2)


def _lateral_zoom(optics: Optics, width: int, height: int, sign: int) -> float:
    """Magnification of the channel that lands outside (sign 1) or inside (-1), relative to green (0)."""
    return 1 + sign * optics.lateral_ca_px / np.hypot(*_centre(width, height))


def _remap(image: np.ndarray, maps: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    # cubic keeps more contrast than linear; its overshoot must not make negative light
    warped = cv2.remap(image, *maps, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return np.maximum(warped, 0, out=warped)


def _falloff(vignetting: float, width: int, height: int, rows: slice) -> np.ndarray:
    """(rows, W) float32 share of the light that arrives."""
    cx, cy = _centre(width, height)
    lost_x = vignetting * (np.arange(width) - cx) ** 2 / (cx**2 + cy**2)
    lost_y = vignetting * (np.arange(height)[rows] - cy) ** 2 / (cx**2 + cy**2)
    return np.subtract((1 - lost_y[:, None]).astype(np.float32), lost_x.astype(np.float32))
