"""The sensor, judged by the reference implementation of EMVA 1288, and pixel for pixel by its exact distribution."""

from dataclasses import replace

import numpy as np
from scipy.stats import norm

from sensors import Camera, CameraProfile, Sensor
from tests.prove.claim import Claim, at_least, at_most
from tests.reference.dn_distribution import chi_square_p, dn_pmf
from tests.reference.standard import measure

PROFILES = ("phone", "dashcam", "industrial", "low_light", "hdr")
SAMPLE = ("phone",)
SEED = 1288


def claims(full):
    profiles = PROFILES if full else SAMPLE
    cameras = {name: Camera.from_profile(name) for name in profiles}
    size = 512 if full else 256
    return [*standard_claims(cameras, (size, size)), *distribution_claims(cameras, size**2),
            quantization_claim(16 * size**2)]


def expected(sensor, exposure_s):
    """What the standard should find for a sensor that is as its profile says, at one exposure time t.

    K: the profile's gain. The temporal dark noise sigma_d holds all that varies in the dark, which is more than
    the read noise: sigma_d^2 = read^2 + row^2 + dark_current * t. Saturation is where the temporal variance is
    highest, which is a little below the well: see `saturation_e`. SNR_max = sqrt(saturation). The sensitivity
    threshold is the signal at which SNR is 1, in which quantization counts too: mu_e.min =
    sqrt(sigma_d^2 + 1 / (12 K^2)) + 1/2, and the dynamic range saturation / mu_e.min.
    """
    dark_variance = sensor.read_noise_e**2 + sensor.row_noise_e**2 + sensor.dark_current_e_s * exposure_s
    saturation = saturation_e(sensor, exposure_s, dark_variance)
    threshold = np.sqrt(dark_variance + 1 / (12 * sensor.gain_dn_per_e**2)) + 0.5
    return {
        "K": sensor.gain_dn_per_e,
        "QE": 100 * sensor.quantum_efficiency,
        "sigma_d": np.sqrt(dark_variance),
        "u_e_sat": saturation,
        "SNR_max": np.sqrt(saturation),
        "u_e_min": threshold,
        "DR": saturation / threshold,
        "DSNU1288": sensor.dsnu_e,
        "PRNU1288": 100 * sensor.prnu,
    }


def saturation_e(sensor, exposure_s, dark_variance):
    """Light [e-] at which the temporal variance, mean over the pixels, is highest.

    A pixel of sensitivity 1 + prnu * n, n normal, holds min(X, c), X = Normal(m, s^2) with s^2 = m + dark variance,
    c the charge at which well or ADC is full. With z = (c - m) / s and the normal distribution phi, Phi:
    E[c - min] = s (z Phi + phi), E[(c - min)^2] = s^2 ((z^2 + 1) Phi + z phi).
    """
    adc_full = (sensor.max_dn - sensor.black_level_dn) / sensor.gain_dn_per_e
    full, dark = min(sensor.full_well_e, adc_full), sensor.dark_current_e_s * exposure_s
    light = np.linspace(0.5, 1.1, 6001) * full
    variance = 0.0
    nodes, weights = np.polynomial.hermite_e.hermegauss(61)
    for node, weight in zip(nodes, weights, strict=True):
        pixel = light * (1 + sensor.prnu * node)
        s = np.sqrt(pixel + dark_variance)
        z = (full - pixel - dark) / s
        missing = z * norm.cdf(z) + norm.pdf(z)
        variance += weight * s**2 * ((z**2 + 1) * norm.cdf(z) + z * norm.pdf(z) - missing**2)
    return light[variance.argmax()]


LABELS = {
    "K": "system gain K", "QE": "quantum efficiency", "sigma_d": "temporal dark noise (read, row, dark current)",
    "u_e_sat": "saturation capacity (at the highest variance)", "SNR_max": "SNR_max", "DR": "dynamic range",
    "u_e_min": "sensitivity threshold", "DSNU1288": "DSNU", "PRNU1288": "PRNU",
    "read": "read and row noise, extrapolated to no exposure", "dark_mean": "dark current, from the mean",
    "dark_variance": "dark current, from the variance",
}
LIMITS = {"DSNU1288": 5.0, "PRNU1288": 5.0}  # percent; 2 for all others


def standard_claims(cameras, shape):
    """One claim per figure of the standard: the worst relative error over the cameras, in percent."""
    errors = {}
    for number, camera in enumerate(cameras.values()):
        for key, found, should in figures(camera, shape, [SEED, number]):
            errors.setdefault(key, []).append(100 * abs(found / should - 1))
    return [at_most(f"EMVA 1288, {LABELS[key]}: error of the standard's figure [%]", np.max(values),
                    LIMITS.get(key, 2.0), len(values)) for key, values in errors.items()]


def figures(camera, shape, seed):
    """(key, what the standard finds, what the profile says) of one camera."""
    sensor, exposure_us = camera.profile.sensor, camera.profile.shutter.exposure_us
    should = expected(sensor, exposure_us * 1e-6)
    saturation = should["u_e_sat"] / sensor.quantum_efficiency  # in photons
    # the standard asks for 50; it looks for saturation from above, where the variance must still fall
    steps = np.concatenate([np.linspace(0.04, 0.88, 22), 1 + np.linspace(-7, 4, 30) / should["SNR_max"]])
    light = [(exposure_us, float(step * saturation)) for step in steps]
    found = measure(camera, light, (exposure_us, saturation / 2), stack=32, shape=shape, seed=[*seed, 0])
    yield from ((key, getattr(found, key), value) for key, value in should.items())

    # exposures long enough that the dark current's variance grows to several times that of the read noise
    read = np.hypot(sensor.read_noise_e, sensor.row_noise_e)
    longest_us = 1e6 * 6 * read**2 / sensor.dark_current_e_s
    times = [(float(share * longest_us), float(share * saturation)) for share in np.linspace(0.02, 1, 16)]
    found = measure(camera, times, (times[8][0], saturation / 2), stack=3, shape=shape, seed=[*seed, 1])
    yield "read", found.sigma_d, read
    yield "dark_mean", found.u_I_mean, sensor.dark_current_e_s
    yield "dark_variance", found.u_I_var, sensor.dark_current_e_s


def distribution_claims(cameras, pixels):
    """Chi-square tests of single frames, from the dark to saturation."""
    p_values = []
    for number, camera in enumerate(cameras.values()):
        sensor = camera.profile.sensor
        full_dn = sensor.max_dn - sensor.black_level_dn
        roomy = replace(sensor, dn_per_e=0.9 * full_dn / sensor.full_well_e)  # the whole knee within the ADC's range
        tight = replace(sensor, dn_per_e=1.4 * full_dn / sensor.full_well_e)  # the ADC clips long before the well
        well, adc = sensor.full_well_e, sensor.full_well_e / 1.4
        cases = [(sensor, light) for light in (0, 1, 5, 30, 49, 50, 51, 100, 500, adc)]
        cases += [(roomy, well + deviations * well**0.5) for deviations in (-4, -2, -1, 0, 1)]
        cases += [(roomy, 1.1 * well)]
        cases += [(tight, adc - 3 * adc**0.5), (tight, adc), (tight, adc + adc**0.5)]
        for case, (each, light) in enumerate(cases):
            p_values.append(chi_square_p(*frame_and_pmf(each, light, pixels, [SEED, number, case])))
    return [
        at_least("raw pixels against their exact distribution, 0 e- to saturation: smallest chi-square p times "
                 "the number of tests", len(p_values) * min(p_values), 0.01, len(p_values)),
    ]


def frame_and_pmf(sensor, light_e, pixels, seed):
    """One pixel per row, so that row noise is independent too; an exposure of 20 ms."""
    photons = light_e / sensor.quantum_efficiency
    camera = Camera(CameraProfile(sensor=sensor))
    frame = camera.flat_field(photons, np.random.default_rng(seed), (pixels, 1), exposure_us=20e3)
    return frame, dn_pmf(sensor, light_e, sensor.dark_current_e_s * 0.02)


def quantization_claim(pixels):
    """Rounding adds 1/12 DN^2, once.

    With a read noise of half a DN and nothing else, the variance is 1/4 + 1/12 DN^2; rounding twice, or dithering
    before it, would give 1/4 + 1/6. Two hundred black levels between 100 and 101 DN spread the rounding error evenly.
    """
    found = []
    for step in range(200):
        sensor = Sensor(read_noise_e=0.5, dn_per_e=1.0, black_level_dn=100 + step / 200)
        camera = Camera(CameraProfile(sensor=sensor))
        rng = np.random.default_rng([SEED, step])
        found.append(camera.flat_field(0, rng, (1, pixels // 200)).var(dtype=np.float64, ddof=1))
    return Claim("variance that quantization adds [DN^2]; 1/12 = 0.0833, rounded twice 0.1667", np.mean(found) - 0.25,
                 0.081, 0.0857, len(found))
