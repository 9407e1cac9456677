"""Where a lens puts the light that a pinhole would put elsewhere: one class per model.

Points are (x, y) offsets from the optical axis [px], of any shape; radii are in units of focal_px. Both models
move a point along its radius, r_distorted = r * scale(r^2); Brown-Conrady adds a tangential part. Beyond the
radius up to which a model is one to one, its displacement is continued in proportion to the radius: points far
outside the frame stay outside.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

import numpy as np

from sensors.validation import ProfileError

WIDEST_DEG = 80.0  # half-angle; a pinhole image of the scene grows with its tangent
TABLE = 20001  # linear interpolation between so many radii is exact to 1e-5 px
CLOSE_PX = 1e-5


class _Radial:
    """What both models share: a scale per radius, and its inverse from a table."""

    def distort(self, x, y) -> tuple[np.ndarray, np.ndarray]:
        """Where the lens puts the points that a pinhole camera sees at (x, y)."""
        r2 = np.minimum((x**2 + y**2) / self.focal_px**2, _usable_radius(self) ** 2)
        scale = self.scale(r2)
        return x * scale, y * scale

    def undistort(self, x, y, corner_px: float) -> tuple[np.ndarray, np.ndarray]:
        """Where a pinhole camera sees the points that the lens puts at (x, y): the inverse of `distort`.

        corner_px: distance from the axis that must be in reach. Raises ProfileError where it is not.
        """
        distorted, _, ratio = _inverse_table(self, corner_px / self.focal_px)
        scale = np.interp(np.hypot(x, y) / self.focal_px, distorted, ratio)
        return x * scale, y * scale


@dataclass(frozen=True)
class BrownConrady(_Radial):
    """scale = 1 + k1 r^2 + k2 r^4 + k3 r^6. A point v moves on by 2 (p.v) v + r^2 p with p = (p2, p1), which is
    OpenCV's 2 p1 x y + p2 (r^2 + 2 x^2), p1 (r^2 + 2 y^2) + 2 p2 x y.
    """

    focal_px: float
    k1: float
    k2: float
    k3: float
    p1: float
    p2: float

    coefficients: ClassVar[str] = "k1, k2, k3, p1, p2"

    @property
    def tangential(self) -> float:
        """|p|."""
        return float(np.hypot(self.p1, self.p2))

    def scale(self, r2):
        return 1 + r2 * (self.k1 + r2 * (self.k2 + r2 * self.k3))

    def distort(self, x, y) -> tuple[np.ndarray, np.ndarray]:
        radial_x, radial_y = super().distort(x, y)
        if self.tangential == 0:
            return radial_x, radial_y
        tangential_x, tangential_y = self._tangential(x, y, _usable_radius(self))
        return radial_x + tangential_x, radial_y + tangential_y

    def undistort(self, x, y, corner_px: float) -> tuple[np.ndarray, np.ndarray]:
        found_x, found_y = super().undistort(x, y, corner_px)
        if self.tangential == 0:
            return found_x, found_y
        reach = _inverse_table(self, corner_px / self.focal_px)[1][-1]
        for _ in range(60):  # a step halves the error or better: see `usable_radius`
            tangential_x, tangential_y = self._tangential(found_x, found_y, reach)
            next_x, next_y = super().undistort(x - tangential_x, y - tangential_y, corner_px)
            step = max(np.max(np.abs(next_x - found_x), initial=0), np.max(np.abs(next_y - found_y), initial=0))
            found_x, found_y = next_x, next_y
            if step < CLOSE_PX:
                break
        return found_x, found_y

    def usable_radius(self) -> float:
        """Largest radius up to which the lens is one to one (inf: everywhere).

        Without tangential terms: where r * scale stops to grow. The tangential part changes by at most
        6 |p| r px per px, in the direction of -p; the radius is usable while that is no more than half of what
        the radial part changes, so that the fixed-point steps of `undistort` converge quickly.
        """
        # d/dr (r + k1 r^3 + k2 r^5 + k3 r^7)
        if self.tangential == 0:
            return float(np.sqrt(_first_root([7 * self.k3, 5 * self.k2, 3 * self.k1, 1.0])))
        return _first_root([7 * self.k3, 0, 5 * self.k2, 0, 3 * self.k1, -12 * self.tangential, 1.0])

    def radii(self, needed: float) -> np.ndarray:
        """Radii whose distorted ones reach `needed` by far, or as far as the lens is one to one."""
        return np.linspace(0, min(_usable_radius(self), 3 * needed), TABLE)

    def _tangential(self, x, y, reach: float) -> tuple[np.ndarray, np.ndarray]:
        """Displacement [px]; beyond the radius `reach` in proportion to the radius."""
        r2 = (x**2 + y**2) / self.focal_px**2
        along = 2 * (self.p2 * x + self.p1 * y) / self.focal_px
        inside = 1 / np.maximum(1, np.sqrt(r2) / reach)
        return inside * (along * x + self.focal_px * r2 * self.p2), inside * (along * y + self.focal_px * r2 * self.p1)


@dataclass(frozen=True)
class KannalaBrandt(_Radial):
    """A wide lens: light at the angle theta off the axis lands at the radius
    theta (1 + k1 theta^2 + k2 theta^4 + k3 theta^6 + k4 theta^8), as in OpenCV's fisheye module (Kannala and
    Brandt 2006). A pinhole puts it at tan(theta), so the angle ends at WIDEST_DEG. The pinhole image is sampled at
    points: far from the axis, where it is 1 / cos(theta)^2 times as large, fine detail can alias.
    """

    focal_px: float
    k1: float
    k2: float
    k3: float
    k4: float

    coefficients: ClassVar[str] = "k1, k2, k3, k4"
    tangential: ClassVar[float] = 0.0

    def scale(self, r2):
        radius = np.maximum(np.sqrt(r2), 1e-12)
        theta = np.arctan(radius)
        t2 = theta**2
        return theta * (1 + t2 * (self.k1 + t2 * (self.k2 + t2 * (self.k3 + t2 * self.k4)))) / radius

    def usable_radius(self) -> float:
        """Largest radius up to which the lens is one to one, at most that of WIDEST_DEG."""
        folds = np.sqrt(_first_root([9 * self.k4, 7 * self.k3, 5 * self.k2, 3 * self.k1, 1.0]))
        return float(np.tan(min(folds, np.radians(WIDEST_DEG))))

    def radii(self, needed: float) -> np.ndarray:
        """All usable radii, at even steps of the angle."""
        return np.tan(np.linspace(0, np.arctan(_usable_radius(self)), TABLE))


@lru_cache(maxsize=64)
def _usable_radius(model) -> float:
    return model.usable_radius()


def _first_root(polynomial: list[float]) -> float:
    """Smallest positive real root, highest power first (inf: none)."""
    real = [root.real for root in np.roots(polynomial) if abs(root.imag) < 1e-12 and root.real > 0]
    return float(min(real, default=np.inf))


@lru_cache(maxsize=16)
def _inverse_table(model, needed: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Distorted radii, the radii they come from, and radius / distorted: at least out to `needed` distorted."""
    radius = model.radii(needed)
    distorted = radius * model.scale(radius**2)
    reached = distorted[-1] - 3 * model.tangential * radius[-1] ** 2
    if reached < needed:
        degrees = float(np.degrees(np.arctan(radius[-1])))
        at_limit = degrees > WIDEST_DEG - 1e-6
        why = f"no pinhole image is drawn wider than {WIDEST_DEG:g}" if at_limit else "it folds near there"
        raise ProfileError(f"camera profile, optics.{model.coefficients}: expected a distortion that fills the frame's "
                           f"corner ({needed:.3f} focal lengths from the axis), found one that reaches {reached:.3f} "
                           f"at {degrees:.1f} degrees off the axis ({why}); use smaller coefficients or a longer "
                           f"focal_px")
    ratio = np.ones_like(radius)
    ratio[1:] = radius[1:] / distorted[1:]
    return distorted, radius, ratio
