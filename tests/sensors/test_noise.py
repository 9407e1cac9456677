import numpy as np
import pytest
from scipy import stats

from sensors import ProfileError, Sensor
from sensors.noise import COUNTABLE_BELOW_E, expose_sensor, fixed_pattern, gaussian_from_e, noisy_electrons


def flat(level, sensor, frames=2, size=(400, 400), exposure_s=0.0, seed=0):
    rng = np.random.default_rng([seed])
    signal = np.full(size, level, np.float32)
    stack = [expose_sensor(signal, sensor, exposure_s, rng) for _ in range(frames)]
    return np.stack(stack).astype(np.float64)


@pytest.mark.parametrize("read_noise_e", [0.6, 3.0])
def test_photon_transfer_line(read_noise_e):
    """Variance against mean is a line: slope K, offset K^2 read^2 + 1/12 (EMVA 1288)."""
    sensor = Sensor(electrons_at_white=2000, full_well_e=4000, read_noise_e=read_noise_e, bit_depth=12,
                    black_level_dn=64, dn_per_e=1.7)
    levels = np.array([0.005, 0.01, 0.02, 0.05, 0.1, 0.3, 0.6, 0.9])
    means, variances = [], []
    for i, level in enumerate(levels):
        a, b = flat(level, sensor, seed=i)
        means.append(((a + b) / 2).mean() - 64)
        variances.append(((a - b) ** 2).mean() / 2)
    expected = 1.7 * np.array(means) + 1.7**2 * read_noise_e**2 + 1 / 12
    np.testing.assert_allclose(variances, expected, rtol=0.02)
    np.testing.assert_allclose(means, 1.7 * 2000 * levels, rtol=0.01)


def test_rounding_is_the_only_quantization_noise():
    sensor = Sensor(electrons_at_white=1e9, full_well_e=1e9, bit_depth=8, dn_per_e=255e-9)
    ramp = np.linspace(0.1, 0.9, 640000, dtype=np.float64).reshape(800, 800)
    error = expose_sensor(ramp.astype(np.float32), sensor, 0, np.random.default_rng([1])) - ramp * 255
    assert error.var() == pytest.approx(1 / 12, rel=0.01)


@pytest.mark.parametrize("mean_e", [0.3, 4.0, 30.0, 60.0, 400.0])
@pytest.mark.parametrize("read_noise_e", [0.0, 2.0, 2.5, 4.0, 9.0])
def test_electrons_follow_the_analytic_distribution(mean_e, read_noise_e):
    mean = np.full((300, 400), mean_e, np.float32)
    drawn = noisy_electrons(mean, read_noise_e, 1e6, np.random.default_rng([8]))
    counts = np.arange(0, int(mean_e + 12 * np.sqrt(mean_e) + 12))
    share = stats.poisson.pmf(counts, mean_e)
    edges = np.arange(np.floor(mean_e - 5 * np.sqrt(mean_e + read_noise_e**2)) - 0.5, mean_e * 1.1
                      + 6 * np.sqrt(mean_e + read_noise_e**2) + 1, max(1, np.sqrt(mean_e) // 2))
    if read_noise_e > 0:
        cdf = (share * stats.norm.cdf((edges[:, None] - counts) / read_noise_e)).sum(axis=1)
    else:
        cdf = np.array([share[counts <= edge].sum() for edge in edges])
    expected = np.diff(cdf) * drawn.size
    found = np.histogram(drawn, edges)[0]
    keep = expected > 10
    chi2 = ((found - expected)[keep] ** 2 / expected[keep]).sum()
    assert stats.chi2.sf(chi2, keep.sum() - 1) > 1e-3


@pytest.mark.parametrize("read_noise_e", [COUNTABLE_BELOW_E, 1.0, 1.99, 2.0, 2.7, 3.99, 4.0, 5.0, 12.0])
def test_one_normal_draw_stands_for_shot_and_read_noise(read_noise_e):
    """Its distribution function against the exact one, analytically, for all mean signals where it is used."""
    for mean_e in np.geomspace(max(gaussian_from_e(read_noise_e), 0.02), 400, 50):
        variance = mean_e + read_noise_e**2
        skew = mean_e / variance / 6
        linear = np.sqrt(variance - 2 * skew**2)
        x = np.linspace(mean_e - 6 * np.sqrt(variance), mean_e + 6 * np.sqrt(variance), 501)
        inside = linear**2 - 4 * skew * (mean_e - skew - x)  # of mean + linear z + skew (z^2 - 1) = x, solved for z
        root = np.sqrt(np.maximum(inside, 0))
        upper, lower = (-linear + root) / (2 * skew), (-linear - root) / (2 * skew)
        stands_in = np.where(inside > 0, stats.norm.cdf(upper) - stats.norm.cdf(lower), 0)
        counts = np.arange(int(mean_e + 12 * np.sqrt(mean_e) + 15))
        share = stats.poisson.pmf(counts, mean_e)
        exact = (share * stats.norm.cdf((x[:, None] - counts) / read_noise_e)).sum(axis=1)
        assert np.abs(stands_in - exact).max() < 2.1e-4, mean_e


def test_dark_current_adds_electrons_and_their_noise():
    sensor = Sensor(dark_current_e_s=500, full_well_e=10000, dn_per_e=2.0, bit_depth=14, black_level_dn=100)
    a, b = flat(0, sensor, exposure_s=0.2)
    assert a.mean() - 100 == pytest.approx(2 * 100, rel=0.01)
    assert ((a - b) ** 2).mean() / 2 == pytest.approx(4 * 100 + 1 / 12, rel=0.03)


def test_read_noise_survives_at_black():
    sensor = Sensor(read_noise_e=5, black_level_dn=64, dn_per_e=0.4)
    assert flat(0, sensor)[0].std() == pytest.approx(np.sqrt((0.4 * 5) ** 2 + 1 / 12), rel=0.02)
    assert flat(0, sensor)[0].mean() == pytest.approx(64, abs=0.05)


def test_full_well_saturates_before_the_read_noise():
    sensor = Sensor(electrons_at_white=5000, full_well_e=3000, read_noise_e=4, dn_per_e=1.0)
    frame = flat(0.9, sensor)[0]
    assert frame.mean() == pytest.approx(3000, abs=0.1)
    assert frame.std() == pytest.approx(np.sqrt(16 + 1 / 12), rel=0.02)


def test_fixed_patterns_stay_and_row_noise_does_not():
    sensor = Sensor(electrons_at_white=1e6, full_well_e=2e6, prnu=0.01, dsnu_e=300, row_noise_e=200,
                    bit_depth=16, dn_per_e=0.03, black_level_dn=500)
    frames = flat(0.5, sensor, frames=12)
    pattern = (frames - frames.mean(axis=2, keepdims=True)).mean(axis=0)
    assert pattern.std() == pytest.approx(0.03 * np.hypot(0.01 * 5e5, 300), rel=0.05)
    rows = (frames - frames.mean(axis=0)).mean(axis=2)
    assert rows.std() == pytest.approx(0.03 * 200, rel=0.1)
    sensitivity, offset = fixed_pattern(sensor, (400, 400))
    assert sensitivity.std() == pytest.approx(0.01, rel=0.02) and offset.std() == pytest.approx(300, rel=0.02)


def test_same_seed_same_frame():
    sensor = Sensor(read_noise_e=3, row_noise_e=1)
    np.testing.assert_array_equal(flat(0.3, sensor, seed=4), flat(0.3, sensor, seed=4))


def test_the_gain_fills_the_adc_by_default():
    sensor = Sensor(electrons_at_white=2000, full_well_e=8000, bit_depth=10, black_level_dn=64)
    assert sensor.white_dn == pytest.approx(1023)


@pytest.mark.parametrize("values,message", [
    ({"full_well_e": 0}, "sensor.full_well_e: expected a number from 1 to 1e.09, found 0"),
    ({"bit_depth": 12.0}, "sensor.bit_depth: expected a whole number from 6 to 16, found 12.0"),
    ({"read_noise_e": float("nan")}, "sensor.read_noise_e"),
    ({"dn_per_e": 1e-6, "electrons_at_white": 1}, "white is at least 1 DN above black"),
])
def test_errors(values, message):
    with pytest.raises(ProfileError, match=message):
        Sensor(**values)
