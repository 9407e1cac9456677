"""MTF50 of the chain against formulas, measured with the slanted-edge method of ISO 12233.

The prediction is Gaussian point spread x aperture of a square pixel x bilinear demosaic x sharpening, at frequencies
across the edge. Display values are linear (gamma 1), so that sharpening is a linear filter; one claim goes through
the sRGB curve and back.
"""

import numpy as np

from sensors import Camera, CameraProfile, Cfa, Isp, Optics
from sensors.isp import LUMA
from tests.prove.claim import at_most
from tests.reference.slanted_edge import mtf, mtf50
from tests.reference.still_scene import edge, grey, share_beyond

WIDTH, HEIGHT = 129, 160
FREQUENCY = np.linspace(0, 1, 8001)
RED, GREEN = (1.0, 0.0, 0.0), (0.0, 1.0, 0.0)


def claims(full):
    n = 60 if full else 4
    plain = _errors(1, n, _plain, LUMA)
    return [
        _within("slanted-edge method itself, on formulas without a camera", _errors_of_method(n), 0.01),
        _within("near-vertical edges, PSF sigma 0.7 to 2 px", plain[0::2]),
        _within("near-horizontal edges, PSF sigma 0.7 to 2 px", plain[1::2]),
        _within("through the sRGB curve and back", _errors(2, n, _srgb, LUMA)),
        _within("with sharpening", _errors(3, n, _sharpened, LUMA)),
        _within("green, bilinear demosaic", _errors(4, n, _bilinear, GREEN)),
        _within("red, bilinear demosaic", _errors(5, n, _bilinear, RED)),
        _within("luma, bilinear demosaic and sharpening", _errors(6, n, _bilinear_sharpened, LUMA)),
        _within("green, edge-aware demosaic: as without mosaic", _errors(7, n, _edge_aware, GREEN)),
        _within("red, edge-aware demosaic: as bilinear", _errors(8, n, _edge_aware, RED)),
        _within("luma, edge-aware demosaic and sharpening", _errors(9, n, _edge_aware_sharpened, LUMA)),
        _within("PSF sigma 0.25 to 0.7 px (below 0.22, MTF50 is beyond Nyquist)", _errors(10, n, _narrow, LUMA)),
    ]


def _within(what, errors, limit=0.03):
    return at_most(f"MTF50 {what} [relative error]", np.max(np.abs(errors)), limit, len(errors))


def _plain(rng):
    return _profile(rng)


def _narrow(rng):
    return _profile(rng, sigma_px=rng.uniform(0.25, 0.7))


def _srgb(rng):
    return _profile(rng, isp=Isp())


def _sharpened(rng):
    return _profile(rng, isp=_sharpening(rng))


def _bilinear(rng):
    return _profile(rng, cfa=_cfa(rng, "bilinear"))


def _bilinear_sharpened(rng):
    return _profile(rng, cfa=_cfa(rng, "bilinear"), isp=_sharpening(rng))


def _edge_aware(rng):
    return _profile(rng, cfa=_cfa(rng, "edge_aware"))


def _edge_aware_sharpened(rng):
    return _profile(rng, cfa=_cfa(rng, "edge_aware"), isp=_sharpening(rng))


def _profile(rng, sigma_px=None, cfa=None, isp=None):
    optics = Optics(psf_sigma_px=float(sigma_px or rng.uniform(0.7, 2)))
    return CameraProfile(optics=optics, cfa=cfa, isp=isp or Isp(tone_curve="gamma", gamma=1.0))


def _sharpening(rng):
    return Isp(tone_curve="gamma", gamma=1.0, sharpening=float(rng.uniform(0.2, 1.0)),
               sharpening_sigma_px=float(rng.uniform(0.8, 2)))


def _cfa(rng, demosaic):
    return Cfa(str(rng.choice(("RGGB", "BGGR", "GRBG", "GBRG"))), demosaic)


def _errors(seed, count, draw, weights):
    """Relative errors of the measured MTF50; weights: of the colours in the measured value."""
    errors = []
    for i in range(count):
        rng = np.random.default_rng([71, seed, i])
        profile, angle, horizontal = draw(rng), _angle(rng), i % 2 == 1
        chart = edge(WIDTH, HEIGHT, angle, rng.uniform(-1, 1), 0.25, 0.75)
        image = Camera(profile).photograph(grey(chart.T if horizontal else chart), rng).image / 255
        if profile.isp == Isp():
            image = np.where(image <= 0.04045, image / 12.92, ((image + 0.055) / 1.055) ** 2.4)
        value = image @ np.array(weights)
        found = mtf50(*mtf(value.T if horizontal else value))
        errors.append(found / mtf50(FREQUENCY, _predicted(profile, weights, angle)) - 1)
    return errors


def _angle(rng):
    """Of the edge's normal: 3 to 8 degrees off an axis, either way, dark to bright or bright to dark."""
    return np.radians(rng.uniform(3, 8) * rng.choice([-1, 1]) + rng.choice([0, 180]))


def _predicted(profile, weights, angle):
    """The chain's MTF at FREQUENCY across an edge."""
    fx, fy = FREQUENCY * np.cos(angle), FREQUENCY * np.sin(angle)
    response = _gaussian(profile.optics.psf_sigma_px) * np.sinc(fx) * np.sinc(fy)
    if profile.cfa is not None:
        response = response * _demosaiced(fx, fy, weights, profile.cfa.demosaic)
    return response * (1 + profile.isp.sharpening * (1 - _gaussian(profile.isp.sharpening_sigma_px)))


def _demosaiced(fx, fy, weights, demosaic):
    """What is left of each colour, mean over all phases of the mosaic, which a slanted edge averages.

    Half the pixels measure green, the others take the mean of their 4 neighbours; a quarter measures red (or blue),
    the others take the mean of their 2 or 4. Edge-aware takes green from along the edge, where nothing changes.
    """
    cx, cy = np.cos(2 * np.pi * fx), np.cos(2 * np.pi * fy)
    green = 0.5 + (cx + cy) / 4 if demosaic == "bilinear" else 1
    return weights[1] * green + (weights[0] + weights[2]) * (1 + cx) * (1 + cy) / 4


def _gaussian(sigma_px):
    return np.exp(-2 * (np.pi * sigma_px * FREQUENCY) ** 2)


def _errors_of_method(count):
    """The method's own: edges blurred by an integral, no camera, no 8 bits."""
    nodes, shares = np.polynomial.hermite_e.hermegauss(61)
    errors = []
    for i in range(count):
        rng = np.random.default_rng([71, 0, i])
        sigma, angle = rng.uniform(0.3, 2), _angle(rng)
        y, x = np.mgrid[:HEIGHT, :WIDTH].astype(float)
        distance = (x - WIDTH / 2) * np.cos(angle) + (y - HEIGHT / 2) * np.sin(angle)
        blurred = sum(s * share_beyond(distance + sigma * n, angle) for n, s in zip(nodes, shares, strict=True))
        expected = _gaussian(sigma) * np.sinc(FREQUENCY * np.cos(angle)) * np.sinc(FREQUENCY * np.sin(angle))
        errors.append(mtf50(*mtf(blurred)) / mtf50(FREQUENCY, expected) - 1)
    return errors
