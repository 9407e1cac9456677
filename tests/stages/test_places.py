import dataclasses
import os

import numpy as np
import pytest
import yaml

from pipeline.errors import UserError
from pipeline.scene.bank import Bank
from pipeline.stages import places
from tests import fabricated
from tests.stages.test_synth import digests


@pytest.fixture
def root(tmp_path, monkeypatch):
    """A folder with photographs and a params.yaml of a few small places."""
    fabricated.write_photographs(tmp_path / "data/out/real/photos")
    raw = yaml.safe_load((fabricated.REPOSITORY / "params.yaml").read_text(encoding="utf-8"))
    raw["scenes"] |= {"width_px": 192, "height_px": 144}
    raw["effects"]["places"] |= {"train_places": 5, "test_places": 2, "focal_px_range": [140.0, 320.0]}
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(raw), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_one_worker_and_two_make_the_same_bytes(root, monkeypatch):
    made = []
    for workers in (1, 2):
        monkeypatch.setattr(os, "cpu_count", lambda workers=workers: workers)
        places.run()
        made.append(digests(root / "data/out/places"))
    assert made[0] == made[1] and len(made[0]) == 2 * 7 + 1


def test_every_place_is_another_one_within_the_ranges(root, monkeypatch):
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    places.run()
    bank, effect = Bank(root / "data/out/places"), fabricated.tiny_params().effects.places
    found = [bank.place("train", i) for i in range(5)] + [bank.place("test", i) for i in range(2)]
    views = {dataclasses.astuple(place.view) for place in found}
    assert len(views) == 7
    for place in found:
        low, high = effect.pitch_deg_range
        assert low <= place.view.pitch_deg <= high
        assert place.display.shape == (144, 192, 3) and place.depth_m.shape == (144, 192)
        assert np.percentile(place.display, 99) > 180  # exposed to the brightest percent


def test_a_missing_photograph_is_one_sentence_and_leaves_nothing(root, monkeypatch):
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    (root / "data/out/real/photos/brick.png").unlink()
    with pytest.raises(UserError, match="brick.png: expected an image"):
        places.run()
    assert sorted(path.name for path in (root / "data/out").iterdir()) == ["real"]
