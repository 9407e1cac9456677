"""What a ruler would read off a picture."""

import numpy as np


def psnr_db(a: np.ndarray, b: np.ndarray) -> float:
    """Peak signal (1.0, display white) to noise ratio of two linear pictures; inf where they are equal."""
    with np.errstate(divide="ignore"):
        return float(-10 * np.log10(np.mean((a - b) ** 2)))


def share_of(light: np.ndarray, colour, background) -> np.ndarray:
    """(H, W): how much of each pixel of a two-coloured picture is `colour`, from (H, W, 3) linear light."""
    step = np.array(colour, float) - background
    return (light - background) @ step / (step @ step)


def centres_of_rows(share: np.ndarray) -> np.ndarray:
    """x of the middle of what each row shows."""
    return (share * np.arange(share.shape[1])).sum(axis=1) / share.sum(axis=1)


def blur_length_px(ramp: np.ndarray) -> float:
    """Length of the box blur that made an edge, drawn as a ramp one pixel long, into `ramp` (1-D, from 1 to 0).

    The ramp's slope is three boxes convolved: the blur, the drawn ramp and the pixel; their variances add up.
    """
    slope, x = ramp[:-1] - ramp[1:], np.arange(len(ramp) - 1)
    mean = (slope * x).sum() / slope.sum()
    variance = (slope * (x - mean) ** 2).sum() / slope.sum()
    return float(np.sqrt(12 * variance - 2))
