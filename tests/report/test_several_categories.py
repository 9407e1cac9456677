"""The stages that measure, with two categories."""

import json
import re

import pytest

from pipeline import gate
from pipeline.data.coco import PERSON, Category
from pipeline.errors import DataError
from pipeline.measure import folders
from pipeline.stages import evaluate, gap, report, stress, transfer
from tests.report.fake_run import make_run, make_set
from tests.report.test_stages import Balance

SIGN = Category(2, "<script>alert('3')</script>", chiral=True)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """Parameters, and the content of gap.json and the page, of a run with persons and signs."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        params = make_run(tmp_path_factory.mktemp("run"), monkeypatch, (PERSON, SIGN))
        for name in (*params.ladder, folders.REAL_ONLY):
            evaluate.run(name)
        transfer.run()
        stress.run()
        gap.run()
        report.run()
        content = json.loads((folders.REPORT / "gap.json").read_text())
        metrics = json.loads((folders.evaluation("site") / "metrics.json").read_text())
        yield params, content, metrics, (folders.REPORT / "index.html").read_text(encoding="utf-8")


def test_what_is_compared_is_the_mean_over_the_categories(finished):
    params, content, metrics, _ = finished
    assert list(content["categories"]) == content["real"]["categories"] == ["person", SIGN.name]
    for rung, numbers in content["rungs"].items():
        alone = [told["rungs"][rung] for told in content["categories"].values()]
        for key in ("recall_real", "recall_synth", "gap", "ap50_real", "lamr_real"):
            assert numbers[key] == pytest.approx(sum(one[key] for one in alone) / 2, abs=1.01e-4), (rung, key)
        assert all(one["recall_real_ci95"][0] <= one["recall_real"] <= one["recall_real_ci95"][1] for one in alone)
    boxes = sum(told["test_boxes"] for told in content["categories"].values())
    assert boxes == content["real"]["test_boxes"] == sum(content["height_bins"]["boxes"])
    assert metrics["recall_real"] == content["rungs"]["site"]["recall_real"]
    sign = metrics["categories"][SIGN.name]
    assert sign["ap50_real"] == content["categories"][SIGN.name]["rungs"]["site"]["ap50_real"]
    row = content["transfer"]["recall"][0]
    assert row[-1] == content["rungs"][params.ladder[0]]["recall_real"]


def test_the_page_shows_every_category(finished):
    page = finished[-1]
    balance = Balance()
    balance.feed(page)
    assert balance.wrong == [] and balance.open == [] and balance.scripts == 0
    assert 'href="#categories"' in page and '<section id="categories"' in page
    assert "&lt;script&gt;alert(" in page and SIGN.name not in page
    assert "objects" in page and "of the people in" not in page


def test_the_gate_judges_the_mean(finished, tmp_path, monkeypatch):
    params, content, _, _ = finished
    code, sentence = gate.judge(content, params)
    assert code in (gate.PASSED, gate.FAILED) and f"{content['rungs']['site']['recall_real']:.3f}" in sentence


def test_real_categories_that_the_ladder_does_not_have(tmp_path, monkeypatch):
    make_run(tmp_path, monkeypatch)
    make_set(folders.real_set("test"), 9, "frame_{:04d}.png", 1, (PERSON, Category(5, "bicycle")))
    with pytest.raises(DataError, match="bicycle, which rung site does not have.*categories: person; found.*person, b"):
        evaluate.run("site")


def test_a_rung_without_a_category_of_the_real_frames(tmp_path, monkeypatch):
    make_run(tmp_path, monkeypatch, (PERSON, SIGN))
    make_set(folders.synth_set("site"), 1, "{:05d}.jpg", 2, (PERSON, Category(3, "cat"), SIGN))
    said = f"rung site: expected every category.*nobody to find of {re.escape(SIGN.name)}; raise"
    with pytest.raises(DataError, match=said):
        evaluate.run("site")
