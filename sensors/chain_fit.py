"""Point spread, sharpening, denoising and noise of a camera, found together by analysis through synthesis.

A trial camera photographs what the real one saw; edges, noise against intensity and the noise's spectrum are measured
alike in both, and least squares moves the trial until they agree. Together, because the parts hide behind each other:
sharpening amplifies noise and steepens edges, denoising weakens noise and softens edges. The sensor's noise is white,
so its spectrum shows what the processing does; the edges then tell the lens.
"""

from dataclasses import dataclass, replace

import numpy as np

from sensors.camera import Camera
from sensors.edges import EdgeChart, Edges, chart_of
from sensors.fits import Fit
from sensors.isp import Isp, linear_from_srgb, to_linear, tone_table
from sensors.jpeg_tables import quantization_table
from sensors.noise import Sensor
from sensors.optics import Optics
from sensors.profile import CameraProfile
from sensors.search import Found, least_squares
from sensors.temporal_noise import TOLD_DN, NoiseCurve, noise_curve

TRIAL_FRAMES, TRIAL_PX, SHARE_PX = 6, 400_000, 60_000  # a whole trial, and the part of its scene that rough ones take
ROUGH_FRAMES = 3
SMALLEST_DN2 = 0.01  # variance below which 8 bits cannot tell noise from none
# what a trial cannot imitate: share of an edge's step, of a level's variance, of a coefficient's variance
EDGE_MODEL, CURVE_MODEL, SPECTRUM_MODEL = 0.004, 0.03, 0.03
# unknowns: squares of the Gaussians' widths, so that they add up and 0 is no dead end; variance of the noise in linear
# light x is (x + dark_share * DARK) / electrons
NAMES = ("psf2", "denoise2", "sharpening", "sharpening_sigma", "log_electrons", "dark_share")
LOW = np.array([0.0, 0.0, 0.0, 0.5, np.log(20.0), 0.0])
HIGH = np.array([16.0, 4.0, 6.0, 4.0, np.log(2e5), 400.0])
ROUNDS = 3
STEPS = np.array([0.15, 0.08, 0.2, 0.2, 0.1, 0.4])
DARK = float(linear_from_srgb(np.float64(32 / 255)))
PSFS = (0.5, 0.8, 1.1, 1.5, 2.0)
SHARPENINGS = ((0.0, 1.2), (0.6, 0.9), (0.6, 1.6), (1.2, 0.9), (1.2, 1.6), (2.2, 1.2))


@dataclass(frozen=True)
class Seen:
    """What the real frames show: their edges, their noise, and the scene without it."""

    edges: Edges
    noise: NoiseCurve
    scene: np.ndarray  # (H, W, 3) display plate


class Trials:
    """Pictures of trial cameras, measured and compared with what was seen.

    Rough trials photograph a part of the scene a few times. What that shifts is much the same for similar cameras:
    `correct` measures the shift once by a whole trial, and the rough ones after it take it off.
    """

    def __init__(self, profile: CameraProfile, seen: Seen):
        self.profile, self.seen = profile, seen
        self.chart: EdgeChart = chart_of(seen.edges, lambda display: light_of(display, profile.isp))
        self.scene, self.part = (light_of(_strips(seen.scene, px), profile.isp) for px in (TRIAL_PX, SHARE_PX))
        curve = seen.noise
        self.told = np.isfinite(curve.std) & (curve.level > TOLD_DN[0]) & (curve.level < TOLD_DN[1])
        self.edge_weight = 1 / np.hypot(seen.edges.scatter, EDGE_MODEL) / np.sqrt(4)  # 4 samples a pixel
        self.noise_weight = self._noise_weight()
        self.real = self._features(curve)
        self.shift = np.zeros_like(self.real)

    def camera(self, values: np.ndarray) -> CameraProfile:
        psf2, denoise2, amount, sigma, log_electrons, dark_share = (float(v) for v in values)
        electrons = float(np.exp(log_electrons))
        return replace(
            self.profile,
            optics=replace(self.profile.optics or Optics(), psf_sigma_px=np.sqrt(psf2)),
            isp=replace(self.profile.isp, denoise_sigma_px=np.sqrt(denoise2), sharpening=amount,
                        sharpening_sigma_px=sigma),
            sensor=Sensor(electrons, max(1.0, electrons), read_noise_e=np.sqrt(dark_share * DARK * electrons)),
        )

    def edge_residuals(self, values: np.ndarray) -> np.ndarray:
        """Difference of the edges' mean profiles, in standard errors."""
        camera = replace(self.camera(values), sensor=None, codec=None)  # the plate's median has averaged the codec away
        made = self.chart.profile(Camera(camera).develop(self.chart.light, np.random.default_rng([0]))[0])
        return np.where(np.isfinite(made), made - self.seen.edges.mean, 1.0) * self.edge_weight

    def noise_residuals(self, values: np.ndarray) -> np.ndarray:
        """Log ratios of the noise variances, by intensity and by DCT coefficient, in standard errors."""
        return (self.features(values, rough=True) + self.shift - self.real) * self.noise_weight

    def residuals(self, values: np.ndarray) -> np.ndarray:
        return np.concatenate([self.edge_residuals(values), self.noise_residuals(values)])

    def correct(self, values: np.ndarray) -> None:
        self.shift = self.features(values, rough=False) - self.features(values, rough=True)

    def features(self, values: np.ndarray, rough: bool) -> np.ndarray:
        return self._features(self.noise(values, rough))

    def noise(self, values: np.ndarray, rough: bool) -> NoiseCurve:
        camera = Camera(replace(self.camera(values), optics=None))  # the plate has been through the lens already
        scene, count = (self.part, ROUGH_FRAMES) if rough else (self.scene, TRIAL_FRAMES)
        images = [camera.develop(scene, np.random.default_rng([i]))[0] for i in range(count)]
        return noise_curve(images, np.mean(images, axis=0, dtype=np.float32), min_count=30)

    def _features(self, curve: NoiseCurve) -> np.ndarray:
        """Log variances: at the told intensities, then of the 63 coefficients that are not the mean."""
        variance = np.concatenate([curve.std[self.told] ** 2, curve.spectrum.ravel()[1:]])
        return np.log(np.nan_to_num(variance) + SMALLEST_DN2)

    def _noise_weight(self) -> np.ndarray:
        """1 / standard error of `features`: noise far below the codec's quantization steps survives by chance only."""
        curve = self.seen.noise
        steps = quantization_table(self.profile.codec.jpeg_quality) if self.profile.codec else np.zeros((8, 8))
        coarse = (steps[:3, :3].mean() ** 2 + 1) / 4
        level = CURVE_MODEL * (1 + coarse / (curve.std[self.told] ** 2 + SMALLEST_DN2))
        share = curve.count[self.told] / curve.count[self.told].sum() * self.told.sum()
        spectrum = SPECTRUM_MODEL * (1 + (steps**2 + 1) / 4 / (curve.spectrum + SMALLEST_DN2)).ravel()[1:]
        return np.nan_to_num(np.concatenate([np.sqrt(share) / level, 1 / spectrum]))


def _strips(plate: np.ndarray, most_px: int) -> np.ndarray:
    """The plate, or strips of whole JPEG blocks of it, evenly spread, of about most_px pixels."""
    height, width = plate.shape[:2]
    period = int(np.ceil(max(1.0, height * width / most_px) * 64 / 8)) * 8
    return np.concatenate([plate[top : top + 64] for top in range(0, max(height - 63, 1), period)])


def fit_chain(profile: CameraProfile, seen: Seen) -> Fit:
    trials = Trials(profile, seen)
    starts = _starts(trials)
    start = min(starts, key=lambda values: np.sum(trials.residuals(values) ** 2))
    for _ in range(ROUNDS):
        trials.correct(start)
        found = least_squares(trials.residuals, start, STEPS, LOW, HIGH)
        start = found.x
    return found, trials


def _starts(trials: Trials) -> list[np.ndarray]:
    """Where to begin: the lenses and sharpenings that explain the edges best, with little and with much denoising."""
    edges = [np.array([psf**2, 0.0, amount, sigma, np.log(2000.0), 1.0])
             for psf in PSFS for amount, sigma in SHARPENINGS]
    edges = sorted(edges, key=lambda values: np.sum(trials.edge_residuals(values) ** 2))
    starts = []
    for values in edges[:2]:
        for denoise2 in (0.05, 0.3):
            moved = values.copy()
            moved[:2] = max(values[0] - denoise2, 0.1), denoise2
            moved[4:] = _first_noise(trials, moved)
            starts.append(moved)
    return starts


def _first_noise(trials: Trials, values: np.ndarray) -> np.ndarray:
    """Electrons and read noise by a straight line: variance in linear light over light."""
    x = light_of(trials.seen.noise.level[trials.told], trials.profile.isp).astype(np.float64)
    count = len(x)
    for _ in range(2):
        ratio = np.exp(trials.real - trials.features(values, rough=True))[:count]
        variance = ratio * (x + values[5] * DARK) / np.exp(values[4])
        root = trials.noise_weight[:count] / variance
        design = np.stack([x, np.ones_like(x)], axis=1) * root[:, None]
        slope, offset = np.linalg.lstsq(design, variance * root, rcond=None)[0]
        slope = max(slope, 1e-5)
        values = np.clip([*values[:4], -np.log(slope), offset / slope / DARK], LOW, HIGH)
    return values[4:]


def light_of(display: np.ndarray, isp: Isp) -> np.ndarray:
    """Linear float32 light that the tone curve of `isp`, without its other steps, makes `display` (0-255)."""
    table = tone_table(isp)
    code = np.arange(0, 65536, 16)
    linear = np.interp(display / 255, table[code], np.maximum(to_linear(code), 0))
    return linear.astype(np.float32)
