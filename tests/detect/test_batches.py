import dataclasses
import hashlib

import numpy as np
import pytest
import torch

from pipeline.data.coco import Annotation, Category, CocoSet, Image, read_coco
from pipeline.data.files import write_image
from pipeline.detect.batches import Batches, draw, normalize
from pipeline.detect.dataset import pack
from pipeline.errors import UserError
from pipeline.params import RandAugmentParams, StepParams


@pytest.fixture
def packed(small_dataset, tmp_path):
    coco = read_coco(small_dataset / "annotations.json", small_dataset / "images")
    return pack(coco, small_dataset / "images", 0.5, tmp_path / "pixels.bin")


def test_a_batch_is_the_same_whenever_it_is_drawn(packed, train_params):
    first, second = (Batches(packed, train_params, seed=3, run=1) for _ in range(2))
    second[0], second[2]
    for a, b in zip(vars(first[3]).values(), vars(second[3]).values(), strict=True):
        assert torch.equal(a, b)


def test_runs_differ(packed, train_params):
    a, b = (Batches(packed, train_params, seed=3, run=run)[0].image for run in (0, 1))
    assert not torch.equal(a, b)


def test_shapes_and_epochs(packed, train_params):
    batches = Batches(packed, train_params, seed=0, run=0)
    assert len(batches) == train_params.steps
    batch = batches[0]
    assert batch.image.shape == (4, 3, 64, 64)
    assert batch.image.is_contiguous(memory_format=torch.channels_last)
    assert batch.heat.shape == batch.care.shape == (4, 1, 16, 16) and batch.weight.shape == (4, 16, 16)
    assert batch.distances.shape == (4, 4, 16, 16)
    assert batches.epoch(0) == 2.0  # few images are drawn again and again
    assert np.bincount(batches.order).tolist() == [8, 8]


def test_mostly_hidden_by_the_crop_is_ignored(train_params):
    params = dataclasses.replace(train_params, scale_range=(1.0, 1.0), person_crop_share=0.0)
    image = np.zeros((64, 160, 3), np.uint8)
    seen = set()
    for seed in range(60):
        box = np.array([[70, 10, 90, 50]], np.float32)
        _, boxes, ignore, _ = draw(image, box, np.array([False]), params, True, np.random.default_rng(seed))
        for (x0, _, x1, _), ignored in zip(boxes, ignore, strict=True):
            assert ignored == (x1 - x0 < 10)
            seen.add(bool(ignored))
    assert seen == {True, False}


def test_boxes_keep_their_category(train_params, tmp_path):
    """Every category has a width of its own, so a box says which it is."""
    image = Image(0, "0.png", 200, 100)
    write_image(tmp_path / "0.png", np.zeros((100, 200, 3), np.uint8))
    boxes = [(x, 20 + x / 10, x + 10 + 5 * (i % 3), 60) for i, x in enumerate(range(5, 180, 30))]
    annotations = [Annotation(i + 1, 0, box, category_id=7 + i % 3) for i, box in enumerate(boxes)]
    categories = tuple(Category(7 + k, name) for k, name in enumerate(("a", "b", "c")))
    packed = pack(CocoSet([image], annotations, categories), tmp_path, 1.0, tmp_path / "pixels.bin")
    params = dataclasses.replace(train_params, scale_range=(1.0, 1.0), steps=1, batch=20)
    batch = Batches(packed, params, seed=0, run=0)[0]
    at = torch.nonzero((batch.heat == 1) & (batch.weight[:, None] > 0))
    widths = [float(batch.distances[i, [0, 2], row, col].sum()) for i, _, row, col in at]
    whole = [(int(k), width) for (_, k, _, _), width in zip(at, widths, strict=True) if width in (10, 15, 20)]
    assert {k for k, _ in whole} == {0, 1, 2} and all(width == 10 + 5 * k for k, width in whole)


@pytest.mark.parametrize("chiral", [False, True])
def test_what_is_chiral_is_never_mirrored(chiral, train_params, tmp_path):
    """An image that is dark on the left and bright on the right."""
    write_image(tmp_path / "0.png", np.tile(np.linspace(0, 255, 96).astype(np.uint8)[None, :, None], (64, 1, 3)))
    coco = CocoSet([Image(0, "0.png", 96, 64)], [], (Category(1, "car"), Category(2, "sign", chiral)))
    packed = pack(coco, tmp_path, 1.0, tmp_path / "pixels.bin")
    params = dataclasses.replace(train_params, scale_range=(1.0, 1.0), colour_jitter=0.0, steps=1, batch=40)
    crops = Batches(packed, params, seed=0, run=0)[0].image
    mirrored = (crops[..., :8].mean((1, 2, 3)) > crops[..., -8:].mean((1, 2, 3))).numpy()
    assert mirrored.any() != chiral and not mirrored.all()


def test_normalize():
    images = np.array([0, 255], np.uint8).repeat(3).reshape(1, 1, 2, 3)
    assert normalize(images).tolist() == [[[[-1.0, 1.0]]] * 3]


def test_without_a_policy_batches_are_those_of_before_there_were_policies(packed, train_params):
    """The digest was computed by the code of that time; to a 200th, as the last bits depend on the machine."""
    digest, batches = hashlib.sha256(), Batches(packed, train_params, seed=3, run=1)
    for step in range(4):
        for map_ in vars(batches[step]).values():
            digest.update(np.rint(map_.contiguous().numpy().astype(float) * 200).astype(np.int16).tobytes())
    assert digest.hexdigest() == "ec833e23dfeedb98d9294dac13cb6f258de904c3a0e91f59e68be69edcf16b96"


def test_a_policy_comes_after_the_crop_and_its_mates_are_crops_of_the_set(packed, train_params):
    plain = Batches(packed, train_params, seed=3, run=1)
    mixing = dataclasses.replace(train_params, policy=((StepParams("mixup_box_aware", 1.0, 0.5),),))
    mixed, again = (Batches(packed, mixing, seed=3, run=1) for _ in range(2))
    again[0]
    for a, b in zip(vars(mixed[1]).values(), vars(again[1]).values(), strict=True):
        assert torch.equal(a, b)
    for index in range(4):
        crop, result = plain._sample(index), mixed._sample(index)
        np.testing.assert_array_equal(result.boxes[: len(crop.boxes)], crop.boxes)
        mates = [mixed.crop(at, np.random.default_rng([3, 1, 2, index, 1 + at])) for at in range(len(packed))]
        blends = [np.rint(0.75 * crop.image + 0.25 * mate.image) for mate in mates]
        assert min(np.abs(result.image - blend).max() for blend in blends) <= 1


def test_weights_reach_the_maps(packed, train_params):
    mixing = dataclasses.replace(train_params, policy=((StepParams("mixup_box_aware", 1.0, 0.5),),))
    batch = Batches(packed, mixing, seed=3, run=1)[0]
    assert set(batch.care[batch.heat == 1].tolist()) == {0.25, 0.75}
    assert batch.weight.max() == 0.75


def test_rand_augment_changes_batches(packed, train_params):
    more = dataclasses.replace(train_params, rand_augment=RandAugmentParams(2, 0.5))
    plain, changed = (Batches(packed, params, seed=3, run=1)[0].image for params in (train_params, more))
    assert all((a != b).any() for a, b in zip(plain, changed, strict=True))


def test_a_policy_that_mirrors_what_is_chiral_is_refused(train_params, tmp_path):
    write_image(tmp_path / "0.png", np.zeros((64, 96, 3), np.uint8))
    coco = CocoSet([Image(0, "0.png", 96, 64)], [], (Category(1, "car"), Category(2, "sign", True)))
    packed = pack(coco, tmp_path, 1.0, tmp_path / "pixels.bin")
    steps = (StepParams("blur", 1.0, 0.1), StepParams("flip", 1.0, 0.1))
    words = r"params.yaml: train.policy\[0\]\[1\].name: flip mirrors .* of sign is another"
    with pytest.raises(UserError, match=words):
        Batches(packed, dataclasses.replace(train_params, policy=(steps,)), seed=0, run=0)
