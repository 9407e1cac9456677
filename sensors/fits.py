"""One part of a camera profile at a time, found by analysis through synthesis.

Each fit photographs something with a trial camera, measures the picture as the real frames were measured, and
looks for the camera that gives the same numbers. Demosaicing, tone curve and codec thereby need no model of
their own.
"""

from dataclasses import dataclass, field, replace

import numpy as np

from sensors import codec as jpeg_codec
from sensors.codec import Codec
from sensors.isp import Isp, linear_from_srgb
from sensors.jpeg_tables import lattice_quality
from sensors.profile import CameraProfile
from sensors.statistics import (
    block_coefficients,
    blockiness,
    chroma,
    luma,
)
from sensors.subsampling import subsampling_of

GREY_DN = 0.5  # mean chroma of pictures without colours is less: rounding
QUALITIES = (15, 25, 35, 45, 55, 65, 75, 82, 88, 92, 95, 98)  # tried where only blockiness tells


@dataclass(frozen=True)
class Fit:
    """profile: the given one with the fitted part. ranges: by key. unknown: what cannot be told, and why.

    measured: plain numbers behind it, for the record. joint: for keys whose errors hang together, sets of values that
    the frames do not rule out; two values of different sets may not fit each other.
    """

    profile: CameraProfile
    ranges: dict[str, tuple[float, float]]
    unknown: tuple[str, ...] = ()
    measured: dict = field(default_factory=dict)
    joint: tuple[dict[str, float], ...] = ()


def fit_codec(profile: CameraProfile, frames: np.ndarray, plate: np.ndarray) -> Fit:
    """JPEG quality and subsampling.

    Decoded JPEGs betray their quantization table. Other codecs (video) do not; for them the quality is sought
    at which JPEG blocks are as visible as theirs.
    """
    sample = frames[:: max(1, len(frames) // 3)]
    read_off = quality = lattice_quality(np.concatenate([block_coefficients(luma(frame)) for frame in sample]))
    if quality is not None:
        low, high = max(1, quality - 1), min(100, quality + 1)
    else:
        quality, low, high = _quality_by_blockiness(frames, plate)
    codec = Codec(quality, subsampling_of(sample, read_off))
    return Fit(replace(profile, codec=codec), {"codec.jpeg_quality": (low, high)})


def _quality_by_blockiness(frames: np.ndarray, plate: np.ndarray) -> tuple[int, int, int]:
    seen = np.array([blockiness(frame) for frame in frames])
    unaligned = np.clip(plate[4:, 4:], 0, 255).astype(np.uint8)  # so that the plate's own blocks do not count
    made = [blockiness(jpeg_codec.decode(jpeg_codec.encode(unaligned, Codec(q, "420")))) for q in QUALITIES]
    made = np.minimum.accumulate(made)  # blocks fade with quality
    quality, low, high = (int(np.rint(np.interp(-b, -made, QUALITIES))) for b in
                          (np.median(seen), np.percentile(seen, 90), np.percentile(seen, 10)))
    return quality, low, high


def fit_colour(profile: CameraProfile, frames: np.ndarray, plate: np.ndarray, reference) -> Fit:
    """Colour cast by shades of grey; black, white and saturation relative to `reference` pictures."""
    cast = grey_world_cast(plate)
    gains = tuple(float(g) for g in np.where(np.abs(np.log(cast)) > 0.04, cast, 1.0))
    isp = replace(profile.isp or Isp(), gains=gains)
    ranges = {f"isp.gains[{i}]": (0.92 * gains[i], 1.08 * gains[i]) for i in (0, 2)}
    if not len(reference):
        return Fit(replace(profile, isp=isp), ranges,
                   ("isp.black, isp.white, isp.saturation: needs reference pictures of an ordinary camera",))
    dark, bright = np.mean([_ends(frame) for frame in frames], axis=0)
    ends = np.array([_ends(image) for image in reference])
    ordinary = np.median(ends, axis=0)
    slope = np.clip((bright - dark) / max(ordinary[1] - ordinary[0], 0.1), 0.5, 2.0)
    black = float(np.clip(dark - slope * ordinary[0], -0.3, 0.3))
    white = float(black + slope)
    vivid = [_vividness(image) for image in reference]
    seen = _vividness(plate)
    saturation = float(np.clip(seen / max(slope * np.median(vivid), 1e-3), 0.3, 2)) if seen > GREY_DN else 0.0
    spread = np.percentile(vivid, [75, 25]) / np.median(vivid)
    ranges["isp.saturation"] = (float(saturation / spread[0]), float(saturation / spread[1]))
    ranges["isp.black"] = (black - 0.05, black + 0.05)
    ranges["isp.white"] = (white - 0.1, white + 0.1)
    return Fit(replace(profile, isp=replace(isp, black=black, white=white, saturation=saturation)), ranges)


def _ends(image: np.ndarray) -> np.ndarray:
    """Display luma, 0 to 1, of the darkest and of the brightest half per cent."""
    return np.percentile(luma(image)[::4, ::4], [0.5, 99.5]) / 255


def _vividness(image: np.ndarray) -> float:
    return float(np.linalg.norm(chroma(image), axis=2).mean())


def grey_world_cast(plate: np.ndarray) -> np.ndarray:
    """(3,) colour cast relative to green: Minkowski mean (p = 6) of linear light; Finlayson, Trezzi 2004."""
    linear = linear_from_srgb(np.asarray(plate, np.float64) / 255)
    unclipped = (plate.max(axis=2) < 250) & (plate.min(axis=2) > 4)
    if unclipped.sum() < 1000:
        return np.ones(3)
    mean = (linear[unclipped] ** 6).mean(axis=0) ** (1 / 6)
    return mean / mean[1]
