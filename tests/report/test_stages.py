"""The stages that measure, from detections to the page, in a temporary folder."""

import json
import re
import shutil
from xml.etree import ElementTree

import pytest

from pipeline import gate
from pipeline.errors import UserError
from pipeline.measure import folders
from pipeline.report.page import build_page
from pipeline.stages import evaluate, gap, report, stress, transfer
from tests.report.balance import Balance
from tests.report.fake_run import hostile, made_up_realism, made_up_selection, make_run, renamed


@pytest.fixture(scope="module")
def finished_run(tmp_path_factory):
    """A folder in which evaluate, transfer, stress and gap have run, and its parameters."""
    folder = tmp_path_factory.mktemp("run")
    with pytest.MonkeyPatch.context() as monkeypatch:
        params = make_run(folder, monkeypatch)
        for name in (*params.ladder, folders.REAL_ONLY):
            evaluate.run(name)
        transfer.run()
        stress.run()
        gap.run()
    return folder, params


@pytest.fixture
def measured(finished_run, tmp_path, monkeypatch):
    """The parameters of a copy of that run, which is the working directory."""
    folder, params = finished_run
    monkeypatch.chdir(shutil.copytree(folder, tmp_path / "run"))
    return params


def test_stages_leave_what_the_next_ones_need(measured, capsys):
    ladder = list(measured.ladder)
    metrics = json.loads((folders.evaluation(ladder[0]) / "metrics.json").read_text())
    assert all(isinstance(value, float) for value in metrics.values())
    assert {"recall_real", "recall_synth", "ap50_real", "ap_synth", "lamr_real", "iou_real"} <= set(metrics)
    assert not any(
        "synth" in key for key in json.loads((folders.evaluation("real_only") / "metrics.json").read_text())
    )
    table = json.loads((folders.OUT / "transfer/transfer.json").read_text())
    assert table["rows"] == [*ladder, "real_only"] and table["columns"] == [*ladder, "real"]
    content = json.loads((folders.REPORT / "gap.json").read_text())
    assert "categories" not in content and "categories" not in content["real"]  # there is one: people
    for name, rung in content["rungs"].items():
        row = table["recall"][table["rows"].index(name)]
        assert row[-1] == rung["recall_real"] and row[ladder.index(name)] == rung["recall_synth"]
        own = json.loads((folders.evaluation(name) / "metrics.json").read_text())
        assert own["recall_real"] == rung["recall_real"] and own["ap50_synth"] == rung["ap50_synth"]
    assert gate.run() in (gate.PASSED, gate.FAILED)


def test_same_input_same_bytes(measured):
    files = [folders.REPORT / name for name in ("gap.json", "gap.csv", "ladder.svg")]
    before = [path.read_bytes() for path in files]
    gap.run()
    assert [path.read_bytes() for path in files] == before


def test_the_page_is_whole_and_self_contained(measured):
    report.run()
    page = (folders.REPORT / "index.html").read_text(encoding="utf-8")
    balance = Balance()
    balance.feed(page)
    assert all(address.startswith(("#", "data:image/jpeg;base64,")) for address in balance.addresses)
    assert not any(word in page for word in ("http:", "https:", "//www", "@import", "url("))
    assert balance.wrong == [] and balance.open == [] and balance.scripts == 0
    for rung in measured.ladder:
        assert page.count(rung) > 5
    assert "unknown" in page and "1 min 1 s" in page and "Selected frames beat nobody." in page
    assert len(page) < 6_000_000


def test_every_section_is_in_the_contents(measured):
    contents_name_the_sections()


def contents_name_the_sections():
    report.run()
    page = (folders.REPORT / "index.html").read_text()
    contents = re.search("<nav>.*?</nav>", page, re.DOTALL)[0]
    assert set(re.findall('href="#([a-z]+)"', contents)) == set(re.findall('<section id="([a-z]+)"', page))


def test_names_are_escaped(measured):
    evidence = report.gather(measured)
    params = renamed(measured)
    name, victim = params.ladder[1], measured.ladder[1]
    swap = {
        field: {name if k == victim else k: v for k, v in getattr(evidence, field).items()}
        for field in ("matches", "synth", "curves")
    }
    swap |= {"camera": {"measured": {name: name}, "unknown": [name]}, "seconds": {name: 3.0}, "verdict": (2, name)}
    swap["stress"] = json.loads(json.dumps(evidence.stress).replace(f'"{victim}"', json.dumps(name)))
    swap |= {"real": evidence.real, "reexposed": evidence.reexposed}
    swap |= {"realism": made_up_realism([name]), "selection": made_up_selection(name)}
    bad = evidence.__class__(gap=hostile(evidence.gap), **swap)
    page = build_page(bad, params)
    balance = Balance()
    balance.feed(page)
    assert balance.scripts == 0 and balance.wrong == []
    assert "&lt;script&gt;" in page


def test_the_picture_of_the_ladder_is_an_svg_of_its_own(measured):
    text = (folders.REPORT / "ladder.svg").read_text(encoding="utf-8")
    root = ElementTree.fromstring(text)
    assert root.tag == "{http://www.w3.org/2000/svg}svg" and root.get("width") and root.get("height")
    assert "prefers-color-scheme: dark" in text
    shown = "".join(root.itertext())
    assert all(rung in shown for rung in (*measured.ladder, "real_only"))


def test_report_shows_that_the_gate_cannot_tell(measured):
    path = folders.REPORT / "gap.json"
    path.write_text(path.read_text().replace('"params_sha256": "', '"params_sha256": "0'))
    report.run()
    assert "Gate cannot tell" in (folders.REPORT / "index.html").read_text(encoding="utf-8")


def test_optional_material_may_be_missing(measured):
    for folder in ("train", "calibration", "durations", "realism"):
        for path in (folders.OUT / folder).rglob("*.*"):
            path.unlink()
    (folders.REPORT / "select.json").unlink()
    contents_name_the_sections()


def test_unknown_detector_and_missing_results_are_named(measured):
    with pytest.raises(UserError, match="nonsense.*composite"):
        evaluate.run("nonsense")
    folders.results("real_only", "real", 1).unlink()
    with pytest.raises(UserError, match="real_seed1.json.*dvc repro"):
        gap.run()
