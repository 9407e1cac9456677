"""What all augmentations have in common, under their names."""

import numpy as np
import pytest

from pipeline.augment.mates import fitted
from pipeline.augment.names import NAMES
from pipeline.augment.sample import Sample
from pipeline.augment.transforms import MIRRORING, TRANSFORMS
from pipeline.errors import UserError
from tests.augment.drawn import HEIGHT, WIDTH, photograph

PHOTOMETRIC = ("colour_jitter", "blur", "noise", "jpeg")
MIXING = ("mixup_naive", "mixup_box_aware", "cutmix", "mosaic", "copy_paste")
IN_STEPS = ("flip", "vertical_flip", "copy_paste")  # all or nothing, whole objects


def run(name, strength, seed, sample=None):
    rng = np.random.default_rng([1])
    mates = [photograph(rng) for _ in range(4)]
    return TRANSFORMS[name](sample or photograph(rng), strength, np.random.default_rng([seed]), mates)


def same(a, b):
    return all(np.array_equal(getattr(a, name), getattr(b, name)) for name in vars(a))


def test_the_registry_holds_every_name():
    assert tuple(TRANSFORMS) == NAMES and set(MIRRORING) == {"flip", "vertical_flip"}


@pytest.mark.parametrize("name", NAMES)
def test_strength_0_is_nothing_and_1_is_something(name):
    sample = photograph(np.random.default_rng([2]))
    assert same(run(name, 0.0, 3, sample), sample)
    assert not same(run(name, 1.0, 3, sample), sample)


@pytest.mark.parametrize("name", [name for name in NAMES if name not in IN_STEPS])
def test_strength_begins_smoothly(name):
    sample = photograph(np.random.default_rng([2]))
    little = run(name, 1e-6, 4, sample)
    assert np.abs(little.image.astype(float) - sample.image).mean() < 1
    np.testing.assert_allclose(little.boxes[: len(sample.boxes)], sample.boxes, atol=1.01)


@pytest.mark.parametrize("name", [name for name in NAMES if name not in IN_STEPS])
def test_more_strength_changes_more(name):
    sample = photograph(np.random.default_rng([2]))

    def change(strength):
        runs = [run(name, strength, seed, sample).image.astype(float) for seed in range(8)]
        return np.mean([np.abs(image - sample.image).mean() for image in runs])

    assert 0 < change(0.25) < change(0.5) < change(1.0)


@pytest.mark.parametrize("name", NAMES)
def test_the_generator_decides_and_nothing_else_changes(name):
    sample = photograph(np.random.default_rng([2]))
    before = Sample(**{key: value.copy() for key, value in vars(sample).items()})
    first = run(name, 0.7, 5, sample)
    assert same(first, run(name, 0.7, 5, sample)) and same(sample, before)


@pytest.mark.parametrize("name", NAMES)
def test_samples_stay_samples(name):
    for seed in range(6):
        sample = run(name, 0.8, seed)
        count = len(sample.boxes)
        assert sample.image.shape == (HEIGHT, WIDTH, 3) and sample.image.dtype == np.uint8
        assert sample.boxes.shape == (count, 4) and sample.boxes.dtype == np.float32
        assert (sample.boxes[:, :2] < sample.boxes[:, 2:]).all()
        assert sample.boxes.min(initial=0) >= 0 and (sample.boxes <= [WIDTH, HEIGHT] * 2).all()
        assert [len(value) for value in (sample.ignore, sample.category, sample.weight)] == [count] * 3
        assert sample.ignore.dtype == bool and sample.category.dtype == int and sample.weight.dtype == np.float32


@pytest.mark.parametrize("name", NAMES)
def test_without_boxes(name):
    empty = Sample(np.full((HEIGHT, WIDTH, 3), 90, np.uint8), np.zeros((0, 4), np.float32), np.zeros(0, bool),
                   np.zeros(0, int), np.zeros(0, np.float32))  # fmt: skip
    result = TRANSFORMS[name](empty, 0.8, np.random.default_rng([6]), [empty])
    assert result.boxes.shape == (0, 4) and result.category.dtype == int


@pytest.mark.parametrize("name", PHOTOMETRIC)
def test_photometric_ones_leave_boxes_alone(name):
    sample = photograph(np.random.default_rng([2]))
    result = run(name, 0.9, 7, sample)
    assert all(getattr(result, key) is getattr(sample, key) for key in ("boxes", "ignore", "category", "weight"))


@pytest.mark.parametrize("name", ["flip", "vertical_flip"])
def test_the_strength_of_a_flip_is_its_probability(name):
    sample = photograph(np.random.default_rng([2]))
    rng = np.random.default_rng([4])
    flipped = [TRANSFORMS[name](sample, 0.3, rng, []) is not sample for _ in range(400)]
    assert 0.23 < np.mean(flipped) < 0.37  # 3 standard deviations
    assert all(not same(run(name, 1.0, seed, sample), sample) for seed in range(20))


def test_noise_has_its_standard_deviation():
    grey = Sample(np.full((200, 200, 3), 128, np.uint8), np.zeros((0, 4), np.float32), *(np.zeros(0) for _ in range(3)))
    image = TRANSFORMS["noise"](grey, 0.4, np.random.default_rng([8]), []).image
    assert abs(image.std() - np.hypot(0.4 * 50, 12**-0.5)) < 0.2 and abs(image.mean() - 128) < 0.3


def test_blur_has_its_standard_deviation():
    step = np.repeat([0, 255], 40).astype(np.uint8)[None, :, None] * np.ones((50, 1, 3), np.uint8)
    edge = Sample(step, np.zeros((0, 4), np.float32), *(np.zeros(0) for _ in range(3)))
    spread = np.diff(TRANSFORMS["blur"](edge, 0.5, np.random.default_rng([8]), []).image[25, :, 0].astype(float))
    variance = spread @ (np.arange(79) - 39) ** 2 / spread.sum()
    assert abs(np.sqrt(variance) - 2.0) < 0.05


@pytest.mark.parametrize("name", MIXING)
def test_mixing_with_nothing_is_refused(name):
    with pytest.raises(UserError, match="expected another image of the set, found none"):
        TRANSFORMS[name](photograph(np.random.default_rng([2])), 0.5, np.random.default_rng([9]), [])


def test_a_mate_of_another_size_is_fitted():
    mate = photograph(np.random.default_rng([3]))
    smaller = fitted(mate, WIDTH // 2, HEIGHT)
    assert smaller.image.shape == (HEIGHT, WIDTH // 2, 3)
    assert (smaller.image[HEIGHT // 2 + 1 :] == 114).all() and (smaller.image[: HEIGHT // 2] != 114).any()
    np.testing.assert_allclose(smaller.boxes, mate.boxes / 2, atol=1e-4)
    assert fitted(mate, WIDTH, HEIGHT) is mate
