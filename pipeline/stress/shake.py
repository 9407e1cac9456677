"""How the second camera shakes: a turn at constant speed plus a vibration, both seen as shifts of the whole image."""

from dataclasses import dataclass, replace

import numpy as np

from pipeline.params import StressParams

PATH_STEPS = 4000


@dataclass(frozen=True)
class Shake:
    """Shift of the image over time. pan_px_s, vibration_px (amplitude), centre_px: (x, y). All zero: a solid mount.

    A camera that turns about itself by a few degrees shifts what is far away, and all of it alike; roll is left out.
    """

    pan_px_s: tuple[float, float] = (0.0, 0.0)
    vibration_px: tuple[float, float] = (0.0, 0.0)
    vibration_hz: float = 1.0
    phase: float = 0.0
    centre_px: tuple[float, float] = (0.0, 0.0)

    def offset_px(self, t_s) -> np.ndarray:
        """Where the image has moved at times t_s (...): (..., 2) px, x to the right and y down."""
        t_s = np.asarray(t_s, np.float64)[..., None]
        swing = np.sin(2 * np.pi * self.vibration_hz * t_s + self.phase)
        return np.array(self.pan_px_s) * t_s + np.array(self.vibration_px) * swing - np.array(self.centre_px)

    def max_speed_px_s(self) -> float:
        swing = 2 * np.pi * self.vibration_hz * np.hypot(*self.vibration_px)
        return float(np.hypot(*self.pan_px_s) + swing)

    def duration_s(self, path_px: float) -> float:
        """How long the image takes to travel path_px, along the path, from t = 0 on."""
        speed, swing = np.hypot(*self.pan_px_s), np.hypot(*self.vibration_px)
        t_s = np.linspace(0, (path_px + 2 * swing) / speed, PATH_STEPS)
        steps = np.linalg.norm(np.diff(self.offset_px(t_s), axis=0), axis=1)
        return float(np.interp(path_px, np.concatenate([[0], np.cumsum(steps)]), t_s))

    def centred(self, duration_s: float) -> "Shake":
        """The same shake whose path during [0, duration_s] reaches equally far to both sides of rest."""
        path = self.offset_px(np.linspace(0, duration_s, PATH_STEPS))
        middle = (path.min(axis=0) + path.max(axis=0)) / 2 + np.array(self.centre_px)
        return replace(self, centre_px=(float(middle[0]), float(middle[1])))


def draw_shake(rng: np.random.Generator, params: StressParams) -> Shake:
    """The shake of one frame; the same at every severity, which only exposes it for longer."""
    (pan, vibration), angles = _speeds(rng, params), rng.uniform(0, 2 * np.pi, 2)
    hertz, phase = float(rng.uniform(*params.vibration_hz_range)), float(rng.uniform(0, 2 * np.pi))
    return Shake(_polar(pan, angles[0]), _polar(vibration, angles[1]), hertz, phase)


def _speeds(rng: np.random.Generator, params: StressParams) -> tuple[float, float]:
    return rng.uniform(*params.pan_px_s_range), rng.uniform(*params.vibration_px_range)


def _polar(length: float, angle: float) -> tuple[float, float]:
    return float(length * np.cos(angle)), float(length * np.sin(angle))
