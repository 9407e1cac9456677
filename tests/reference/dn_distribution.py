"""The exact distribution of a raw pixel, written out slowly, and the chi-square test against it."""

import numpy as np
from scipy.stats import chi2, norm, poisson


def dn_pmf(sensor, light_e, dark_e):
    """Probabilities (max_dn + 1,) of a pixel's DN; light_e, dark_e: mean electrons of light and dark current.

    The pixel is any of the camera, in a row of its own, so its sensitivity, offset and row noise are random too.
    With k electrons in the well, k = min(Poisson(light_e * s + dark_e), full well), s = Normal(1, prnu), the ADC
    sees black level + K * Normal(k, read^2 + row^2 + dsnu^2), rounds it and clips it to [0, max_dn].
    """
    mean_e = light_e + dark_e
    spread = 9 * np.sqrt(mean_e + (sensor.prnu * light_e) ** 2) + 30
    full = int(sensor.full_well_e)
    assert full == sensor.full_well_e, "the sum is over whole electrons"
    electrons = np.arange(max(0, int(mean_e - spread)), int(mean_e + spread))
    charge = np.zeros(len(electrons))
    nodes, weights = np.polynomial.hermite_e.hermegauss(61)
    for node, weight in zip(nodes, weights / weights.sum(), strict=True):
        charge += weight * poisson.pmf(electrons, light_e * max(0.0, 1 + sensor.prnu * node) + dark_e)
    gain = sensor.gain_dn_per_e
    sigma_dn = gain * np.sqrt(sensor.read_noise_e**2 + sensor.row_noise_e**2 + sensor.dsnu_e**2)
    edges = np.arange(sensor.max_dn) + 0.5  # between neighbouring DN; below the first is 0, above the last max_dn
    below = np.zeros(len(edges))
    for count, probability in zip(np.minimum(electrons, full), charge, strict=True):
        if probability > 1e-15:
            centre = sensor.black_level_dn + gain * count
            near = slice(*np.searchsorted(edges, (centre - 9 * sigma_dn, centre + 9 * sigma_dn)))
            below[near] += probability * norm.cdf((edges[near] - centre) / sigma_dn)
            below[near.stop:] += probability
    return np.diff(np.concatenate([[0.0], below, [charge.sum()]]))


def chi_square_p(frame, pmf, least=10):
    """p-value of Pearson's test; neighbouring DN share a bin until it expects at least `least` pixels."""
    observed, expected = np.bincount(frame.ravel(), minlength=len(pmf)), frame.size * pmf / pmf.sum()
    starts, total = [0], 0.0
    for dn, pixels in enumerate(expected):
        if total >= least:
            starts.append(dn)
            total = 0.0
        total += pixels
    if total < least and len(starts) > 1:
        starts.pop()
    observed, expected = np.add.reduceat(observed, starts), np.add.reduceat(expected, starts)
    return chi2.sf(((observed - expected) ** 2 / expected).sum(), len(starts) - 1)
