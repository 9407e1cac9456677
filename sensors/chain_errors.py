"""How sure a fit of the chain is: an interval for every unknown, and whole cameras that the frames do not rule out."""

import numpy as np
from scipy.stats import chi2

from sensors.profile import CameraProfile
from sensors.search import Found
from sensors.trials import DARK, HIGH, LOW, Trials

# half-width of an interval over the deviation that the residuals suggest: known cameras are found with errors three
# times as large as that, because neighbouring samples and coefficients share what disturbs them
INTERVAL, ERRORS = 5.0, 3.0
CANDIDATES, CAMERAS = 256, 16
DETAIL = 0.5  # of the finest detail that the best camera shows, at least
NOISE = 2.0  # times what the frames or the best camera show at an intensity, at most
KEYS = ("optics.psf_sigma_px", "isp.denoise_sigma_px", "isp.sharpening", "isp.sharpening_sigma_px",
        "sensor.electrons_at_white", "sensor.read_noise_e")  # fmt: skip


def covariance_of(found: Found, held: np.ndarray) -> np.ndarray:
    """Of the unknowns, as the residuals suggest; 0 for those that were held."""
    covariance = np.zeros((len(held), len(held)))
    free = found.jacobian[:, ~held]
    covariance[np.ix_(~held, ~held)] = np.linalg.inv(free.T @ free)
    return covariance


def ranges_of(x: np.ndarray, covariance: np.ndarray) -> dict[str, tuple[float, float]]:
    """An interval for every key."""
    covariance = covariance * INTERVAL**2
    half = np.sqrt(np.diag(covariance))
    low, high = np.clip(x - half, LOW, HIGH), np.clip(x + half, LOW, HIGH)
    electrons, share = np.exp(x[4]), x[5]
    # read noise squared is share * electrons, and the two errors hang together
    gradient = np.array([share, 1.0])
    spread = np.sqrt(gradient @ covariance[4:, 4:] @ gradient)
    read = np.sqrt(np.maximum([share - spread, share + spread], 0.0) * DARK * electrons)
    bounds = [np.sqrt([low[0], high[0]]), np.sqrt([low[1], high[1]]), [low[2], high[2]], [low[3], high[3]],
              np.exp([low[4], high[4]]), read]  # fmt: skip
    return {key: (float(pair[0]), float(pair[1])) for key, pair in zip(KEYS, bounds, strict=True)}


def cameras_not_ruled_out(trials: Trials, found: Found, covariance: np.ndarray) -> list[CameraProfile]:
    """The best camera, and up to CAMERAS - 1 others that explain the frames nearly as well.

    Sharpening and noise, lens and smoothing stand in for each other: values drawn from every key's own interval would
    make cameras that the frames do rule out. Noise below a codec's steps leaves hardly a trace, so that residuals
    forgive any miss of it; a camera with noise far above what the frames show is ruled out by itself.
    """
    rng = np.random.default_rng([29])
    worst = found.residuals @ found.residuals + ERRORS**2 * chi2.ppf(0.95, np.count_nonzero(covariance.diagonal()))
    detail = DETAIL * trials.detail_shown(found.x)
    kept = [found.x]
    for values in rng.multivariate_normal(found.x, covariance * ERRORS**2, CANDIDATES, check_valid="ignore"):
        values = LOW + np.abs(values - LOW)  # what is on a bound, as often is, stays near it
        values = np.minimum(values, HIGH)
        residuals = trials.residuals(values)
        if residuals @ residuals > worst or trials.detail_shown(values) < detail:
            continue
        if not _is_too_noisy(trials, values, found.x):
            kept.append(values)
        if len(kept) == CAMERAS:
            break
    return [trials.camera(values) for values in kept]


def _is_too_noisy(trials: Trials, values: np.ndarray, best: np.ndarray) -> bool:
    """Whether at some intensity the noise is far stronger than in the frames and than what the best camera shows."""
    if not trials.seen.has_noise:
        return False
    made, of_best = (trials.formula(camera) + trials.shift for camera in (values, best))  # log variances
    surplus = made - np.maximum(of_best, trials.real)
    return bool(surplus[: np.count_nonzero(trials.told)].max() > 2 * np.log(NOISE))


def values_of(camera: CameraProfile, keys) -> dict[str, float]:
    """The camera's own values of such keys."""
    return {key: float(getattr(getattr(camera, key.split(".")[0]), key.split(".")[1])) for key in keys}
