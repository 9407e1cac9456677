"""Noise part of a camera profile, by analysis through synthesis (see sensors/fits.py)."""

from dataclasses import replace

import numpy as np

from sensors.camera import Camera
from sensors.fits import Fit
from sensors.isp import Isp, to_linear, tone_table
from sensors.noise import Sensor
from sensors.optics import Optics
from sensors.profile import CameraProfile
from sensors.statistics import NoiseCurve, chroma_noise_ratio, noise_curve

TRIAL_FRAMES = 6
ELECTRONS_RANGE = (20.0, 2e5)
SMALLEST_DN = 0.05  # noise that 8 bits cannot tell from none


def fit_noise(profile: CameraProfile, curve: NoiseCurve, plate: np.ndarray,
              blur_range: tuple[float, float]) -> Fit:
    """Electrons at white, read noise and denoising, from the noise curve and the correlation of the noise.

    In linear light the variance is x / E + (read / E)^2 (E electrons at white). What the rest of the chain
    makes of it at each intensity comes from a trial camera; then E and read follow from a straight line.
    Denoising blurs the picture too, so what it takes is given back from the point spread, whose range so far
    is blur_range.
    """
    usable = np.isfinite(curve.std) & (curve.level > 16) & (curve.level < 236)
    if usable.sum() < 4:
        return Fit(profile, {}, ("sensor: fewer than 4 intensities with enough static pixels",))
    total_blur = profile.optics.psf_sigma_px if profile.optics else 0.0
    scene = light_of(_strips(plate), profile.isp)
    solutions = []
    for denoise in (0.0, *(float(d) for d in np.linspace(0.25, 1.2, 6) if d <= total_blur)):
        optics = replace(profile.optics or Optics(), psf_sigma_px=float(np.sqrt(total_blur**2 - denoise**2)))
        trial = replace(profile, optics=optics, isp=replace(profile.isp, denoise_sigma_px=denoise))
        solutions.append(_photon_transfer(trial, curve, usable, scene))
    cost, fitted, ranges = min(solutions, key=lambda solution: solution[0])
    near = [p.isp.denoise_sigma_px for c, p, _ in solutions if c <= 1.5 * cost + 0.05**2]
    ranges["isp.denoise_sigma_px"] = min(near), max(near)
    ends = zip(blur_range, (max(near), min(near)), strict=True)
    ranges["optics.psf_sigma_px"] = tuple(float(np.sqrt(max(0.0, end**2 - d**2))) for end, d in ends)
    return Fit(fitted, ranges)


def _photon_transfer(profile: CameraProfile, curve: NoiseCurve, usable: np.ndarray, scene: np.ndarray):
    """(cost, profile with a sensor, ranges): electrons and read noise at a given denoising."""
    x = light_of(curve.level, profile.isp).astype(np.float64)
    weight = np.sqrt(curve.count)
    electrons, read = 2000.0, 10.0
    for _ in range(3):  # the codec is not linear: better electrons make a better measure of what it does
        told, ratio, _ = _compare(_with_sensor(profile, electrons, read), curve, usable, scene)
        variance = ratio**2 * (x[told] / electrons + (read / electrons) ** 2)  # of the real frames
        shot, floor, spread = _line(x[told], variance, weight[told] / weight[told].sum())
        electrons = float(np.clip(1 / shot, *ELECTRONS_RANGE))
        read = float(np.clip(np.sqrt(floor) * electrons, 0, 500))
    fitted = _with_sensor(profile, electrons, read)
    told, ratio, correlation = _compare(fitted, curve, usable, scene)
    cost = np.average(np.log(ratio) ** 2, weights=weight[told]) + (correlation - curve.correlation) ** 2
    share = min(0.9, spread[0] / shot)
    low, high = (float(electrons * np.sqrt(max(0.0, floor + sign * spread[1]))) for sign in (-1, 1))
    ranges = {"sensor.electrons_at_white": (float(electrons / (1 + share)), float(electrons / (1 - share))),
              "sensor.read_noise_e": (min(low, read), max(high, read))}
    return float(cost), fitted, ranges


def _with_sensor(profile: CameraProfile, electrons: float, read: float) -> CameraProfile:
    sensor = Sensor(electrons_at_white=electrons, full_well_e=max(1.0, electrons), read_noise_e=read)
    return replace(profile, sensor=sensor)


def _compare(profile: CameraProfile, curve: NoiseCurve, usable: np.ndarray, scene: np.ndarray):
    """Levels that both curves tell, real over trial noise at each, correlation of the trial's noise."""
    images = _trial_images(profile, scene)
    made = noise_curve(images, np.mean(images, axis=0, dtype=np.float32), min_count=50)
    told = usable & np.isfinite(made.std)
    ratio = np.maximum(curve.std[told], SMALLEST_DN) / np.maximum(made.std[told], SMALLEST_DN)
    return told, ratio, made.correlation


def _line(x: np.ndarray, variance: np.ndarray, weight: np.ndarray) -> tuple[float, float, np.ndarray]:
    """Relative least squares of variance = slope * x + offset, neither negative; and 95 % half-widths."""
    root = np.sqrt(weight) / variance
    design = np.stack([x, np.ones_like(x)], axis=1) * root[:, None]
    target = np.sqrt(weight)
    slope, offset = np.linalg.lstsq(design, target, rcond=None)[0]
    if offset < 0:
        slope, offset = float(design[:, 0] @ target / (design[:, 0] @ design[:, 0])), 0.0
    elif slope <= 0:
        slope, offset = 1e-6, float(design[:, 1] @ target / (design[:, 1] @ design[:, 1]))
    residual = design @ np.array([slope, offset]) - target
    scatter = (residual**2).sum() / (len(x) - 2) + 1e-4 / len(x)
    return slope, offset, 2 * np.sqrt(np.diag(scatter * np.linalg.inv(design.T @ design)))


def _strips(plate: np.ndarray) -> np.ndarray:
    """A quarter of the plate, in strips of whole JPEG blocks: enough for the statistics of noise."""
    return np.concatenate([plate[top : top + 32] for top in range(0, len(plate) - 31, 128)])


def _trial_images(profile: CameraProfile, scene: np.ndarray) -> list[np.ndarray]:
    camera = Camera(profile)
    return [camera.develop(scene, np.random.default_rng([i]))[0] for i in range(TRIAL_FRAMES)]


def fit_chroma_denoise(profile: CameraProfile, frames: np.ndarray, plate: np.ndarray) -> Fit:
    """Colour smoothing of the ISP, from how much weaker the noise is in chroma than in luma."""
    if profile.sensor is None:
        return Fit(profile, {}, ("isp.chroma_denoise_sigma_px: needs the noise of the sensor first",))
    seen = chroma_noise_ratio(frames[:: max(1, len(frames) // TRIAL_FRAMES)], plate)
    scene = light_of(_strips(plate), profile.isp)
    sigmas = (0.0, 0.5, 0.8, 1.2, 1.7, 2.4, 3.2)
    distance = []
    for sigma in sigmas:
        trial = replace(profile, isp=replace(profile.isp, chroma_denoise_sigma_px=sigma))
        images = _trial_images(trial, scene)
        made = chroma_noise_ratio(images, np.mean(images, axis=0, dtype=np.float32))
        distance.append(abs(np.log(max(made, 1e-3) / max(seen, 1e-3))))
    best = int(np.argmin(distance))
    near = [s for s, d in zip(sigmas, distance, strict=True) if d <= distance[best] + 0.1]
    isp = replace(profile.isp, chroma_denoise_sigma_px=sigmas[best])
    return Fit(replace(profile, isp=isp), {"isp.chroma_denoise_sigma_px": (min(near), max(near))})


def light_of(display: np.ndarray, isp: Isp) -> np.ndarray:
    """Linear float32 light that the tone curve of `isp`, without its other steps, makes `display` (0-255)."""
    table = tone_table(isp)
    code = np.arange(0, 65536, 16)
    linear = np.interp(display / 255, table[code], np.maximum(to_linear(code), 0))
    return linear.astype(np.float32)
