import dataclasses

import numpy as np
import pytest
import torch

from pipeline.data.coco import read_coco
from pipeline.detect.batches import Batches, draw, normalize
from pipeline.detect.dataset import pack


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
    assert batch.heat.shape == batch.care.shape == batch.weight.shape == (4, 16, 16)
    assert batch.distances.shape == (4, 4, 16, 16)
    assert batches.epoch(0) == 2.0  # few images are drawn again and again
    assert np.bincount(batches.order).tolist() == [8, 8]


def test_mostly_hidden_by_the_crop_is_ignored(train_params):
    params = dataclasses.replace(train_params, scale_range=(1.0, 1.0), person_crop_share=0.0)
    image = np.zeros((64, 160, 3), np.uint8)
    seen = set()
    for seed in range(60):
        box = np.array([[70, 10, 90, 50]], np.float32)
        _, boxes, ignore = draw(image, box, np.array([False]), params, np.random.default_rng(seed))
        for (x0, _, x1, _), ignored in zip(boxes, ignore, strict=True):
            assert ignored == (x1 - x0 < 10)
            seen.add(bool(ignored))
    assert seen == {True, False}


def test_normalize():
    images = np.array([0, 255], np.uint8).repeat(3).reshape(1, 1, 2, 3)
    assert normalize(images).tolist() == [[[[-1.0, 1.0]]] * 3]
