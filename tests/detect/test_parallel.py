import pickle
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from torch import distributed, nn

from pipeline.data.coco import read_coco
from pipeline.detect.batches import Batches
from pipeline.detect.dataset import pack
from pipeline.detect.loop import differentiate
from pipeline.detect.loss import detection_loss, loss_totals
from pipeline.detect.network import build
from pipeline.detect.parallel import ALONE, Ranks, check_count, check_gpus
from pipeline.detect.whole_batch_norm import WholeBatchNorm
from pipeline.errors import UserError
from pipeline.stages import train as stage

HERE = Path(__file__).parent
TORCHRUN = [sys.executable, "-m", "torch.distributed.run", "--standalone"]


@pytest.fixture
def packed(small_dataset, tmp_path):
    coco = read_coco(small_dataset / "annotations.json", small_dataset / "images")
    return pack(coco, small_dataset / "images", 0.5, tmp_path / "pixels.bin")


@pytest.fixture
def group():
    """A process group of this process alone."""
    distributed.init_process_group("gloo", store=distributed.HashStore(), rank=0, world_size=1)
    yield
    distributed.destroy_process_group()


def run(*words):
    done = subprocess.run(words, env={**stage.os.environ, "PYTHONPATH": str(HERE.parents[1]), "OMP_NUM_THREADS": "1"},
                          text=True, capture_output=True, timeout=300)  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done


def test_shares_are_the_batch(packed, train_params):
    batches = Batches(packed, replace(train_params, batch=5), 7, 0)
    whole = batches[2]
    for rank in range(3):
        for name, values in vars(batches.share(2, rank, 3)).items():
            assert torch.equal(values, getattr(whole, name)[rank::3]), name


def test_losses_of_shares_add_up(packed, train_params, detector_params):
    batch = Batches(packed, replace(train_params, batch=5), 7, 0)[0]
    logits, distances = (maps.detach() for maps in build(detector_params).train()(batch.image))
    values = (logits, distances, batch.heat, batch.care, batch.distances, batch.weight)
    totals = loss_totals(batch.heat, batch.care, batch.weight)
    shares = [detection_loss(*(v[rank::3] for v in values), 0.1, totals) for rank in range(3)]
    assert float(sum(shares)) == pytest.approx(float(detection_loss(*values, 0.1)), rel=1e-6)


def test_three_processes_learn_what_one_does(packed, train_params, detector_params, tmp_path):
    """In float64, where only mistakes can be seen; three processes share four samples."""
    arguments = {"packed": packed, "detector": detector_params, "train": replace(train_params, steps=6)}
    (tmp_path / "arguments").write_bytes(pickle.dumps(arguments))
    found = {}
    for count, start in ((1, [sys.executable]), (3, [*TORCHRUN, "--nproc-per-node=3"])):
        folder = tmp_path / str(count)
        folder.mkdir()
        run(*start, HERE / "learn_in_double.py", tmp_path / "arguments", folder)
        found[count] = [torch.load(folder / f"{rank}.pt") for rank in range(count)]
    (expected, losses), = found[1]
    for state, together in found[3]:
        np.testing.assert_allclose(together, losses, rtol=1e-12)
        for name, values in expected.items():
            scale = float(values.double().abs().max())
            torch.testing.assert_close(state[name], values, rtol=0, atol=1e-11 * scale, msg=name)
            assert torch.equal(state[name], found[3][0][0][name]), name  # on all of them


def test_torchrun_makes_the_same_files(project):
    """In float32, for the few steps before rounding grows; the test above is the strict one."""
    out = project / "data/out/train/real_only"
    stage.run("real_only")
    alone = np.loadtxt(out / "curve.csv", delimiter=",", skiprows=1)
    (out / "seed0.pt").unlink()
    done = run(*TORCHRUN, "--nproc-per-node=2", "-m", "pipeline.stages.train", "real_only")
    assert done.stdout.count("2 detectors, each trained on 3 batches of 2 crops of 2 images") == 1
    assert sorted(path.name for path in out.iterdir()) == ["curve.csv", "seed0.pt", "seed1.pt"]
    together = np.loadtxt(out / "curve.csv", delimiter=",", skiprows=1)
    assert len(together) == 6
    np.testing.assert_allclose(together, alone, rtol=1e-4)
    assert not list((project / "data/out/progress").iterdir())


def test_more_processes_than_samples_or_gpus():
    check_count(4, 4)
    check_gpus(2, 2)
    with pytest.raises(UserError, match="train.batch: expected a crop at least for each of 5 processes, found 4"):
        check_count(5, 4)
    with pytest.raises(UserError, match="found 3 for 2"):
        check_gpus(3, 2)


def test_torchrun_has_nothing_to_do_with_commands(project, monkeypatch):
    raw = yaml.safe_load((project / "params.yaml").read_text())
    raw["detector"] |= {"kind": "command", "train_command": "train {train_annotations} {model}",
                        "predict_command": "predict {model} {images} {output}"}  # fmt: skip
    (project / "params.yaml").write_text(yaml.safe_dump(raw))
    monkeypatch.setenv("TORCHELASTIC_RUN_ID", "1")
    with pytest.raises(UserError, match="torchrun trains only the builtin detector, found command"):
        stage.run("real_only")


def test_whole_batch_norm_of_one_process_is_batch_norm(group):
    torch.manual_seed(0)
    plain, whole = nn.BatchNorm2d(3).double(), WholeBatchNorm(3).double()
    with torch.no_grad():
        plain.weight.uniform_(0.5, 2)
        plain.bias.normal_()
    whole.load_state_dict(plain.state_dict())
    pictures = torch.randn(4, 3, 5, 6, dtype=torch.float64) * 3 + 2
    gradient = torch.randn_like(pictures)
    results = []
    for norm in (plain, whole):
        x = pictures.clone().requires_grad_()
        y = norm(x)
        y.backward(gradient)
        evaluated = norm.eval()(pictures)
        results.append([y, x.grad, norm.weight.grad, norm.bias.grad, *norm.state_dict().values(), evaluated])
    for expected, found in zip(*results, strict=True):
        torch.testing.assert_close(found, expected, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("count", [1, 2])
def test_mixed_precision_has_float32_gradients_near_those_of_float32(group, packed, train_params, detector_params,
                                                                     count, monkeypatch):  # fmt: skip
    """As on a GPU, but on the CPU; a group of one process that believes to be two counts as two."""
    batch = Batches(packed, train_params, 7, 0)[0]
    gradients, losses = [], []
    for mixed in (False, True):
        torch.manual_seed(0)
        ranks, precision = Ranks(0, count, torch.device("cpu")), torch.autocast("cpu", torch.bfloat16, enabled=mixed)
        monkeypatch.setattr(Ranks, "precision", lambda self, precision=precision: precision)
        network = ranks.spread(build(detector_params).to(memory_format=torch.channels_last).train())
        losses.append(differentiate(network, batch, 0.0, ranks))
        gradients.append(torch.cat([p.grad.flatten() for p in network.parameters()]))
    assert all(gradient.dtype == torch.float32 for gradient in gradients)
    assert losses[0] != losses[1] and losses[1] == pytest.approx(losses[0], rel=0.02)
    cosine = nn.functional.cosine_similarity(*gradients, dim=0)
    assert cosine > 0.99


def test_alone_nothing_is_exchanged(packed, train_params, detector_params):
    """No process group exists here: a collective call would fail."""
    network = ALONE.spread(build(detector_params).train())
    assert not any(isinstance(module, WholeBatchNorm) for module in network.modules())
    differentiate(network, Batches(packed, train_params, 7, 0)[0], 0.0, ALONE)
    assert ALONE.from_first(lambda: b"read") == b"read"
