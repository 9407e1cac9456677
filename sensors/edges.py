"""Straight edges of a picture, and ideal edges between the same colours, to be photographed by a trial camera.

Comparing like with like removes what contrast, colour and direction do to an edge's profile behind a mosaic and a
tone curve.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from sensors.statistics import luma

PROFILE_PX = np.arange(-6, 6.01, 0.25, dtype=np.float32)  # positions across an edge
REACH_PX = np.arange(-8, 8.01, 0.25, dtype=np.float32)  # sampled; the sides from 5 px on must be flat
SHARPEST, SHARP_SHARE = 0.85, 0.8  # the slope at this quantile, and the share of it that counts as sharp
PATCH_PX, MOST_CANDIDATES, MOST_KEPT, FEWEST = 30, 4000, 140, 20


@dataclass(frozen=True)
class Edges:
    """profiles (n, len(PROFILE_PX)): 0 dark side, 1 bright side, centred. sides (n, 2, 3): display RGB of the dark and
    the bright side, 0-255. normal (n, 2): unit (x, y) from dark to bright."""

    profiles: np.ndarray
    sides: np.ndarray
    normal: np.ndarray

    @property
    def mean(self) -> np.ndarray:
        """(len(PROFILE_PX),) median profile, NaN where there are too few edges."""
        if len(self.profiles) < FEWEST:
            return np.full(len(PROFILE_PX), np.nan, np.float32)
        return np.median(self.profiles, axis=0)

    @property
    def scatter(self) -> np.ndarray:
        """(len(PROFILE_PX),) standard error of `mean`, from the quartiles."""
        low, high = np.percentile(self.profiles, [25, 75], axis=0)
        return 1.2533 * 0.7413 * (high - low) / np.sqrt(len(self.profiles))


def edge_profile(image: np.ndarray) -> tuple[np.ndarray, int]:
    """Median profile of the sharpest edges at PROFILE_PX, and their number. Overshoot is sharpening, slope is blur."""
    edges = sharpest_edges(image)
    return edges.mean, len(edges.profiles)


def sharpest_edges(image: np.ndarray) -> Edges:
    """The sharpest straight, isolated, unclipped edges of display RGB (H, W, 3), at most MOST_KEPT of them."""
    y = luma(image)
    smooth = cv2.GaussianBlur(y, (0, 0), 1.0)
    gx, gy = cv2.Scharr(smooth, cv2.CV_32F, 1, 0) / 32, cv2.Scharr(smooth, cv2.CV_32F, 0, 1) / 32
    strength = np.hypot(gx, gy)
    border = int(REACH_PX[-1]) + 2
    peak = (strength > 6) & (strength >= cv2.dilate(strength, np.ones((3, 3))))
    peak[:border], peak[-border:], peak[:, :border], peak[:, -border:] = False, False, False, False
    rows, cols = np.nonzero(peak)
    strongest = np.argsort(-strength[rows, cols], kind="stable")[:MOST_CANDIDATES]
    rows, cols = rows[strongest], cols[strongest]
    normal = np.stack([gx[rows, cols], gy[rows, cols]], axis=1) / strength[rows, cols][:, None]
    raw = sample_across(y, cols, rows, normal)
    profiles, kept = centred(raw)
    slope = np.max(np.diff(profiles, axis=1), axis=1) if len(profiles) else np.zeros(0)
    sharp = slope >= SHARP_SHARE * np.quantile(slope, SHARPEST) if len(slope) else np.zeros(0, bool)
    order = np.flatnonzero(sharp)
    order = order[:: max(1, -(-len(order) // MOST_KEPT))]
    kept = kept[order]
    sides = [_colour(image, cols[kept] + d * normal[kept, 0], rows[kept] + d * normal[kept, 1]) for d in (-6, 6)]
    return Edges(profiles[order], np.stack(sides, axis=1), normal[kept])


def sample_across(y: np.ndarray, x0: np.ndarray, y0: np.ndarray, normal: np.ndarray) -> np.ndarray:
    """(n, len(REACH_PX)): luma along each normal, averaged over 3 px of the edge."""
    total = 0
    for along in (-1, 0, 1):
        x = x0[:, None] + REACH_PX * normal[:, :1] - along * normal[:, 1:]
        v = y0[:, None] + REACH_PX * normal[:, 1:] + along * normal[:, :1]
        total = total + cv2.remap(y, x.astype(np.float32), v.astype(np.float32), cv2.INTER_CUBIC)
    return total / 3


def centred(raw: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Normalized profiles of isolated edges between two flat, unclipped sides, and which rows of `raw` they are."""
    dark, bright = raw[:, :12], raw[:, -12:]
    low, high = dark.mean(axis=1), bright.mean(axis=1)
    step = high - low
    flat = np.maximum(dark.std(axis=1), bright.std(axis=1)) < 0.06 * step
    inside = (raw.min(axis=1) > 3) & (raw.max(axis=1) < 252)
    kept = np.flatnonzero(flat & inside & (step > 20))
    profiles = (raw[kept] - low[kept, None]) / step[kept, None]
    middle = raw.shape[1] // 2
    window = profiles[:, middle - 8 : middle + 9]
    crossing = np.argmax(window >= 0.5, axis=1)
    found = crossing > 0
    profiles, window, crossing, kept = profiles[found], window[found], crossing[found], kept[found]
    n = np.arange(len(profiles))
    if not len(n):
        return np.zeros((0, len(PROFILE_PX)), np.float32), kept
    below, above = window[n, crossing - 1], window[n, crossing]
    shift = (crossing - 9 + (0.5 - below) / np.maximum(above - below, 1e-6)) * 0.25
    at = (PROFILE_PX[None] - REACH_PX[0] + shift[:, None]) * 4
    rows = np.repeat(n[:, None], len(PROFILE_PX), 1)
    at, rows = at.astype(np.float32), rows.astype(np.float32)
    return cv2.remap(profiles.astype(np.float32), at, rows, cv2.INTER_LINEAR), kept


def _colour(image: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """(n, 3) display RGB around each point, mean over 3x3 px."""
    soft = cv2.blur(np.ascontiguousarray(image, np.float32), (3, 3))
    return soft[np.rint(y).astype(int), np.rint(x).astype(int)]


@dataclass(frozen=True)
class EdgeChart:
    """Ideal edges side by side. light (H, W, 3): linear. x, y (n,), normal (n, 2): where they are and how they lie."""

    light: np.ndarray
    x: np.ndarray
    y: np.ndarray
    normal: np.ndarray

    def profile(self, image: np.ndarray) -> np.ndarray:
        """(len(PROFILE_PX),) median profile of the chart's edges in a display picture of it; NaN if they are gone."""
        profiles, _ = centred(sample_across(luma(image), self.x, self.y, self.normal))
        if len(profiles) < 0.5 * len(self.x):
            return np.full(len(PROFILE_PX), np.nan, np.float32)
        return np.median(profiles, axis=0)


def chart_of(edges: Edges, light_of) -> EdgeChart:
    """The chart with ideal edges between the colours of `edges`. light_of: display (0-255) to linear light."""
    rng = np.random.default_rng([17])
    across = int(np.ceil(np.sqrt(len(edges.normal))))
    down = -(-len(edges.normal) // across)
    light = np.full((down * PATCH_PX, across * PATCH_PX, 3), 0.2, np.float32)
    dark, bright = light_of(edges.sides[:, 0]), light_of(edges.sides[:, 1])
    n = np.arange(len(edges.normal))
    middle = np.stack([n % across, n // across], axis=1) * PATCH_PX + (PATCH_PX - 1) / 2
    centre = middle + rng.uniform(-0.5, 0.5, (len(n), 2))
    offset = np.arange(PATCH_PX) - (PATCH_PX - 1) / 2
    for i, (column, row) in enumerate((middle - (PATCH_PX - 1) / 2).astype(int)):
        x, y = offset + middle[i, 0] - centre[i, 0], offset + middle[i, 1] - centre[i, 1]
        cover = share_beyond_edge(x[None] * edges.normal[i, 0] + y[:, None] * edges.normal[i, 1], edges.normal[i])
        light[row : row + PATCH_PX, column : column + PATCH_PX] = dark[i] + cover[..., None] * (bright[i] - dark[i])
    return EdgeChart(light, centre[:, 0], centre[:, 1], edges.normal)


def share_beyond_edge(distance: np.ndarray, normal: np.ndarray) -> np.ndarray:
    """Area of square pixels beyond a straight edge; distance: of their centres, along its unit normal (x, y), in px.

    Seen along the normal, a pixel is a box |x| wide blurred by one |y| wide; this is the integral of that.
    """
    a, b = np.maximum(np.abs(normal.astype(float)), 1e-4)
    ends = (((a + b) / 2, 1), ((a - b) / 2, -1), ((b - a) / 2, -1), (-(a + b) / 2, 1))
    return sum(sign * np.maximum(distance + end, 0) ** 2 for end, sign in ends) / (2 * a * b)
