import dataclasses
from functools import partial

import numpy as np
import pytest
import torch

from pipeline.data.coco import PERSON, Annotation, Category, CocoSet, Image, read_coco
from pipeline.data.files import read_image, write_image
from pipeline.detect.dataset import pack
from pipeline.detect.decode import pairwise_iou
from pipeline.detect.detector import Detector, save
from pipeline.detect.loop import rate, train
from pipeline.detect.network import build
from pipeline.errors import UserError


@pytest.fixture
def packed(small_dataset, tmp_path):
    coco = read_coco(small_dataset / "annotations.json", small_dataset / "images")
    return pack(coco, small_dataset / "images", 0.5, tmp_path / "pixels.bin")


def untrained(detector_params):
    """A network whose normalizations have seen something: no two layers are alike."""
    torch.manual_seed(0)
    network = build(detector_params)
    with torch.no_grad():
        for _ in range(3):
            network(torch.rand(2, 3, 64, 64) - 0.5)
    return network.eval()


def quiet(step, epoch, loss):
    assert np.isfinite(loss)


def test_learns_two_images_by_heart(packed, small_dataset, tmp_path, detector_params, decoding_params, train_params):
    plain = {"flip": False, "scale_range": (1.0, 1.0), "colour_jitter": 0.0, "grey_share": 0.0}
    params = dataclasses.replace(train_params, steps=100, **plain)
    network = train(packed, detector_params, params, 0, 0, quiet)
    save(tmp_path / "seed0.pt", network, detector_params)
    detector = Detector.load(tmp_path / "seed0.pt", decoding_params)
    images = [read_image(small_dataset / "images" / f"{index}.png") for index in range(2)]
    for index, (boxes, scores, _) in enumerate(detector.predict(images)):
        truth, ignore = packed.boxes[index] * 2, packed.ignore[index]
        confident = boxes[scores > 0.3]
        assert len(confident) == 2
        assert (pairwise_iou(truth[~ignore], confident).max(1) > 0.6).all()


def test_learns_which_is_which(tmp_path, detector_params, decoding_params, train_params):
    """Red and blue things of one size, now left, now right."""
    categories, colours = (Category(4, "red"), Category(9, "blue")), ((230, 40, 40), (40, 40, 230))
    images, annotations, pictures = [], [], []
    for index in range(4):
        pictures.append(np.full((128, 128, 3), 90, np.uint8))
        for k in range(2):
            x, y = (16, 80)[k ^ (index % 2)], 24 + 12 * index
            pictures[-1][y : y + 60, x : x + 28] = colours[k]
            box = (x, y, x + 28, y + 60)
            annotations.append(Annotation(len(annotations) + 1, index, box, category_id=categories[k].id))
        write_image(tmp_path / f"{index}.png", pictures[-1])
        images.append(Image(index, f"{index}.png", 128, 128))
    packed = pack(CocoSet(images, annotations, categories), tmp_path, 0.5, tmp_path / "pixels.bin")
    plain = {"scale_range": (1.0, 1.0), "colour_jitter": 0.0, "grey_share": 0.0}
    network = train(packed, detector_params, dataclasses.replace(train_params, steps=100, **plain), 0, 0, quiet)
    save(tmp_path / "seed0.pt", network, detector_params, categories)
    detector = Detector.load(tmp_path / "seed0.pt", decoding_params)
    for index, picture in enumerate(pictures):
        boxes, scores, place = detector.detect(picture)
        sure = scores > 0.3
        assert sorted(place[sure]) == [0, 1]
        for k in range(2):
            truth = packed.boxes[index][packed.category[index] == k] * 2
            assert pairwise_iou(truth, boxes[sure & (place == k)]).min() > 0.6


def test_two_runs_give_the_same_bytes(packed, tmp_path, detector_params, train_params):
    losses = [[], []]
    for curve, name in zip(losses, ("a.pt", "b.pt"), strict=True):
        report = partial(lambda curve, *row: curve.append(row), curve)
        network = train(packed, detector_params, train_params, 5, 1, report)
        save(tmp_path / name, network, detector_params)
    assert losses[0] == losses[1] and [row[0] for row in losses[0]] == [0, 1, 2, 3]
    assert (tmp_path / "a.pt").read_bytes() == (tmp_path / "b.pt").read_bytes()


def test_file_and_fusion_change_nothing(tmp_path, detector_params, decoding_params):
    network = untrained(detector_params)
    save(tmp_path / "a.pt", network, detector_params)
    loaded = Detector.load(tmp_path / "a.pt", decoding_params)
    assert loaded.params == detector_params
    assert not any(isinstance(module, torch.nn.BatchNorm2d) for module in loaded.network.stages.modules())
    image = torch.rand(1, 3, 64, 96)
    with torch.inference_mode():
        for plain, fused in zip(network(image), loaded.network(image), strict=True):
            np.testing.assert_allclose(fused, plain, rtol=1e-3, atol=1e-4)


def test_any_size_and_the_same_answer(detector_params, decoding_params):
    decoding = dataclasses.replace(decoding_params, score_floor=0.0)
    detector = Detector(untrained(detector_params), detector_params, decoding)
    rng = np.random.default_rng(0)
    images = [rng.integers(0, 256, (*shape, 3), np.uint8) for shape in ((97, 131), (64, 64), (30, 200))]
    together, alone = detector.predict(images), [detector.detect(image) for image in images]
    for image, (boxes, scores, _), (same_boxes, same_scores, _) in zip(images, together, alone, strict=True):
        np.testing.assert_array_equal(boxes, same_boxes)
        np.testing.assert_array_equal(scores, same_scores)
        assert boxes.dtype == scores.dtype == np.float32 and boxes.shape == (len(scores), 4) and len(boxes)
        assert boxes.min() >= 0 and (boxes.max(0)[2:] <= image.shape[1::-1]).all()
        assert (np.diff(scores) <= 0).all() and (boxes[:, 2:] > boxes[:, :2]).all()


@pytest.mark.parametrize("mirror", [False, True])
def test_averaging_with_the_mirror_image_knows_no_left_and_right(mirror, detector_params, decoding_params):
    params = dataclasses.replace(detector_params, input_scale=1.0)
    changed = {"mirror": mirror, "score_floor": 0.0, "nms_sigma": 1000.0, "max_detections": 400}
    decoding = dataclasses.replace(decoding_params, **changed)
    detector = Detector(untrained(params), params, decoding)
    image = np.random.default_rng(1).integers(0, 256, (64, 96, 3), np.uint8)
    boxes, scores, _ = detector.detect(image)
    turned, same_scores, _ = detector.detect(np.ascontiguousarray(image[:, ::-1]))
    turned[:, [0, 2]] = 96 - turned[:, [2, 0]]
    order, same_order = (np.lexsort((b[:, 0], b[:, 1])) for b in (boxes, turned))
    alike = len(boxes) == len(turned) and np.allclose(boxes[order], turned[same_order], atol=1e-2)
    assert alike == mirror
    if mirror:
        np.testing.assert_allclose(scores, same_scores, atol=1e-5)


def test_categories_are_kept_and_chiral_ones_never_seen_in_a_mirror(tmp_path, detector_params, decoding_params):
    torch.manual_seed(0)
    decoding = dataclasses.replace(decoding_params, mirror=True, score_floor=0.0)
    image = np.random.default_rng(1).integers(0, 256, (64, 96, 3), np.uint8)
    answers = []
    for chiral in (False, True):
        categories = (Category(1, "person"), Category(2, "sign", chiral))
        torch.manual_seed(0)
        save(tmp_path / "a.pt", build(detector_params, 2), detector_params, categories)
        detector = Detector.load(tmp_path / "a.pt", decoding)
        assert detector.categories == categories
        plain = dataclasses.replace(decoding, mirror=False)
        alone = Detector.load(tmp_path / "a.pt", plain).detect(image)
        answers.append(all(np.array_equal(a, b) for a, b in zip(detector.detect(image), alone, strict=True)))
    assert answers == [False, True]


def test_a_file_that_names_no_category_finds_persons(tmp_path, detector_params, decoding_params):
    save(tmp_path / "a.pt", build(detector_params), detector_params)
    assert "categories" not in torch.load(tmp_path / "a.pt", weights_only=True)
    assert Detector.load(tmp_path / "a.pt", decoding_params).categories == (PERSON,)


@pytest.mark.parametrize("content", [None, b"", b"no checkpoint", "other"])
def test_no_detector(content, tmp_path, decoding_params):
    path = tmp_path / "seed0.pt"
    if content == "other":
        torch.save({"format": 99}, path)
    elif content is not None:
        path.write_bytes(content)
    with pytest.raises(UserError, match="seed0.pt.*dvc repro"):
        Detector.load(path, decoding_params)


def test_learning_rate():
    rates = np.array([rate(step, 100) for step in range(100)])
    top = rates.argmax()
    assert 0 < rates[0] < 0.1 and rates[top] > 0.99 and 0 < rates[-1] < 0.01 and 10 < top < 20
    assert (np.diff(rates[: top + 1]) > 0).all() and (np.diff(rates[top:]) < 0).all()
