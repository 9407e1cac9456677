"""The page and the table of the laboratory, in a temporary folder."""

import dataclasses

import pytest

from pipeline.augment.names import NAMES
from pipeline.compare.fingerprint import fingerprint
from pipeline.config import load_params
from pipeline.data.coco import Annotation, Category, Image, write_coco
from pipeline.data.files import write_image, write_json
from pipeline.errors import UserError
from pipeline.measure import folders
from pipeline.stages import laboratory
from tests.audit.planted import HEIGHT, WIDTH, small_params, world
from tests.fabricated import REPOSITORY
from tests.laboratory.made_up import made_up, made_up_audit
from tests.report.balance import Balance


@pytest.fixture
def params(tmp_path, monkeypatch):
    """Of a folder in which every opt-in stage has run."""
    monkeypatch.chdir(tmp_path)
    params = small_params(strengths=(0.5, 1.0))
    monkeypatch.setattr(laboratory, "load_params", lambda: params)
    images, annotations = [], []
    for i, sample in enumerate(world().samples):
        write_image(f"data/out/real/train/images/{i:02}.png", sample.image)
        images.append(Image(i, f"{i:02}.png", WIDTH, HEIGHT))
        annotations += [Annotation(5 * i + k + 1, i, tuple(map(float, box))) for k, box in enumerate(sample.boxes)]
    write_coco("data/out/real/train/annotations.json", images, annotations, (Category(1, "person"),))
    leave(made_up())
    return params


def leave(found):
    for part, content in found.items():
        write_json(folders.REPORT / "gap.json" if part == "gap" else folders.OUT / part / f"{part}.json", content)


def page_of(params):
    laboratory.run()
    page = (folders.REPORT / "laboratory.html").read_text(encoding="utf-8")
    balance = Balance()
    balance.feed(page)
    assert balance.wrong == [] and balance.open == [] and balance.scripts == 0
    assert all(address.startswith(("#", "data:image/jpeg;base64,")) for address in balance.addresses)
    assert not any(word in page for word in ("http:", "https:", "//www", "@import", "url("))
    return page


def test_the_page_has_every_part_and_is_self_contained(params):
    page = page_of(params)
    assert all(f'id="{name}"' in page for name in (*NAMES, "audit", "search", "learning", "alarms", "loader"))
    assert page.index("site unlearns the real frames.") < page.index("The splits do not overlap.")  # alarms come first
    assert "The gain of trial_7 did not transfer." in page and "Augmentation hurt with 2 (\u22120.100) images." in page
    assert (folders.REPORT / "laboratory.md").read_text(encoding="utf-8").count("\n| ") == 12  # with the head


def test_refused_transforms_are_named(params):
    leave({"audit": made_up_audit(refused=("flip", "vertical_flip"))})
    assert page_of(params).count("mirrors a chiral category") == 2


def test_names_are_escaped(params):
    leave(made_up('<script>alert("1")</script>'))
    assert "&lt;script&gt;" in page_of(params)


def test_parts_that_have_not_run_are_left_out(params, capsys):
    for part in ("audit", "search", "alarms"):
        (folders.OUT / part / f"{part}.json").unlink()
    page = page_of(params)
    assert 'id="learning"' in page and 'id="search"' not in page
    assert "not there: audit, search, alarms" in capsys.readouterr().out


def test_results_about_something_else_are_not_shown(params):
    other = dataclasses.replace(params, seed=params.seed + 1)
    leave({"alarms": made_up()["alarms"] | {"params_sha256": fingerprint(other)}})
    leave({"curves": made_up()["curves"] | {"made_from": {"data/out/real/train/annotations.json": "0" * 64}}})
    leave({"search": made_up()["search"] | {"made_from": {"data/out/gone.json": "0" * 64}}})
    page = page_of(params)
    assert 'id="loader"' in page and not any(f'id="{part}"' in page for part in ("alarms", "learning", "search"))


def test_nothing_has_run(params):
    for part in laboratory.PARTS:
        (folders.OUT / part / f"{part}.json").unlink()
    with pytest.raises(UserError, match="run `dvc repro lab/dvc.yaml`"):
        laboratory.run()


def test_the_readme_shows_the_committed_table():
    if load_params(REPOSITORY / "params.yaml").real.name != "PETS 2009 S2.L1 view 1 (vtest.avi)":
        pytest.skip("the README tells what the default data gave")
    told = (REPOSITORY / "data/report/laboratory.md").read_text(encoding="utf-8")
    rows = [line for line in told.splitlines() if line.startswith("|")]
    assert len(rows) > 2 and "\n".join(rows) in (REPOSITORY / "README.md").read_text(encoding="utf-8")
