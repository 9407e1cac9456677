import dataclasses

import numpy as np
import pytest
import torch

from pipeline.data.coco import Annotation, Category, CocoSet, Image, read_coco
from pipeline.data.files import write_image
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
