import dataclasses

import numpy as np
import pytest
import torch

from pipeline.alarms.training import AUGMENTED, augmented, follow, learn, snapshot, unregularized
from pipeline.augment.scale_crop import sample_scale_crop, scale_crop
from pipeline.config import load_params
from pipeline.data.coco import read_coco
from pipeline.detect.batches import Batches
from pipeline.detect.dataset import pack
from pipeline.detect.detector import Detector, save
from pipeline.detect.loop import train
from pipeline.measure.results import load_test_set
from pipeline.params import RandAugmentParams, StepParams
from tests.fabricated import REPOSITORY


@pytest.fixture
def packed(small_dataset, tmp_path):
    coco = read_coco(small_dataset / "annotations.json", small_dataset / "images")
    return pack(coco, small_dataset / "images", 0.5, tmp_path / "pixels.bin")


@pytest.fixture
def params(detector_params, decoding_params, train_params):
    params = load_params(REPOSITORY / "params.yaml")
    size = {field.name: getattr(detector_params, field.name) for field in dataclasses.fields(detector_params)}
    return dataclasses.replace(params, detector=dataclasses.replace(params.detector, **size), decoding=decoding_params,
                               train=train_params)  # fmt: skip


def weights(network):
    return torch.cat([value.detach().flatten().double() for value in network.state_dict().values()])


def test_its_steps_are_those_of_training_whoever_looks(packed, params, tmp_path):
    """Weights and running statistics are the same, to the bit; and the last detector is the trained one."""
    settings = dataclasses.replace(params.train, label_smoothing=0.1)
    trained = train(packed, params.detector, settings, 7, 1, lambda *_: None)
    looks = []
    followed = learn(packed, params.detector, settings, 7, 1,
                     lambda step, network: looks.append((step, snapshot(network, params, packed))))  # fmt: skip
    assert torch.equal(weights(followed), weights(trained)) and [step for step, _ in looks] == [1, 2, 3, 4]
    save(tmp_path / "trained.pt", trained, params.detector)
    picture = np.random.default_rng(0).integers(0, 255, (160, 224, 3), np.uint8)
    found, expected = (d.detect(picture) for d in (
        looks[-1][1], Detector.load(tmp_path / "trained.pt", params.decoding)))  # fmt: skip
    assert all(np.array_equal(a, b) for a, b in zip(found, expected, strict=True))


def test_every_set_is_seen_at_every_step(packed, params, small_dataset):
    sets = {"validation": load_test_set(small_dataset)}
    seen = follow(packed, params, params.train, 0, [2, 4], sets, packed)
    assert set(seen) == {"validation", AUGMENTED}
    assert all(len(steps) == 2 and all(len(answers) == 2 for answers in steps) for steps in seen.values())
    assert set(follow(packed, params, params.train, 0, [4], sets, None)) == {"validation"}


def test_augmented_images_are_whole(packed, train_params):
    """All of each image's boxes are there, as large as they were, with the pixels that they had."""
    plain = unregularized(train_params)
    images, truths = augmented(packed, plain, 5)
    originals, order = packed.images(), Batches(packed, dataclasses.replace(plain, steps=1, batch=2), 5, 0).order
    for image, truth, at in zip(images, truths, order, strict=True):
        assert image.shape == (112, 112, 3) and np.array_equal(truth.ignore, packed.ignore[at])
        moved = truth.boxes - packed.boxes[at]
        assert moved == pytest.approx(np.tile(moved[0, :2], (3, 2)), abs=1e-3)
        x, y = moved[0, :2]
        inside = image[round(y) + 2 : round(y) + 78, round(x) + 2 : round(x) + 110].astype(float)
        assert abs(inside.mean() - originals[at][2:78, 2:110].mean()) < 1  # up to a shift by a fraction of a pixel


def test_augmented_images_are_augmented(packed, train_params):
    plain, jittered = (augmented(packed, params, 5)[0] for params in (unregularized(train_params), train_params))
    assert all(abs(a.astype(float) - b).mean() > 2 for a, b in zip(plain, jittered, strict=True))


def test_the_twin_learns_from_crops_and_nothing_else(packed, train_params):
    regularized = dataclasses.replace(
        train_params, grey_share=1.0, colour_jitter=1.0, policy=((StepParams("blur", 1.0, 1.0),),),
        rand_augment=RandAugmentParams(2, 0.5), label_smoothing=0.1)  # fmt: skip
    twin = unregularized(regularized)
    assert twin.label_smoothing == 0
    for index in range(6):
        sample = Batches(packed, twin, 3, 0)._sample(index)
        batches = Batches(packed, twin, 3, 0)
        at, rng = batches.order[index], np.random.default_rng([3, 0, 2, index])
        own, ignore = packed.boxes[at], packed.ignore[at]
        crop = sample_scale_crop(rng, 112, 80, own[~ignore], twin.crop_px, twin.scale_range, twin.person_crop_share)
        pixels, moved, left = scale_crop(batches.images[at], own, crop)
        assert np.array_equal(sample.image, pixels) and np.array_equal(sample.boxes, moved[left > 0])
