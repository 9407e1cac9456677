import numpy as np
import torch

from pipeline.config import load_params
from pipeline.data.files import read_image, write_image
from pipeline.detect.detector import Detector, save
from pipeline.detect.network import build
from pipeline.measure.predict import predict
from tests.measure.experiment import PARAMS_FILE


def test_every_wanted_pair_gets_what_the_detector_says(tmp_path):
    params = load_params(PARAMS_FILE)
    rng = np.random.default_rng(0)
    checkpoints, paths = [tmp_path / "a.pt", tmp_path / "b.pt"], [tmp_path / f"{i}.png" for i in range(3)]
    for seed, path in enumerate(checkpoints):
        torch.manual_seed(seed)
        network = build(params.detector)
        with torch.no_grad():
            network.output.bias.zero_()  # an untrained network sees little otherwise
        save(path, network, params.detector)
    for path in paths:
        write_image(path, rng.integers(0, 255, (96, 128, 3), np.uint8))
    wanted = np.array([[True, False, True], [False, False, True]])
    table = predict(checkpoints, paths, wanted, params, "test")
    for c, checkpoint in enumerate(checkpoints):
        detector = Detector.load(checkpoint, params.decoding)
        for i, path in enumerate(paths):
            if not wanted[c, i]:
                assert table[c][i] is None
                continue
            boxes, scores, _ = detector.predict([read_image(path)])[0]
            np.testing.assert_allclose(table[c][i].boxes, boxes, atol=1e-3)
            np.testing.assert_allclose(table[c][i].scores, scores, atol=1e-5)
            assert (table[c][i].category == "person").all() and len(table[c][i].category) == len(scores)
