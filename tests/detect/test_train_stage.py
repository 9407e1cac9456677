import pytest
import yaml

from pipeline.data.coco import read_coco
from pipeline.detect.dataset import pack
from pipeline.detect.detector import Detector, save
from pipeline.detect.loop import train
from pipeline.errors import UserError
from pipeline.stages import train as stage


def test_stage(project, capsys, tmp_path):
    stage.run("real_only")
    out = project / "data/out/train/real_only"
    assert sorted(path.name for path in out.iterdir()) == ["curve.csv", "seed0.pt", "seed1.pt"]
    assert not list((project / "data/out/progress").iterdir())
    rows = (out / "curve.csv").read_text().splitlines()
    assert rows[0] == "seed,step,epoch,loss" and len(rows) == 1 + 2 * 3
    assert capsys.readouterr().out.startswith("data/out/train/real_only: 2 detectors, each trained on 3")
    params = stage.load_params()
    assert Detector.load(out / "seed0.pt", params.decoding).params.head_channels == 8

    # the same in this process, alone, on whatever threads it has
    folder = project / "data/out/real/train"
    coco = read_coco(folder / "annotations.json", folder / "images")
    packed = pack(coco, folder / "images", 0.5, tmp_path / "pixels.bin")
    network = train(packed, params.detector, params.train, params.seed, 1, lambda *_: None)
    save(tmp_path / "again.pt", network, params.detector)
    assert (tmp_path / "again.pt").read_bytes() == (out / "seed1.pt").read_bytes()


def test_unknown_name(project):
    with pytest.raises(UserError, match="'sight' is not on the ladder.*site, real_only"):
        stage.run("sight")


def test_missing_dataset(project):
    with pytest.raises(UserError, match="data/out/synth/site/train/annotations.json"):
        stage.run("site")
    assert not (project / "data/out/train").exists()


def test_crop_that_does_not_fit_the_network(project):
    raw = yaml.safe_load((project / "params.yaml").read_text())
    raw["train"]["crop_px"] = 100
    (project / "params.yaml").write_text(yaml.safe_dump(raw))
    with pytest.raises(UserError, match="train.crop_px: expected a multiple of 32, found 100"):
        stage.run("real_only")
