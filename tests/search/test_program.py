"""The whole program on a small set: two trials of a few steps, in this process."""

import csv
import json
from dataclasses import replace

import pytest

from pipeline.errors import UserError
from pipeline.laboratory.search import search_section
from pipeline.measure import folders
from pipeline.measure.results import load_test_set
from pipeline.params import StepParams
from pipeline.search import __main__ as program
from pipeline.search.progress import progress_folder
from tests.detect.conftest import decoding_params, detector_params, small_dataset, train_params
from tests.search.small import SHIPPED, AtOnce, at_once, lay_out, opened, small_params, start_watch

__all__ = ["decoding_params", "detector_params", "small_dataset", "train_params"]

HAND = ((StepParams("blur", 0.5, 0.2),),)


@pytest.fixture
def params(tmp_path, monkeypatch, small_dataset, train_params, decoding_params, detector_params):
    lay_out(tmp_path, small_dataset)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(program, "start_workers", at_once)
    search = replace(SHIPPED.search, trials=2, proxy_images=1, shortest_steps=1, halvings=1, best=1, seeds=2,
                     hand_policy=HAND)  # fmt: skip
    params = replace(small_params(train_params, decoding_params, detector_params), search=search)
    monkeypatch.setattr(program, "load_params", lambda: params)
    return params


def test_it_tells_what_it_tried_opens_no_test_frame_and_trains_nothing_twice(params, monkeypatch):
    start_watch()
    program.run()
    assert [path for path in opened if "real/test" in path] == [] and any("real/train" in path for path in opened)
    load_test_set(folders.real_set("test"))
    assert any("real/test" in path for path in opened), "the watch saw nothing"
    found = json.loads((program.OUT / "search.json").read_text())
    rows = list(csv.DictReader((program.OUT / "trials.csv").open()))
    assert [row["trial"] for row in rows] == ["0", "1"] and {row["state"] for row in rows} <= {"complete", "pruned"}
    winner = next(name for name in found["policies"] if name != "hand")
    assert found["policies"]["hand"]["policy"] == "blur 0.2 (50 %)" and winner in ("trial_0", "trial_1")
    assert found["proxy"] == {"images": 1, "steps": 2} and found["full"] == {"images": 2, "steps": 3}
    assert found["validation"] == {"frames": 2, "boxes": 4, "block_frames": 1}
    page = search_section(found)
    assert winner.replace("_", " ") in page and "no policy" in page and f"{found['none']['recall_full']:.3f}" in page
    monkeypatch.setattr(AtOnce, "submit", lambda *_: pytest.fail("it was trained before"))
    program.run()
    assert json.loads((program.OUT / "search.json").read_text()) == found


def test_another_parameter_or_picture_is_another_search(params, tmp_path):
    (tmp_path / "picture").write_text("one")
    files = [tmp_path / "picture"]
    first = progress_folder("search", params, files)
    assert progress_folder("search", replace(params, gate=replace(params.gate, max_gap=0.5)), files) == first
    others = {progress_folder("search", replace(params, train=replace(params.train, steps=2)), files),
              progress_folder("curves", params, files)}  # fmt: skip
    (tmp_path / "picture").write_text("another")
    assert len(others | {first, progress_folder("search", params, files)}) == 4


def test_what_cannot_be_searched_is_refused_by_name(params):
    command = replace(params, detector=replace(params.detector, kind="command"))
    with pytest.raises(UserError, match="detector.kind: expected builtin"):
        program.check(command)
