"""The exported network, run by programs that know nothing of torch."""

import importlib.util

import cv2
import numpy as np
import pytest
import torch

from pipeline.data.coco import Category
from pipeline.detect.detector import Detector, padded, save
from pipeline.detect.network import STRIDE, build
from pipeline.errors import UserError
from pipeline.look.export import export_onnx, input_size

CATEGORIES = (Category(1, "person"), Category(2, "car"))
WIDTH, HEIGHT = 96, 64


needs_onnx = pytest.mark.skipif(
    importlib.util.find_spec("onnx") is None, reason="the optional package onnx is not installed; pip install onnx"
)


@pytest.fixture
def detector(tmp_path, detector_params, decoding_params):
    torch.manual_seed(0)
    network = build(detector_params, 2)
    with torch.no_grad():
        network.output.weight.mul_(300)  # an untrained network says the same everywhere
        network.output.bias.zero_()
        for _ in range(3):
            network(torch.rand(2, 3, 64, 64) - 0.5)
    save(tmp_path / "seed0.pt", network, detector_params, CATEGORIES)
    return Detector.load(tmp_path / "seed0.pt", decoding_params)


def by_opencv(path, image):
    network = cv2.dnn.readNetFromONNX(str(path))
    network.setInput(image)
    return network.forward(["boxes", "scores"])


def by_onnxruntime(path, image):
    runtime = pytest.importorskip("onnxruntime", reason="onnxruntime is not installed; OpenCV checks the same file")
    return runtime.InferenceSession(str(path)).run(["boxes", "scores"], {"image": image})


@needs_onnx
@pytest.mark.parametrize("reader", [by_opencv, by_onnxruntime])
def test_other_programs_get_what_the_network_says(reader, detector, tmp_path):
    export_onnx(detector, WIDTH, HEIGHT, tmp_path / "model.onnx")
    picture = np.random.default_rng(0).integers(0, 256, (HEIGHT, WIDTH, 3), np.uint8)
    image = picture.transpose(2, 0, 1)[None].astype(np.float32)
    boxes, scores = reader(tmp_path / "model.onnx", image)
    with torch.inference_mode():
        logits, distances = detector.network(torch.from_numpy(image) / 127.5 - 1)
    cells = HEIGHT // STRIDE * (WIDTH // STRIDE)
    assert boxes.shape == (1, cells, 4) and scores.shape == (1, cells, 2)
    for row, col in ((0, 0), (3, 20), (15, 7)):
        cell = row * (WIDTH // STRIDE) + col
        left, top, right, bottom = distances[0, :, row, col]
        x, y = (col + 0.5) * STRIDE, (row + 0.5) * STRIDE
        np.testing.assert_allclose(boxes[0, cell], [x - left, y - top, x + right, y + bottom], rtol=1e-3, atol=1e-3)
        np.testing.assert_allclose(scores[0, cell], torch.sigmoid(logits[0, :, row, col]), atol=1e-4)
    assert scores.std() > 0.01


@needs_onnx
def test_the_same_detector_gives_the_same_file(detector, tmp_path):
    for name in ("a", "b"):
        export_onnx(detector, WIDTH, HEIGHT, tmp_path / f"{name}.onnx")
    assert (tmp_path / "a.onnx").read_bytes() == (tmp_path / "b.onnx").read_bytes()


def test_a_missing_package_is_told(detector, tmp_path, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(UserError, match="the package onnx is not installed; add it with `pip install onnx`"):
        export_onnx(detector, WIDTH, HEIGHT, tmp_path / "model.onnx")


@pytest.mark.parametrize("frame", [(768, 576), (1921, 1079), (30, 20)])
def test_the_input_is_as_large_as_the_pipeline_makes_it(frame):
    width, height = frame
    small = np.zeros((max(1, round(height * 0.5)), max(1, round(width * 0.5)), 3), np.uint8)
    assert input_size(width, height, 0.5) == padded(small).shape[1::-1]
