"""What the lens does to the light: distortion, lateral chromatic aberration, vignetting, point spread.

Pixel coordinates here are of pixel centres: pixel (0, 0) has its centre at x = 0, y = 0, and the optical axis
meets the image at ((width - 1) / 2, (height - 1) / 2).
"""

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from sensors.smoothing import smooth
from sensors.validation import ProfileError, require_number


@dataclass(frozen=True)
class Optics:
    """Lens. Every value at 0 is a perfect one.

    k1, k2: radial Brown-Conrady coefficients, r_distorted = r * (1 + k1 r^2 + k2 r^4), r in units of
    focal_px. focal_px: focal length in px, needed where k1 or k2 is not 0. vignetting: share of the light
    lost in the corner; the loss grows with the square of the distance to the axis. psf_sigma_px: Gaussian
    point spread. lateral_ca_px: in the corner red lands this far outside green, blue inside.
    """

    k1: float = 0.0
    k2: float = 0.0
    focal_px: float | None = None
    vignetting: float = 0.0
    psf_sigma_px: float = 0.0
    lateral_ca_px: float = 0.0

    def __post_init__(self):
        require_number("optics.k1", self.k1, -10, 10)
        require_number("optics.k2", self.k2, -10, 10)
        require_number("optics.vignetting", self.vignetting, 0, 1)
        require_number("optics.psf_sigma_px", self.psf_sigma_px, 0, 20)
        require_number("optics.lateral_ca_px", self.lateral_ca_px, -20, 20)
        if self.focal_px is not None:
            require_number("optics.focal_px", self.focal_px, 1)
        elif self.distorts:
            raise ProfileError("camera profile, optics.focal_px: expected a focal length in px because k1 or "
                               "k2 is not 0, found None")

    @property
    def distorts(self) -> bool:
        return self.k1 != 0 or self.k2 != 0


def distort(optics: Optics, x, y, width: int, height: int) -> tuple[np.ndarray, np.ndarray]:
    """Where the lens puts the points that a pinhole camera sees at (x, y) [px]."""
    if not optics.distorts:
        return np.asarray(x), np.asarray(y)
    cx, cy = _centre(width, height)
    r2 = ((x - cx) ** 2 + (y - cy) ** 2) / optics.focal_px**2
    r2 = np.minimum(r2, _usable_radius(optics) ** 2)  # beyond it the polynomial folds the image over
    scale = 1 + r2 * (optics.k1 + optics.k2 * r2)
    return cx + (x - cx) * scale, cy + (y - cy) * scale


def undistort(optics: Optics, x, y, width: int, height: int) -> tuple[np.ndarray, np.ndarray]:
    """Where a pinhole camera sees the points that the lens puts at (x, y) [px]: the inverse of `distort`."""
    if not optics.distorts:
        return np.asarray(x), np.asarray(y)
    cx, cy = _centre(width, height)
    radius = np.hypot(x - cx, y - cy) / optics.focal_px
    needed = float(np.hypot(cx + 1, cy + 1)) / optics.focal_px
    distorted, ratio = _inverse_table(optics, needed)
    scale = np.interp(radius, distorted, ratio)
    return cx + (x - cx) * scale, cy + (y - cy) * scale


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
        red, green, blue = cv2.split(light)
        return cv2.merge([_zoom(red, _lateral_zoom(optics, width, height, 1)), green,
                          _zoom(blue, _lateral_zoom(optics, width, height, -1))])
    maps = [_sampling_map(optics, width, height, margin, sign) for sign in (1, 0, -1)]
    return cv2.merge([_remap(channel, m) for channel, m in zip(cv2.split(light), maps, strict=True)])


def shade(light: np.ndarray, optics: Optics) -> np.ndarray:
    """Point spread and vignetting of (H, W, 3) linear float32 light. Energy is kept by the point spread."""
    if optics.psf_sigma_px > 0:
        light = smooth(light, optics.psf_sigma_px)
    if optics.vignetting > 0:
        height, width = light.shape[:2]
        light = light * _falloff(optics.vignetting, width, height)[..., None]
    return light


def _centre(width: int, height: int) -> tuple[float, float]:
    return (width - 1) / 2, (height - 1) / 2


@lru_cache(maxsize=64)
def _usable_radius(optics: Optics) -> float:
    """Largest undistorted radius at which the distortion still grows with the radius (inf: everywhere)."""
    # d/dr (r + k1 r^3 + k2 r^5) = 1 + 3 k1 q + 5 k2 q^2 with q = r^2
    roots = np.roots([5 * optics.k2, 3 * optics.k1, 1.0])
    real = [root.real for root in roots if abs(root.imag) < 1e-12 and root.real > 0]
    return float(np.sqrt(min(real))) if real else np.inf


@lru_cache(maxsize=16)
def _inverse_table(optics: Optics, needed: float) -> tuple[np.ndarray, np.ndarray]:
    """Distorted radii, and undistorted / distorted at each, at least out to the distorted radius `needed`."""
    usable = _usable_radius(optics)
    radius = np.linspace(0, min(usable, 3 * needed), 20001)
    distorted = radius * (1 + radius**2 * (optics.k1 + optics.k2 * radius**2))
    if distorted[-1] < needed:
        raise ProfileError(f"camera profile, optics.k1, k2: expected a distortion that fills the frame's "
                           f"corner ({needed:.3f} focal lengths from the axis), found one that reaches "
                           f"{distorted[-1]:.3f}; use a smaller k1, k2 or a longer focal_px")
    ratio = np.ones_like(radius)
    ratio[1:] = radius[1:] / distorted[1:]
    return distorted, ratio


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
    """Magnification of the channel that lands outside (sign 1) or inside (-1), relative to green."""
    return 1 + sign * optics.lateral_ca_px / np.hypot(*_centre(width, height))


def _zoom(channel: np.ndarray, zoom: float) -> np.ndarray:
    """One channel (H, W) magnified about the centre."""
    height, width = channel.shape
    cx, cy = _centre(width, height)
    inverse = np.array([[1 / zoom, 0, cx - cx / zoom], [0, 1 / zoom, cy - cy / zoom]])
    warped = cv2.warpAffine(channel, inverse, (width, height), flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP,
                            borderMode=cv2.BORDER_REPLICATE)
    return np.maximum(warped, 0, out=warped)


def _remap(image: np.ndarray, maps: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    # cubic keeps more contrast than linear; its overshoot must not make negative light
    warped = cv2.remap(image, *maps, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return np.maximum(warped, 0, out=warped)


def _falloff(vignetting: float, width: int, height: int) -> np.ndarray:
    """(H, W) float32 share of the light that arrives."""
    cx, cy = _centre(width, height)
    x2 = ((np.arange(width) - cx) ** 2 / (cx**2 + cy**2)).astype(np.float32)
    y2 = ((np.arange(height) - cy) ** 2 / (cx**2 + cy**2)).astype(np.float32)
    return 1 - np.float32(vignetting) * (y2[:, None] + x2[None])
