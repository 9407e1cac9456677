"""A small scene drawn from formulas, exact at any instant: the light for tests of exposure and labels."""

from dataclasses import dataclass

import numpy as np

from sensors import Coverage, Rendered


@dataclass(frozen=True)
class Disc:
    """An ellipse that moves in a straight line. Positions are of pixel centres, sizes in px, speeds in px/s.
    """

    x: float
    y: float
    radius_x: float
    radius_y: float
    vx: float = 0.0
    vy: float = 0.0
    colour: tuple[float, float, float] = (0.8, 0.3, 0.1)


@dataclass(frozen=True)
class MovingScene:
    """Discs, nearest last, before a wavy background that pans with (pan_x, pan_y) px/s and rolls about the
    centre. The whole picture shakes: sinusoidal, of amplitude (shake_x, shake_y) px.
    """

    discs: tuple[Disc, ...] = ()
    width: int = 96
    height: int = 64
    pan_x: float = 0.0
    pan_y: float = 0.0
    roll_deg_s: float = 0.0
    shake_x: float = 0.0
    shake_y: float = 0.0
    shake_hz: float = 0.0
    shake_phase: float = 0.0
    wave_px: float = 9.0
    margin_px: int = 64

    @property
    def actor_count(self) -> int:
        return len(self.discs)

    def max_speed_px_s(self) -> float:
        roll = np.radians(abs(self.roll_deg_s)) * np.hypot(self.width, self.height) / 2
        shake = 2 * np.pi * self.shake_hz * np.hypot(self.shake_x, self.shake_y)
        return shake + max([np.hypot(self.pan_x, self.pan_y) + roll] + [np.hypot(d.vx, d.vy) for d in self.discs])

    def actor_centre(self, actor: int, t_s) -> tuple:
        """(x, y) of a disc's centre; t_s may be an array."""
        disc = self.discs[actor]
        dx, dy = self._shake(t_s)
        return disc.x + disc.vx * t_s + dx, disc.y + disc.vy * t_s + dy

    def render(self, t_s: float, rows: slice, cols: slice) -> Rendered:
        shapes = [self._patch(actor, t_s) for actor in range(self.actor_count)]
        return Rendered(self.light(t_s, rows, cols).astype(np.float32), self._occlude(shapes, t_s))

    def light(self, t_s: float, rows: slice, cols: slice) -> np.ndarray:
        """(rows, cols, 3) float64 linear light alone."""
        y, x = np.mgrid[rows.start : rows.stop, cols.start : cols.stop].astype(np.float64)
        light = self._background(x, y, t_s)
        for actor, disc in enumerate(self.discs):
            cover = self.coverage_at(actor, x, y, t_s)[..., None]
            light = light * (1 - cover) + cover * np.array(disc.colour)
        return light

    def coverage_at(self, actor: int, x, y, t_s) -> np.ndarray:
        """Anti-aliased silhouette of one disc at points (x, y), its edge one pixel wide; t_s broadcasts too."""
        disc = self.discs[actor]
        u, v = self._in_radii(disc, x, y, t_s)
        radius = np.hypot(u, v)
        slope = np.hypot(u / disc.radius_x, v / disc.radius_y)  # radius * its gradient per px
        steepest = np.full_like(radius, 1 / min(disc.radius_x, disc.radius_y))
        return np.clip(0.5 - (radius - 1) / np.divide(slope, radius, out=steepest, where=radius > 0), 0, 1)

    def radius_at(self, actor: int, x, y, t_s) -> np.ndarray:
        """Distance of points from a disc's centre, in units of its radius: at most 1 inside. All broadcast."""
        return np.hypot(*self._in_radii(self.discs[actor], x, y, t_s))

    def _in_radii(self, disc: Disc, x, y, t_s) -> tuple:
        dx, dy = self._shake(t_s)
        u = (x - disc.x - disc.vx * t_s - dx) / disc.radius_x
        v = (y - disc.y - disc.vy * t_s - dy) / disc.radius_y
        return u, v

    def _shake(self, t_s) -> tuple:
        swing = np.sin(2 * np.pi * self.shake_hz * t_s + self.shake_phase)
        return self.shake_x * swing, self.shake_y * swing

    def _background(self, x, y, t_s) -> np.ndarray:
        angle = np.radians(self.roll_deg_s) * t_s
        dx, dy = self._shake(t_s)
        x, y = x - dx - (self.width - 1) / 2, y - dy - (self.height - 1) / 2
        u = np.cos(angle) * x + np.sin(angle) * y - self.pan_x * t_s
        v = -np.sin(angle) * x + np.cos(angle) * y - self.pan_y * t_s
        k = 2 * np.pi / self.wave_px
        waves = np.sin(k * u) * np.cos(0.8 * k * v), np.sin(0.7 * k * (u + v)), np.cos(0.5 * k * (u - v))
        return np.stack([0.4 + 0.35 * w for w in waves], axis=-1)

    def _patch(self, actor: int, t_s: float) -> tuple[int, int, np.ndarray]:
        disc = self.discs[actor]
        cx, cy = self.actor_centre(actor, t_s)
        reach = max(disc.radius_x, disc.radius_y) / min(disc.radius_x, disc.radius_y) + 1
        x0, y0 = int(np.floor(cx - disc.radius_x - reach)), int(np.floor(cy - disc.radius_y - reach))
        x1, y1 = int(np.ceil(cx + disc.radius_x + reach)), int(np.ceil(cy + disc.radius_y + reach))
        y, x = np.mgrid[y0 : y1 + 1, x0 : x1 + 1]
        return y0, x0, self.coverage_at(actor, x, y, t_s).astype(np.float32)

    def _occlude(self, shapes: list, t_s: float) -> list[Coverage]:
        patches = []
        for actor, (y0, x0, silhouette) in enumerate(shapes):
            y, x = np.mgrid[y0 : y0 + silhouette.shape[0], x0 : x0 + silhouette.shape[1]]
            visible = silhouette.copy()
            for nearer in range(actor + 1, len(self.discs)):
                visible *= 1 - self.coverage_at(nearer, x, y, t_s)
            patches.append(Coverage(actor, y0, x0, silhouette, visible.astype(np.float32)))
        return patches
