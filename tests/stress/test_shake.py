import numpy as np
import pytest
from scipy.integrate import quad

from pipeline.stress.shake import Shake, draw_shake
from tests.stress.made_up import STRESS


def speed(shake, t):
    """From the derivative, by hand."""
    omega = 2 * np.pi * shake.vibration_hz
    swing = np.array(shake.vibration_px) * omega * np.cos(omega * t + shake.phase)
    return np.linalg.norm(np.array(shake.pan_px_s) + swing)


@pytest.mark.parametrize("seed", range(8))
def test_the_path_until_the_duration_has_the_length_asked_for(seed):
    shake = draw_shake(np.random.default_rng([seed]), STRESS)
    for path_px in (1.0, 16.0, 90.0):
        duration = shake.duration_s(path_px)
        length = quad(lambda t: speed(shake, t), 0, duration, limit=500)[0]
        assert length == pytest.approx(path_px, rel=0.01)


@pytest.mark.parametrize("seed", range(8))
def test_nothing_is_faster_than_the_bound_and_no_shift_is_longer_than_half_the_path(seed):
    shake = draw_shake(np.random.default_rng([seed]), STRESS)
    assert max(speed(shake, t) for t in np.linspace(0, 0.3, 999)) <= shake.max_speed_px_s() * (1 + 1e-9)
    duration = shake.duration_s(40.0)
    shifts = shake.centred(duration).offset_px(np.linspace(0, duration, 777))
    assert np.abs(shifts).max() <= 20.0 + 0.01
    np.testing.assert_allclose(shifts.max(axis=0), -shifts.min(axis=0), atol=0.02)


def test_a_steady_turn_takes_path_over_speed():
    assert Shake(pan_px_s=(300.0, 400.0)).duration_s(25.0) == pytest.approx(0.05)


def test_the_same_draw_again_is_the_same_shake():
    first, again, other = (draw_shake(np.random.default_rng([seed]), STRESS) for seed in (1, 1, 2))
    assert first == again != other
