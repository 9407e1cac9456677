"""Point spread, sharpening, denoising and noise of a camera, found together by analysis through synthesis.

A trial camera photographs what the real one saw; edges, noise against intensity and the noise's spectrum are measured
alike in both, and least squares moves the trial until they agree. Together, because the parts hide behind each other:
sharpening amplifies noise and steepens edges, denoising weakens noise and softens edges. The sensor's noise is white,
so its spectrum shows what the processing does; the edges then tell the lens.
"""

from dataclasses import replace
from operator import itemgetter

import numpy as np

from sensors.chain_errors import cameras_not_ruled_out, covariance_of, ranges_of, values_of
from sensors.fits import Fit
from sensors.profile import CameraProfile
from sensors.search import Found, least_squares
from sensors.trials import DARK, FEWEST_LEVELS, FRAMES, HIGH, LEAST_NOISE_DN, LOW, ROUGH_FRAMES, Seen, Trials

NO_NOISE = f"sensor, isp.denoise_sigma_px: fewer than {FEWEST_LEVELS} intensities show noise of {LEAST_NOISE_DN} DN"
ALIEN_NOISE = ("isp.denoise_sigma_px: no such processing gives a sensor's noise this spectrum (a video codec may); "
               "optics.psf_sigma_px holds both, and the noise agrees in the strength of its grain only")
NO_EDGES = "optics.psf_sigma_px: only {} usable edges"
STEPS = np.array([0.2, 0.12, 0.3, 0.25, 0.2, 0.6])
DENOISE = np.array([False, True, False, False, False, False])  # which unknown it is
PSFS = (0.5, 0.8, 1.1, 1.5, 2.0)
SHARPENINGS, WIDTHS_PX = (0.0, 0.6, 1.2, 2.2), (0.9, 1.8)
ALIEN_ERRORS = 2.0  # by which the best camera may miss the noise's spectrum; simulated ones are missed by 0.3 to 0.5
NEAR = 2  # of the rough descents are followed by a fine one
ROUNDS, SETTLED = 4, 0.1  # corrections at most; the last changes no unknown by more than this share of STEPS


def fit_chain(profile: CameraProfile, seen: Seen, grain: Seen) -> Fit:
    """optics.psf_sigma_px, sharpening, denoising, electrons_at_white and read noise, with their intervals.

    grain: the same edges, and the noise of single frames. It counts where the noise of `seen` is not a sensor's, as
    behind a video codec: what changes between frames is then not what a frame shows.
    Electrons are those that white frees behind the tone curve assumed, white-balance gains at 1, in the green channel.
    """
    if not seen.has_edges and not seen.has_noise:
        return Fit(profile, {}, (NO_EDGES.format(len(seen.edges.profiles)), NO_NOISE))
    trials = Trials(profile, seen)
    found = _best(trials, denoises2=(0.0, 0.25), high=HIGH)
    alien = seen.has_noise and trials.spectrum_misfit(found.x) > ALIEN_ERRORS
    if alien:
        trials = Trials(profile, grain)
        trials.leave_spectrum()
        found = _best(trials, denoises2=(0.0,), high=np.where(DENOISE, 0.0, HIGH))
    fitted, unknown = trials.camera(found.x), [ALIEN_NOISE] if alien else []
    covariance = covariance_of(found, held=DENOISE & alien)
    ranges = ranges_of(found.x, covariance)
    if not seen.has_edges:
        unknown.append(NO_EDGES.format(len(seen.edges.profiles)))
        fitted = replace(fitted, optics=profile.optics)
        del ranges["optics.psf_sigma_px"]
    if not seen.has_noise:
        unknown.append(NO_NOISE)
        fitted = replace(fitted, sensor=None, isp=replace(fitted.isp, denoise_sigma_px=0.0))
        ranges = {key: ranges[key] for key in ranges if not key.startswith(("sensor", "isp.denoise"))}
    elif ranges["sensor.read_noise_e"][0] == 0:
        most = ranges["sensor.read_noise_e"][1]
        unknown.append(f"sensor.read_noise_e: hidden below shot noise, rounding and codec; at most {most:.3g} e-")
    joint = tuple(values_of(camera, ranges) for camera in cameras_not_ruled_out(trials, found, covariance))
    return Fit(fitted, ranges, tuple(unknown), joint=joint)


def _best(trials: Trials, denoises2: tuple[float, ...], high: np.ndarray) -> Found:
    """From every start roughly, from the best of them finely: rough trials cannot tell the best from the second."""
    rough = [_ranked(trials, start, ROUGH_FRAMES, high) for start in _starts(trials, denoises2)]
    near = sorted(rough, key=itemgetter(0))[:NEAR]
    fine = [_ranked(trials, x, FRAMES, high, balanced=True) for _, x in near]
    return _descend(trials, min(fine, key=itemgetter(0))[1], FRAMES, high, balanced=True)


def _ranked(trials: Trials, start: np.ndarray, frames: int, high: np.ndarray, balanced: bool = False):
    """How badly the camera that was found from there explains the frames, and its unknowns."""
    x = _descend(trials, start, frames, high, balanced).x
    return trials.misfit(x), x


def _descend(trials: Trials, x: np.ndarray, frames: int, high: np.ndarray, balanced: bool = False) -> Found:
    """The best camera near `x`: least squares by formulas, again and again corrected where it led.

    Balanced only when near: what a camera far off misses would be trusted too little to lead anywhere.
    """
    for _ in range(ROUNDS):
        trials.correct(x, frames)
        trials.balance(x) if balanced else trials.trust_all()
        found = least_squares(trials.residuals, x, STEPS, LOW, high, iterations=4)
        before, x = x, found.x
        if np.abs((x - before) / STEPS).max() < SETTLED:
            break
    return found


def _starts(trials: Trials, denoises2: tuple[float, ...]) -> list[np.ndarray]:
    """Where to begin: the lens and sharpening that explain the edges best, narrow and wide, with each such denoising.

    Several, because strong narrow sharpening looks much like weak wide sharpening, and more denoising with more
    sharpening much like less of both: descents stay on their side.
    """
    starts = []
    for width in WIDTHS_PX:
        edges = (np.array([psf**2, 0.0, amount, width, np.log(2000.0), 1.0]) for psf in PSFS for amount in SHARPENINGS)
        best = min(edges, key=lambda values: np.sum(trials.edge_residuals(values) ** 2))
        for denoise2 in denoises2:
            moved = best.copy()
            moved[:2] = max(best[0] - denoise2, 0.1), denoise2
            if trials.seen.has_noise:
                moved[4:] = _first_noise(trials, moved)
            starts.append(moved)
    return starts


def _first_noise(trials: Trials, values: np.ndarray) -> np.ndarray:
    """Electrons and read noise by a straight line: variance in linear light over light."""
    x = trials.light
    count = len(x)
    for _ in range(2):
        ratio = np.exp(trials.real - trials.formula(values))[:count]
        variance = ratio * (x + values[5] * DARK) / np.exp(values[4])
        root = trials.noise_weight[:count] / variance
        design = np.stack([x, np.ones_like(x)], axis=1) * root[:, None]
        slope, offset = np.linalg.lstsq(design, variance * root, rcond=None)[0]
        slope = max(slope, 1e-5)
        values = np.clip([*values[:4], -np.log(slope), offset / slope / DARK], LOW, HIGH)
    return values[4:]
