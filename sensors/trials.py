"""Trial cameras, whose pictures are measured as the real frames were measured.

Pictures of noise are slow, and too rough for derivatives. Formulas are neither, but wrong by a little, and by nearly
the same for cameras that are nearly the same: they say where to go, pictures by how much they are wrong there.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from sensors.camera import Camera
from sensors.cfa import demosaic, mosaic
from sensors.edges import PROFILE_PX, EdgeChart, Edges, chart_of
from sensors.inverse import undo_tone, unsmooth
from sensors.isp import linear_from_srgb, to_code, unrounded
from sensors.jpeg_tables import quantization_table
from sensors.noise import Sensor
from sensors.noise_model import ROUNDING_DN2, codec_steps, coefficient_variance, quantized_variance
from sensors.optics import Optics
from sensors.profile import CameraProfile
from sensors.smoothing import smooth
from sensors.statistics import power_spectrum
from sensors.temporal_noise import TOLD_DN, NoiseCurve, Places

ROUGH_FRAMES, FRAMES = 8, 40  # of a trial
SMALLEST_DN2 = 0.01  # variance below which 8 bits cannot tell noise from none
# what a trial cannot imitate: share of an edge's step, of a level's variance, of a coefficient's variance
EDGE_MODEL, CURVE_MODEL, SPECTRUM_MODEL = 0.004, 0.015, 0.015
# the unknowns: psf2, denoise2, sharpening, sharpening_sigma, log_electrons, dark_share; the first two are squares of
# the Gaussians' widths, so that they add up and 0 is no dead end; variance of the noise in linear light x is
# (x + dark_share * DARK) / electrons
DARK = float(linear_from_srgb(np.float64(32 / 255)))
# what is plausible before any frame was seen: centre and width; it decides only where the frames tell nothing
PLAUSIBLE = np.array([0.6, 0.0, 0.4, 1.2, np.log(2000.0), 1.0])
PLAUSIBLE_WIDTH = np.array([2.0, 0.6, 1.5, 0.8, 2.0, 15.0])
LOW = np.array([0.0, 0.0, 0.0, 0.5, np.log(20.0), 0.0])
HIGH = np.array([16.0, 4.0, 6.0, 4.0, np.log(2e5), 400.0])
FEWEST_LEVELS, LEAST_NOISE_DN = 4, 0.25
FINEST = 23  # rings of the power spectrum from here on lie beyond 3/8 cycles per px


@dataclass(frozen=True)
class Seen:
    """What the real frames show.

    edges: the sharpest. noise: against intensity. scene (H, W, 3): display picture without noise, for trials
    to photograph. measure: frames of a scene, and the places of `noise` in it -> NoiseCurve, as `noise` was measured.
    coefficient_gain (8, 8): how much of each DCT coefficient's variance `measure` counts for an intensity.
    """

    edges: Edges
    noise: NoiseCurve
    scene: np.ndarray
    measure: Callable[[list[np.ndarray], Places | None], NoiseCurve]
    coefficient_gain: np.ndarray

    @property
    def told(self) -> np.ndarray:
        """Which intensities tell noise: not clipped, enough pixels."""
        return np.isfinite(self.noise.std) & (self.noise.level > TOLD_DN[0]) & (self.noise.level < TOLD_DN[1])

    @property
    def has_edges(self) -> bool:
        return bool(np.isfinite(self.edges.mean).all())

    @property
    def has_noise(self) -> bool:
        return np.count_nonzero(self.told) >= FEWEST_LEVELS and np.median(self.noise.std[self.told]) > LEAST_NOISE_DN


class Trials:
    """Trial cameras, compared with what was seen: edges by pictures, noise by formulas plus the shift that `correct`
    measures by pictures."""

    def __init__(self, profile: CameraProfile, seen: Seen):
        self.profile, self.seen = profile, seen
        if seen.has_edges:
            self.chart: EdgeChart = chart_of(seen.edges, lambda display: undo_tone(display / 255, profile.isp))
            # neighbouring samples see the same pixels: those of one pixel count as one
            self.edge_weight = np.sqrt(np.diff(PROFILE_PX)[0]) / np.hypot(seen.edges.scatter, EDGE_MODEL)
        curve = seen.noise
        self.told = seen.told
        self.noise_weight = self._noise_weight()
        self.real = np.nan_to_num(self._features(curve))
        self.shift = np.zeros_like(self.real)
        self.doubt = np.ones(3)
        level = seen.noise.level[self.told]
        low, self.light, high = (undo_tone((level + d) / 255, profile.isp).astype(float) for d in (-2, 0, 2))
        self.slope = 4 / (high - low)  # of the tone curve [DN per unit of light]
        self.level_share = self._level_share()

    def camera(self, values: np.ndarray) -> CameraProfile:
        psf2, denoise2, amount, sigma, log_electrons, dark_share = (float(v) for v in values)
        electrons = float(np.exp(log_electrons))
        return replace(
            self.profile,
            optics=replace(self.profile.optics or Optics(), psf_sigma_px=float(np.sqrt(psf2))),
            isp=replace(self.profile.isp, denoise_sigma_px=float(np.sqrt(max(denoise2, 0.0))), sharpening=amount,
                        sharpening_sigma_px=sigma),
            sensor=Sensor(electrons, max(1.0, electrons), read_noise_e=float(np.sqrt(dark_share * DARK * electrons))),
        )

    def edge_residuals(self, values: np.ndarray) -> np.ndarray:
        """Difference of the edges' mean profiles, in standard errors."""
        if not self.seen.has_edges:
            return np.zeros(0)
        camera = replace(self.camera(values), sensor=None, codec=None)  # the plate's median has averaged the codec away
        made = self.chart.profile(Camera(camera).develop(self.chart.light, np.random.default_rng([0]))[0])
        return np.where(np.isfinite(made), made - self.seen.edges.mean, 1.0) * self.edge_weight

    def noise_residuals(self, values: np.ndarray) -> np.ndarray:
        """Log ratios of the noise variances, by intensity and by DCT coefficient, in standard errors."""
        if not self.seen.has_noise:
            return np.zeros(0)
        return (self.formula(values) + self.shift - self.real) * self.noise_weight

    def residuals(self, values: np.ndarray) -> np.ndarray:
        parts = [part / doubt for part, doubt in zip(self._parts(values), self.doubt, strict=True)]
        return np.concatenate([*parts, (values - PLAUSIBLE) / PLAUSIBLE_WIDTH])

    def balance(self, values: np.ndarray) -> None:
        """Trust intensities and spectrum of the noise each as little as the best camera so far misses them.

        Video codecs do things to noise that no trial does; what it cannot explain must not drown the rest. Edges are
        trusted always: they are what is seen.
        """
        for i, part in enumerate(self._parts(values)[1:], 1):
            self.doubt[i] = max(1.0, np.sqrt(np.mean(part**2))) if len(part) else 1.0

    def trust_all(self) -> None:
        self.doubt = np.ones(3)

    def spectrum_misfit(self, values: np.ndarray) -> float:
        """Root mean square error of the noise's spectrum, in standard errors."""
        return float(np.sqrt(np.mean(self._parts(values)[2] ** 2)))

    def detail_shown(self, values: np.ndarray) -> float:
        """Share of the scene's finest detail that this camera, without noise, shows of the light behind the scene.

        The light is what undoes the camera within reason (`inverse.unsmooth`): a soft camera cannot have shown what is
        sharp, unless the light held many times as much detail, which no scene does.
        """
        sigma_px = self.camera(values).optics.psf_sigma_px
        if sigma_px == 0:
            return 1.0
        sharp = unsmooth(self.seen.scene.astype(np.float32), sigma_px)
        shown, seen = (power_spectrum(scene)[FINEST:].sum() for scene in (smooth(sharp, sigma_px), self.seen.scene))
        return float(shown / max(seen, SMALLEST_DN2))

    def leave_spectrum(self) -> None:
        """From now on the noise counts by its strength alone."""
        self.noise_weight[np.count_nonzero(self.told) :] = 0

    def misfit(self, values: np.ndarray) -> float:
        """How badly a camera explains the frames, by the correction last made; no part drowns another."""
        return float(sum(np.log1p(np.mean(part**2)) for part in self._parts(values) if len(part)))

    def _parts(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        noise, levels = self.noise_residuals(values), np.count_nonzero(self.told)
        return self.edge_residuals(values), noise[:levels], noise[levels:]

    def correct(self, values: np.ndarray, frames: int) -> None:
        if self.seen.has_noise:
            made = self._features(self._noise(values, frames))
            # where the part of the scene has too few places, no difference can be seen
            self.shift = np.where(np.isfinite(made), made, self.real) - self.formula(values)

    def formula(self, values: np.ndarray) -> np.ndarray:
        """Log variances, as `_features` gives them, without pictures."""
        profile, (log_electrons, dark_share) = self.camera(values), values[4:]
        noise = (self.light + dark_share * DARK) * np.exp(-log_electrons) * self.slope**2
        steps = codec_steps(profile)
        variance = quantized_variance(noise[:, None, None] * coefficient_variance(profile), steps) + ROUNDING_DN2
        levels = (variance * self.seen.coefficient_gain).mean(axis=(1, 2))
        spectrum = np.tensordot(self.level_share, variance, axes=1)
        return np.log(np.concatenate([levels, spectrum.ravel()[1:]]) + SMALLEST_DN2)

    def _noise(self, values: np.ndarray, frames: int) -> NoiseCurve:
        """By pictures. Without a lens: what was seen has been through it already."""
        camera, light = Camera(replace(self.camera(values), optics=None)), self._unprocessed(values)
        images = [camera.develop(light, np.random.default_rng([i]))[0] for i in range(frames)]
        return self.seen.measure(images, self.seen.noise.places)

    def _unprocessed(self, values: np.ndarray) -> np.ndarray:
        """Light that this camera's processing turns into what was seen: sharpened once, not twice.

        Texture decides which of the codec's coefficients carry noise. Two steps of van Cittert's iteration.
        """
        profile = self.camera(values)
        display = self.seen.scene
        for _ in range(2):
            made = _without_noise(undo_tone(display / 255, profile.isp), profile)
            display = np.clip(display + (self.seen.scene - made) / (1 + profile.isp.sharpening), 0, 255)
        return undo_tone(display / 255, profile.isp)

    def _level_share(self) -> np.ndarray:
        """Share of the spectrum's blocks that have each told intensity."""
        places, levels = self.seen.noise.places, np.flatnonzero(self.told)
        if places is None:
            return np.full(len(levels), 1 / max(len(levels), 1))
        count = np.array([np.count_nonzero(places.blocks & (places.bins == i)) for i in levels])
        return count / max(count.sum(), 1)

    def _features(self, curve: NoiseCurve) -> np.ndarray:
        """Log variances: at the told intensities, then of the 63 coefficients that are not the mean."""
        variance = np.concatenate([curve.std[self.told] ** 2, curve.spectrum.ravel()[1:]])
        return np.log(variance + SMALLEST_DN2)

    def _noise_weight(self) -> np.ndarray:
        """1 / standard error of `features`: noise far below the codec's quantization steps survives by chance only."""
        curve = self.seen.noise
        steps = quantization_table(self.profile.codec.jpeg_quality) if self.profile.codec else np.zeros((8, 8))
        coarse = (steps[:3, :3].mean() ** 2 + 1) / 4
        level = CURVE_MODEL * (1 + coarse / (curve.std[self.told] ** 2 + SMALLEST_DN2))
        share = curve.count[self.told] / curve.count[self.told].sum() * self.told.sum()
        spectrum = SPECTRUM_MODEL * (1 + (steps**2 + 1) / 4 / (curve.spectrum + SMALLEST_DN2)).ravel()[1:]
        return np.nan_to_num(np.concatenate([np.sqrt(share) / level, 1 / spectrum]))


def strips(plate: np.ndarray, most_px: int) -> np.ndarray:
    """The picture, or strips of whole JPEG blocks of it, evenly spread, of about most_px pixels."""
    height, width = plate.shape[:2]
    if height * width <= most_px:
        return plate
    period = int(np.ceil(height * width / most_px * 64 / 8)) * 8
    return np.concatenate([plate[top : top + 64] for top in range(0, max(height - 63, 1), period)])


def _without_noise(light: np.ndarray, profile: CameraProfile) -> np.ndarray:
    """Display picture (0-255) of linear light by a camera without lens, noise and codec, not rounded to 8 bit.

    Rounded it would shake what is flat, and the trial's codec would let more noise through than the real one.
    """
    light = light * np.array(profile.isp.gains, np.float32)
    if profile.cfa is not None:
        return 255 * unrounded(demosaic(to_code(mosaic(light, profile.cfa), 1.0, 0.0), profile.cfa), profile.isp)
    return 255 * unrounded(to_code(light, 1.0, 0.0), profile.isp)
