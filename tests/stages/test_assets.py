"""The stage assets with the user's own things; people are tested in tests/scene/test_assets_people.py."""

import numpy as np
import pytest

from pipeline.category_params import NoneParams
from pipeline.data.files import read_image, sha256_of
from pipeline.errors import DataError
from pipeline.scene.atlas import Atlas
from pipeline.scene.draw import draw, load_stock
from pipeline.scene.recipe import read_recipe
from pipeline.stages import assets as stage
from tests import fabricated, own_things

OUT = "data/out/assets"


@pytest.fixture
def params(tmp_path, monkeypatch):
    """Signs, balloons and ladders, and no people."""
    own_things.write_files(tmp_path / "own")
    own_things.write_picture(tmp_path / "own/sign/g.tiff", own_things.glyph(40, 50))
    categories = {
        "sign": own_things.cutouts(tmp_path / "own", chiral=True),
        "ladder": NoneParams(kind="none", chiral=False),
        "balloon": own_things.meshes(tmp_path / "own", placement="free"),
    }
    params = own_things.with_categories(fabricated.tiny_params(), categories)
    monkeypatch.setattr(stage, "load_params", lambda: params)
    monkeypatch.chdir(tmp_path)
    return params


def test_every_category_has_an_atlas_and_a_page_and_again_the_same_bytes(params, tmp_path):
    stage.run()
    files = sorted(path.relative_to(tmp_path / OUT).as_posix() for path in (tmp_path / OUT).rglob("*.*"))
    names = ("atlas.json", "atlas.npz", "contact_sheet.png")
    assert files == [f"{folder}/{name}" for folder in ("balloon", "sign") for name in names]
    before = {name: sha256_of(tmp_path / OUT / name) for name in files}
    signs = Atlas.load(tmp_path / OUT / "sign")
    assert [meta.pose for meta in signs.meta] == ["f.png", "g.tiff"]
    assert len(Atlas.load(tmp_path / OUT / "balloon")) == 16
    page = read_image(tmp_path / OUT / "sign/contact_sheet.png")
    assert (np.abs(page.astype(int) - 255).max(axis=2) > 100).mean() > 0.002  # something is on it
    stage.run()
    assert {name: sha256_of(tmp_path / OUT / name) for name in files} == before


def test_scenes_without_people_have_things_only(params, tmp_path):
    fabricated.write_inputs(tmp_path, params)
    stage.run()
    for rung in ("composite", "randomized", "site"):
        recipe = read_recipe(tmp_path / f"data/out/recipes/{rung}.json")
        stock = load_stock(recipe, *fabricated.stock_folders(tmp_path))
        ids = {layer.category_id for i in range(3) for layer in draw(recipe, stock, "train", i)[0].layers}
        assert stock.people is None and ids == {1, 3}


def test_a_bad_file_is_named_and_the_atlas_of_before_stays(params, tmp_path):
    stage.run()
    (tmp_path / "own/balloon/bad.ply").write_bytes(b"ply")
    before = sha256_of(tmp_path / OUT / "sign/atlas.npz")
    with pytest.raises(DataError, match="bad.ply"):
        stage.run()
    assert sha256_of(tmp_path / OUT / "sign/atlas.npz") == before
