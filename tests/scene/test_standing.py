import dataclasses
import json

import numpy as np
import pytest

from pipeline.data.files import write_json
from pipeline.errors import DataError
from pipeline.scene.draw import draw, load_stock
from pipeline.scene.recipe import resolve, to_json
from pipeline.scene.standing import OPEN_M, depth_map, read_standing
from pipeline.scene.view import View
from tests import fabricated
from tests.reference.pinhole import project

VIEW = View(192, 144, 5.0, 15.0, 240.0)
POST = {"name": "post", "foot": [[96, 100]], "outlines": [[[90, 20], [101, 20], [101, 99], [90, 99]]]}


def file_of(tmp_path, things, width=192, height=144):
    path = tmp_path / "standing.json"
    write_json(path, {"width_px": width, "height_px": height, "things": things})
    return path


def test_a_wall_has_the_depth_that_projects_onto_its_foot():
    """A straight fence on the ground: every column's depth is that of the ground point of the fence there."""
    ends = np.array([[-2.0, 0.0, 12.0], [3.0, 0.0, 20.0]])
    feet, depths = project(VIEW, ends)
    fence = {"name": "fence", "foot": feet.tolist(), "outlines": [[[0, 0], [191, 0], [191, 143], [0, 143]]]}
    depth_m = depth_map([fence], VIEW)
    between = ends[0] + np.linspace(0, 1, 50)[:, None] * (ends[1] - ends[0])
    pixels, expected = project(VIEW, between)
    inside = (pixels[:, 0] > 1) & (pixels[:, 0] < 190)
    assert inside.sum() > 20 and np.ptp(expected[inside]) > 2
    np.testing.assert_allclose(depth_m[50, pixels[inside, 0].astype(int)], expected[inside], rtol=0.01)


def test_the_nearer_of_two_things_counts_and_the_ground_hides_nobody():
    board = {"name": "board", "foot": [[96, 130]], "outlines": [[[80, 40], [110, 40], [110, 60], [80, 60]]]}
    both, post, alone = (depth_map(things, VIEW) for things in ([board, POST], [POST], [board]))
    assert (both[45, 95], both[90, 95]) == (alone[45, 95], post[90, 95])
    assert alone[45, 95] < post[45, 95] < OPEN_M
    assert (both[120:] == OPEN_M).all()


def test_people_behind_are_hidden_and_those_before_are_not(rungs):
    """Two bands across the plate over one foot line: they hide those behind that line alone."""
    bands = {
        "name": "bands",
        "foot": [[0, 90], [191, 90]],
        "outlines": [[[0, y], [191, y], [191, y + 7], [0, y + 7]] for y in (55, 80)],
    }
    everything = slice(0, 144), slice(0, 192)
    behind = before = 0
    recipes = [dataclasses.replace(rungs.recipes["site"], standing=things) for things in ([], [bands])]
    stocks = [load_stock(recipe, *fabricated.stock_folders(rungs.root)) for recipe in recipes]
    for index in range(12):
        (free, _), (covered, _) = (draw(*pair, "train", index) for pair in zip(recipes, stocks, strict=True))
        clear = {free.actors[c.actor].foot_px: c for c in free.render(0.0, *everything).coverage}
        for c in covered.render(0.0, *everything).coverage:
            foot = covered.actors[c.actor].foot_px
            rows = np.arange(c.y0, c.y0 + len(c.visible))
            expected = clear[foot].visible.copy()
            if foot[1] < 88:
                expected[((rows >= 55) & (rows <= 62)) | ((rows >= 80) & (rows <= 87))] = 0
                behind += expected.sum() < clear[foot].visible.sum()
            elif foot[1] < 92:
                continue
            before += foot[1] > 92 and rows[0] < 87
            np.testing.assert_allclose(c.visible, expected, atol=1e-5)
    assert behind and before


def test_the_recipe_of_site_holds_the_things_and_no_other_does(rungs, tmp_path):
    path = file_of(tmp_path, [POST])
    site = dataclasses.replace(rungs.params.effects.site, standing=str(path))
    params = dataclasses.replace(rungs.params, effects=dataclasses.replace(rungs.params.effects, site=site))
    out = rungs.root / "data/out"
    for rung in params.ladder:
        recipe = to_json(resolve(params, rung, out / "calibration", out / "places"))
        assert recipe["standing"] == ([POST] if rung == "site" else [])


def test_the_shipped_marks_can_be_read():
    things = read_standing(fabricated.REPOSITORY / "data/real/standing.json", 768, 576)
    points = np.array([point for thing in things for outline in thing["outlines"] for point in outline])
    assert (points >= 0).all() and (points <= [768, 576]).all()


def test_every_problem_of_a_file_is_reported(tmp_path):
    things = [
        POST,
        {"name": "flat", "foot": [[1, 2]], "outlines": []},
        {"name": "nan", "foot": [[1, float("inf")]], "outlines": [[[0, 0], [1, 1]]]},
        "van",
    ]
    path = tmp_path / "standing.json"
    path.write_text(json.dumps({"width_px": 100, "height_px": 144, "things": things}))
    with pytest.raises(DataError) as caught:
        read_standing(path, 192, 144)
    lines = str(caught.value).splitlines()
    assert len(lines) == 5 and all(line.startswith(f"{path}: ") for line in lines)
    for line, part in zip(
        lines, ("100 x 144 px", '"flat": it has no outline', '"nan": foot', '"nan": outline 0', "thing 3"), strict=True
    ):
        assert part in line


@pytest.mark.parametrize("text", ["", "[]", '{"things": []}', '{"width_px": 1, "height_px": 1, "things": 3}'])
def test_a_file_of_another_kind_is_refused(tmp_path, text):
    path = tmp_path / "standing.json"
    path.write_text(text)
    with pytest.raises(DataError, match="standing.json: expected"):
        read_standing(path, 192, 144)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(DataError, match="nowhere.json: the file is missing"):
        read_standing(tmp_path / "nowhere.json", 192, 144)
