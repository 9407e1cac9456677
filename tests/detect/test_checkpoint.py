import pickle
from dataclasses import replace

import numpy as np
import pytest
import torch

from pipeline.data.coco import read_coco
from pipeline.detect import loop
from pipeline.detect.batches import Batches
from pipeline.detect.checkpoint import EVERY, Checkpoints, restore
from pipeline.detect.dataset import pack
from pipeline.detect.loop import train
from pipeline.detect.progress import progress_folder
from pipeline.params import NetworkParams
from pipeline.stages.train import load_params


@pytest.fixture
def packed(small_dataset, tmp_path):
    coco = read_coco(small_dataset / "annotations.json", small_dataset / "images")
    return pack(coco, small_dataset / "images", 0.5, tmp_path / "pixels.bin")


def test_the_newest_whole_state_is_read(tmp_path, capsys):
    checkpoints = Checkpoints(tmp_path / "seed0.pt")
    assert checkpoints.read() is None
    for content in (b"first", b"second\nof two lines", b"third"):
        checkpoints.write(content)
    assert checkpoints.read() == b"third"
    checkpoints.path.unlink()
    assert checkpoints.read() == b"second\nof two lines"
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("damage", ["bit", "truncated", "empty"])
def test_damage_is_found_wherever_it_is(tmp_path, capsys, damage):
    rng = np.random.default_rng(5)
    for place in [0, 63, 64, 65, *rng.integers(66, 1000, 20)]:
        checkpoints = Checkpoints(tmp_path / "seed0.pt")
        checkpoints.write(b"older")
        checkpoints.write(rng.bytes(1000))
        whole = checkpoints.path.read_bytes()
        flipped = bytes([whole[place] ^ (1 << int(rng.integers(8)))])
        damaged = {"bit": whole[:place] + flipped + whole[place + 1:], "truncated": whole[:place], "empty": b""}[damage]
        checkpoints.path.write_bytes(damaged)
        assert checkpoints.read() == b"older"
        warning = capsys.readouterr().err
        assert warning.startswith(f"warning: {tmp_path}/seed0.pt: expected") and warning.count("\n") == 1


def test_nothing_is_left_when_both_are_damaged(tmp_path, capsys):
    checkpoints = Checkpoints(tmp_path / "seed0.pt")
    for path in (checkpoints.path, checkpoints.previous):
        path.write_bytes(b"nonsense")
    assert checkpoints.read() is None
    assert capsys.readouterr().err.count("warning: ") == 2


def test_no_code_of_a_file_is_run(tmp_path):
    class Order:
        def __reduce__(self):
            return open, (str(tmp_path / "written"), "w")

    with pytest.raises(pickle.UnpicklingError):
        restore(pickle.dumps({"network": Order(), "optimizers": [], "losses": []}, protocol=2), None, [])
    assert not (tmp_path / "written").exists()


def test_an_interrupted_training_ends_alike(tmp_path, packed, train_params, monkeypatch, capsys):
    """Wherever it stops; with the last checkpoint damaged too; and only steps after the checkpoint are made again."""
    network = NetworkParams(input_scale=0.5, stem_channels=8, channels=(8, 8, 8), blocks=(0, 1, 0), head_channels=8)
    params = replace(train_params, steps=2 * EVERY + 10, batch=2, crop_px=32)
    undisturbed = []
    expected = train(packed, network, params, 7, 0, lambda *row: undisturbed.append(row))
    drawn, share = [], Batches.share
    monkeypatch.setattr(Batches, "share", lambda self, step, *rest: drawn.append(step) or share(self, step, *rest))
    checkpoints = Checkpoints(tmp_path / "seed0.pt")
    stops = [EVERY + 7, 2 * EVERY + 3, 2 * EVERY + 5, None]
    starts = [0, EVERY, EVERY, 2 * EVERY]  # before the third the last checkpoint is damaged
    for stop, start in zip(stops, starts, strict=True):
        if stop == 2 * EVERY + 5:
            checkpoints.path.write_bytes(checkpoints.path.read_bytes()[:-100])
        rows = []
        drawn.clear()

        def report(step, epoch, loss, rows=rows, stop=stop):
            if step == stop:
                raise KeyboardInterrupt
            rows.append((step, epoch, loss))

        if stop is None:
            found = train(packed, network, params, 7, 0, report, checkpoints)
        else:
            with pytest.raises(KeyboardInterrupt):
                train(packed, network, params, 7, 0, report, checkpoints)
        assert drawn[0] == start
    assert rows == undisturbed
    assert capsys.readouterr().err.count("warning: ") == 1
    for name, values in expected.state_dict().items():
        assert torch.equal(values, found.state_dict()[name]), name

    drawn.clear()
    again = train(packed, network, params, 7, 0, report, checkpoints)  # a finished one: nothing is left to do
    assert not drawn and all(torch.equal(*pair) for pair in zip(again.parameters(), found.parameters(), strict=True))


def test_learning_without_checkpoints_writes_nothing(packed, detector_params, train_params, monkeypatch):
    monkeypatch.setattr(loop, "packed_state", None)
    train(packed, detector_params, replace(train_params, steps=1), 7, 0, lambda *_: None)


def test_whatever_the_result_depends_on_has_its_own_folder(project, packed):
    params = load_params()
    folder = progress_folder("site", packed, params)
    assert folder == progress_folder("site", packed, params) and folder.name.startswith("train-site-")
    others = [
        progress_folder("noise", packed, params),
        progress_folder("site", packed, replace(params, seed=8)),
        progress_folder("site", packed, replace(params, train=replace(params.train, learning_rate=0.001))),
        progress_folder("site", packed, replace(params, detector=replace(params.detector, head_channels=16))),
        progress_folder("site", replace(packed, boxes=[boxes + 1 for boxes in packed.boxes]), params),
        progress_folder("site", replace(packed, ignore=[~flags for flags in packed.ignore]), params),
    ]
    with open(packed.path, "r+b") as pixels:
        pixels.write(b"\xff\x00\xff")
    others.append(progress_folder("site", packed, params))
    assert len({folder, *others}) == 8
    unrelated = replace(params, gate=replace(params.gate, max_gap=0.5))
    assert progress_folder("site", packed, unrelated) == others[-1]
