import dataclasses

import numpy as np
import pytest
import torch

from pipeline.config import load_params
from pipeline.data.coco import PERSON, Category, read_coco
from pipeline.data.files import read_image
from pipeline.detect.detector import Detector, save
from pipeline.detect.network import build
from pipeline.errors import UserError
from pipeline.labels import finetune
from tests.fabricated import REPOSITORY


@pytest.fixture
def prepared(small_dataset, detector_params, decoding_params, train_params, tmp_path):
    """A checkpoint of a network that knows nothing, data, and parameters."""
    torch.manual_seed(3)
    save(tmp_path / "start.pt", build(detector_params), detector_params)
    params = dataclasses.replace(load_params(REPOSITORY / "params.yaml"), train=train_params, decoding=decoding_params)
    return tmp_path / "start.pt", read_coco(small_dataset / "annotations.json", None), small_dataset / "images", params


def weights(network):
    return torch.cat([p.detach().flatten() for p in network.parameters()])


def test_it_starts_from_the_checkpoint_and_moves(prepared, monkeypatch):
    monkeypatch.setattr(finetune, "STEPS", 2)
    checkpoint = prepared[0]
    start = weights(finetune.trainable(checkpoint, Detector.load(checkpoint, prepared[3].decoding)))
    near = weights(finetune.fine_tune(*prepared, run=0).network)
    monkeypatch.setattr(finetune, "RATE_SHARE", 1e-4)
    nearer = weights(finetune.fine_tune(*prepared, run=0).network)
    assert 0 < (nearer - start).norm() < 0.01 * (near - start).norm() < 0.01 * start.norm()


def test_it_learns_as_the_parameters_of_training_say(prepared, monkeypatch):
    monkeypatch.setattr(finetune, "STEPS", 2)
    *inputs, params = prepared
    plain = weights(finetune.fine_tune(*inputs, params, run=0).network)
    for change in ({"label_smoothing": 0.2}, {"flip": not params.train.flip}):
        changed = dataclasses.replace(params, train=dataclasses.replace(params.train, **change))
        assert not torch.equal(weights(finetune.fine_tune(*inputs, changed, run=0).network), plain)


def test_the_same_run_gives_the_same_detector(prepared, monkeypatch):
    monkeypatch.setattr(finetune, "STEPS", 2)
    first, again, other = (weights(finetune.fine_tune(*prepared, run=run).network) for run in (4, 4, 5))
    assert torch.equal(first, again) and not torch.equal(first, other)


def test_it_learns(prepared, monkeypatch):
    """From nothing at all, in a few dozen steps with full rates, it finds the bright boxes that it was shown."""
    monkeypatch.setattr(finetune, "STEPS", 60)
    monkeypatch.setattr(finetune, "RATE_SHARE", 1.0)
    checkpoint, coco, folder, params = prepared
    detector = finetune.fine_tune(checkpoint, coco, folder, params, run=0)
    for image in coco.images:
        boxes, scores, *_ = detector.detect(read_image(folder / image.file_name))
        wanted = [a.box for a in coco.of_image(image.id) if not a.iscrowd]
        middles = [(boxes[k, :2] + boxes[k, 2:]) / 2 for k in np.argsort(-scores)[:2]]
        for x0, y0, x1, y1 in wanted:
            assert any(x0 < x < x1 and y0 < y < y1 for x, y in middles)


def test_a_missing_checkpoint_is_named(prepared, tmp_path):
    with pytest.raises(UserError, match="none.pt: no trained detector there"):
        finetune.fine_tune(tmp_path / "none.pt", *prepared[1:], run=0)


def test_labels_are_brought_to_the_detectors_categories(prepared):
    coco = prepared[1]
    other = dataclasses.replace(coco, categories=(Category(1, "dog"),))
    with pytest.raises(UserError, match="knows \\(person\\), found dog"):
        finetune.in_terms_of(other, (PERSON,))
    turned = finetune.in_terms_of(coco, (Category(1, "dog"), Category(2, "person")))
    assert {a.category_id for a in turned.annotations} == {2} and len(turned.annotations) == len(coco.annotations)
