"""One part of a camera profile at a time, found by analysis through synthesis.

Each fit photographs something with a trial camera, measures the picture as the real frames were measured, and looks for
the camera that gives the same numbers. Demosaicing, tone curve and codec thereby need no model of their own.
"""

from dataclasses import dataclass, replace

import cv2
import numpy as np

from sensors import codec as jpeg_codec
from sensors.camera import Camera
from sensors.codec import Codec
from sensors.isp import Isp, linear_from_srgb, to_linear, tone_table
from sensors.jpeg_tables import lattice_quality
from sensors.noise import Sensor
from sensors.optics import Optics
from sensors.profile import CameraProfile
from sensors.search import compass_search, tolerated_interval
from sensors.statistics import (
    NoiseCurve,
    block_coefficients,
    blockiness,
    chroma,
    chroma_excess,
    chroma_noise_ratio,
    edge_profile,
    luma,
    noise_curve,
)

QUALITIES = (15, 25, 35, 45, 55, 65, 75, 82, 88, 92, 95, 98)  # tried where only blockiness tells
TRIAL_FRAMES = 6
SUBSAMPLED_DN = 0.48  # chroma detail beyond half resolution that rounding explains


@dataclass(frozen=True)
class Fit:
    """profile: the given one with the fitted part. ranges: by key. unknown: what could not be told, and why."""

    profile: CameraProfile
    ranges: dict[str, tuple[float, float]]
    unknown: tuple[str, ...] = ()


def fit_codec(profile: CameraProfile, frames: np.ndarray, plate: np.ndarray) -> Fit:
    """JPEG quality and subsampling.

    Decoded JPEGs betray their quantization table. Other codecs (video) do not; for them the quality is sought at which
    JPEG blocks are as visible as theirs.
    """
    sample = frames[:: max(1, len(frames) // 3)]
    quality = lattice_quality(np.concatenate([block_coefficients(frame) for frame in sample]))
    if quality is not None:
        low, high = max(1, quality - 1), min(100, quality + 1)
    else:
        quality, low, high = _quality_by_blockiness(frames, plate)
    codec = Codec(quality, _subsampling(sample))
    return Fit(replace(profile, codec=codec), {"codec.jpeg_quality": (low, high)})


def _quality_by_blockiness(frames: np.ndarray, plate: np.ndarray) -> tuple[int, int, int]:
    seen = np.array([blockiness(frame) for frame in frames])
    unaligned = np.clip(plate[4:, 4:], 0, 255).astype(np.uint8)  # so that the plate's own blocks do not count
    made = [blockiness(jpeg_codec.decode(jpeg_codec.encode(unaligned, Codec(q, "420")))) for q in QUALITIES]
    made = np.minimum.accumulate(made)  # blocks fade with quality
    quality, low, high = (int(np.rint(np.interp(-b, -made, QUALITIES))) for b in
                          (np.median(seen), np.percentile(seen, 90), np.percentile(seen, 10)))
    return quality, low, high


def _subsampling(frames: np.ndarray) -> str:
    vertical, horizontal = (np.mean([chroma_excess(frame, axis) for frame in frames]) for axis in (0, 1))
    if horizontal > SUBSAMPLED_DN:
        return "444"
    return "420" if vertical <= SUBSAMPLED_DN else "422"


def fit_sharpness(profile: CameraProfile, plate: np.ndarray) -> Fit:
    """Point spread and unsharp masking, from the mean profile of the sharpest straight edges."""
    seen, count = edge_profile(plate)
    if np.isnan(seen).any():
        return Fit(profile, {}, (f"optics.psf_sigma_px, isp.sharpening: only {count} usable edges, 20 needed",))
    light = edge_target()

    def trial(values: np.ndarray) -> CameraProfile:
        optics = replace(profile.optics or Optics(), psf_sigma_px=float(values[0]))
        isp = replace(profile.isp or Isp(), sharpening=float(values[1]), sharpening_sigma_px=float(values[2]))
        return replace(profile, optics=optics, isp=isp)

    def cost(values: np.ndarray) -> float:
        image, _ = Camera(replace(trial(values), sensor=None)).develop(light, np.random.default_rng([0]))
        made, made_count = edge_profile(image)
        return 1.0 if made_count < 20 else float(np.mean((made - seen) ** 2))

    low, high = (0.0, 0.0, 0.5), (4.0, 6.0, 4.0)
    starts = [(psf, amount, 1.2) for psf in (0.4, 0.8, 1.2, 2.0) for amount in (0.0, 0.8, 2.0)]
    start = min(starts, key=lambda values: cost(np.array(values)))
    best, best_cost = compass_search(cost, start, (0.3, 0.6, 0.5), low, high)
    limit = 1.5 * best_cost + 0.01**2  # a difference of 1 % of the edge is within what scene edges are worth
    names = ("optics.psf_sigma_px", "isp.sharpening", "isp.sharpening_sigma_px")
    ranges = {name: tolerated_interval(cost, best, limit, i, low[i], high[i]) for i, name in enumerate(names)}
    return Fit(trial(best), ranges)


def edge_target(width: int = 448, height: int = 320) -> np.ndarray:
    """Linear light of tilted grey cards, anti-aliased: straight edges of all directions between middle tones."""
    rng = np.random.default_rng([11])
    fine = np.full((4 * height, 4 * width), linear_from_srgb(np.float64(0.5)), np.float32)
    for row in range(3):
        for col in range(4):
            level = linear_from_srgb(rng.choice([0.5 - 0.2, 0.5 + 0.2]) + rng.uniform(-0.05, 0.05))
            centre = 4 * np.array([(col + 0.5) * width / 4, (row + 0.5) * height / 3])
            size = tuple(4 * rng.uniform(42, 66, 2))
            card = cv2.boxPoints((tuple(centre), size, rng.uniform(0, 90)))
            cv2.fillPoly(fine, [np.rint(card).astype(np.int32)], float(level))
    return cv2.cvtColor(cv2.resize(fine, (width, height), interpolation=cv2.INTER_AREA), cv2.COLOR_GRAY2RGB)


def fit_noise(profile: CameraProfile, curve: NoiseCurve, plate: np.ndarray) -> Fit:
    """Electrons at white, read noise and denoising, from the noise curve and the correlation of the noise.

    In linear light the variance is x / E + (read / E)^2 (E electrons at white). What the rest of the chain makes of it at
    each intensity comes from a trial camera; then E and read follow from a straight line. Denoising blurs the picture
    too, so what it takes is given back from the point spread.
    """
    usable = np.isfinite(curve.std) & (curve.level > 16) & (curve.level < 236)
    if usable.sum() < 4:
        return Fit(profile, {}, ("sensor: fewer than 4 intensities with enough static pixels",))
    total_blur = profile.optics.psf_sigma_px if profile.optics else 0.0
    scene = light_of(np.concatenate([plate[top : top + 32] for top in range(0, len(plate) - 31, 128)]), profile.isp)
    solutions = []
    for denoise in (0.0, *(float(d) for d in np.linspace(0.25, 1.2, 6) if d <= total_blur)):
        optics = replace(profile.optics or Optics(), psf_sigma_px=float(np.sqrt(total_blur**2 - denoise**2)))
        trial = replace(profile, optics=optics, isp=replace(profile.isp, denoise_sigma_px=denoise))
        solutions.append(_photon_transfer(trial, curve, usable, scene))
    cost, fitted, ranges = min(solutions, key=lambda solution: solution[0])
    near = [p.isp.denoise_sigma_px for c, p, _ in solutions if c <= 1.5 * cost + 0.05**2]
    return Fit(fitted, {**ranges, "isp.denoise_sigma_px": (min(near), max(near))})


def _photon_transfer(profile: CameraProfile, curve: NoiseCurve, usable: np.ndarray, scene: np.ndarray):
    """(cost, profile with a sensor, ranges): electrons and read noise at a given denoising."""
    linear = light_of(curve.level, profile.isp).astype(np.float64)
    electrons, read = 2000.0, 10.0
    for last in (False, False, False, True):
        sensor = Sensor(electrons_at_white=electrons, full_well_e=electrons, read_noise_e=read)
        fitted = replace(profile, sensor=sensor)
        made = _trial_curve(fitted, scene)
        both = usable & np.isfinite(made.std)
        weight = np.sqrt(curve.count[both]) / np.sqrt(curve.count[both]).sum()
        ratio = np.maximum(curve.std[both], 0.05) / np.maximum(made.std[both], 0.05)
        if last:
            break
        x = linear[both]
        variance = ratio**2 * (x / electrons + (read / electrons) ** 2)  # of the real frames, in linear light
        shot, floor, spread = _line(x, variance, weight)
        electrons = float(np.clip(1 / shot, 20, 2e5))
        read = float(np.clip(np.sqrt(floor) * electrons, 0, 500))
    cost = float((weight * np.log(ratio) ** 2).sum() + (made.correlation - curve.correlation) ** 2)
    low_e, high_e = electrons / (1 + spread[0] / shot), electrons / max(0.1, 1 - spread[0] / shot)
    ranges = {"sensor.electrons_at_white": (float(low_e), float(high_e)),
              "sensor.read_noise_e": tuple(float(electrons * np.sqrt(max(0.0, floor + sign * spread[1])))
                                           for sign in (-1, 1))}
    return cost, fitted, ranges


def _line(x: np.ndarray, variance: np.ndarray, weight: np.ndarray) -> tuple[float, float, np.ndarray]:
    """Slope, offset (both not negative) of variance against x by relative least squares, and their 95 % half-widths."""
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


def _trial_images(profile: CameraProfile, scene: np.ndarray) -> list[np.ndarray]:
    camera = Camera(profile)
    return [camera.develop(scene, np.random.default_rng([i]))[0] for i in range(TRIAL_FRAMES)]


def _trial_curve(profile: CameraProfile, scene: np.ndarray) -> NoiseCurve:
    images = _trial_images(profile, scene)
    return noise_curve(images, np.mean(images, axis=0, dtype=np.float32), min_count=50)


def fit_chroma_denoise(profile: CameraProfile, frames: np.ndarray, plate: np.ndarray) -> Fit:
    """Colour smoothing of the ISP, from how much weaker the noise is in chroma than in luma."""
    if profile.sensor is None:
        return Fit(profile, {}, ("isp.chroma_denoise_sigma_px: needs the noise of the sensor first",))
    seen = chroma_noise_ratio(frames[:: max(1, len(frames) // TRIAL_FRAMES)], plate)
    scene = light_of(np.concatenate([plate[top : top + 32] for top in range(0, len(plate) - 31, 128)]), profile.isp)
    sigmas = (0.0, 0.5, 0.8, 1.2, 1.7, 2.4, 3.2)
    distance = []
    for sigma in sigmas:
        images = _trial_images(replace(profile, isp=replace(profile.isp, chroma_denoise_sigma_px=sigma)), scene)
        made = chroma_noise_ratio(images, np.mean(images, axis=0, dtype=np.float32))
        distance.append(abs(np.log(max(made, 1e-3) / max(seen, 1e-3))))
    best = int(np.argmin(distance))
    near = [s for s, d in zip(sigmas, distance, strict=True) if d <= distance[best] + 0.1]
    isp = replace(profile.isp, chroma_denoise_sigma_px=sigmas[best])
    return Fit(replace(profile, isp=isp), {"isp.chroma_denoise_sigma_px": (min(near), max(near))})


def light_of(display: np.ndarray, isp: Isp) -> np.ndarray:
    """Linear float32 light that the tone curve of `isp` turns into `display` (0-255); its other steps are left out."""
    table = tone_table(isp)
    code = np.arange(0, 65536, 16)
    linear = np.interp(display / 255, table[code], np.maximum(to_linear(code), 0))
    return linear.astype(np.float32)


def fit_colour(profile: CameraProfile, frames: np.ndarray, plate: np.ndarray, reference) -> Fit:
    """Colour cast by shades of grey; black, white and saturation relative to `reference` pictures."""
    cast = grey_world_cast(plate)
    gains = tuple(float(g) for g in np.where(np.abs(np.log(cast)) > 0.04, cast, 1.0))
    isp = replace(profile.isp or Isp(), gains=gains)
    ranges = {f"isp.gains[{i}]": (0.92 * gains[i], 1.08 * gains[i]) for i in (0, 2)}
    if not len(reference):
        return Fit(replace(profile, isp=isp), ranges,
                   ("isp.black, isp.white, isp.saturation: needs reference pictures of an ordinary camera",))
    dark, bright = np.percentile(np.concatenate([luma(f)[::4, ::4].ravel() for f in frames]), [0.5, 99.5]) / 255
    ends = np.array([np.percentile(luma(image)[::4, ::4], [0.5, 99.5]) / 255 for image in reference])
    ordinary = np.median(ends, axis=0)
    slope = np.clip((bright - dark) / max(ordinary[1] - ordinary[0], 0.1), 0.5, 2.0)
    black = float(np.clip(dark - slope * ordinary[0], -0.3, 0.3))
    white = float(black + slope)
    vivid = [np.mean(np.hypot(*chroma(image).reshape(-1, 2).T)) for image in reference]
    saturation = float(np.clip(np.mean(np.hypot(*chroma(plate).reshape(-1, 2).T)) / (slope * np.median(vivid)), 0.3, 2))
    spread = np.percentile(vivid, [75, 25]) / np.median(vivid)
    ranges["isp.saturation"] = (float(saturation / spread[0]), float(saturation / spread[1]))
    ranges["isp.black"] = (black - 0.05, black + 0.05)
    ranges["isp.white"] = (white - 0.1, white + 0.1)
    return Fit(replace(profile, isp=replace(isp, black=black, white=white, saturation=saturation)), ranges)


def grey_world_cast(plate: np.ndarray) -> np.ndarray:
    """(3,) colour cast relative to green: Minkowski mean (p = 6) of linear light; Finlayson, Trezzi 2004."""
    linear = linear_from_srgb(np.asarray(plate, np.float64) / 255)
    unclipped = (plate.max(axis=2) < 250) & (plate.min(axis=2) > 4)
    if unclipped.sum() < 1000:
        return np.ones(3)
    mean = (linear[unclipped] ** 6).mean(axis=0) ** (1 / 6)
    return mean / mean[1]
