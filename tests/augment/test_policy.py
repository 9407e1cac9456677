import numpy as np

from pipeline.augment import policy as module
from pipeline.augment.names import RAND_AUGMENT
from pipeline.augment.policy import apply_policy, rand_augment
from pipeline.params import RandAugmentParams, StepParams
from tests.augment.drawn import photograph

CHI_SQUARE_999 = {1: 10.83, 2: 13.82, 6: 22.46}
"""Exceeded once in a thousand, by degrees of freedom."""


def chi_square(counts, expected):
    return np.sum((np.array(counts) - expected) ** 2 / expected)


def recorded(monkeypatch):
    """Augmentations that do nothing but write down (name, strength)."""
    calls = []

    def stand_in(name):
        def transform(sample, strength, rng, mates):
            calls.append((name, strength))
            return sample

        return transform

    monkeypatch.setattr(module, "TRANSFORMS", {name: stand_in(name) for name in module.TRANSFORMS})
    return calls


def test_rand_augment_draws_uniformly(monkeypatch):
    calls, rng = recorded(monkeypatch), np.random.default_rng([0])
    for _ in range(1000):
        rand_augment(None, RandAugmentParams(n=3, strength=0.4), rng, [])
    assert len(calls) == 3000 and {strength for _, strength in calls} == {0.4}
    counts = [sum(name == drawn for drawn, _ in calls) for name in RAND_AUGMENT]
    assert sum(counts) == 3000 and chi_square(counts, 3000 / len(RAND_AUGMENT)) < CHI_SQUARE_999[len(RAND_AUGMENT) - 1]


def test_a_policy_is_drawn_by_its_rules(monkeypatch):
    calls, rng = recorded(monkeypatch), np.random.default_rng([1])
    policy = ((StepParams("blur", 1.0, 0.1), StepParams("noise", 0.25, 0.2)), (StepParams("jpeg", 1.0, 0.3),), ())
    for _ in range(3000):
        apply_policy(None, policy, rng, [])
    assert {*calls} == {("blur", 0.1), ("noise", 0.2), ("jpeg", 0.3)}
    blur, noise, jpeg = (sum(name == drawn for drawn, _ in calls) for name in ("blur", "noise", "jpeg"))
    assert chi_square([blur, jpeg, 3000 - blur - jpeg], 1000) < CHI_SQUARE_999[2]
    assert chi_square([noise, blur - noise], np.array([0.25, 0.75]) * blur) < CHI_SQUARE_999[1]
    assert all(calls[i - 1][0] == "blur" for i, (name, _) in enumerate(calls) if name == "noise")  # in order


def test_off_is_untouched_and_draws_nothing():
    sample, rng = photograph(np.random.default_rng([2])), np.random.default_rng([3])
    off = rand_augment(apply_policy(sample, (), rng, []), RandAugmentParams(0, 0.5), rng, [])
    assert off is sample and rng.random() == np.random.default_rng([3]).random()


def test_steps_build_on_each_other():
    sample = photograph(np.random.default_rng([4]))
    twice = apply_policy(sample, ((StepParams("flip", 1.0, 1.0),) * 2,), np.random.default_rng([5]), [])
    np.testing.assert_array_equal(twice.image, sample.image)
    once = apply_policy(sample, ((StepParams("flip", 1.0, 1.0),),), np.random.default_rng([5]), [])
    np.testing.assert_array_equal(once.image, sample.image[:, ::-1])
