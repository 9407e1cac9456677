import dataclasses
import json

import pytest

from pipeline.data.files import write_json
from pipeline.errors import UserError
from pipeline.scene.draw import draw, load_stock
from pipeline.scene.recipe import read_recipe, resolve, to_json
from tests import fabricated


def recipes(rungs, params):
    """rung -> the text of its recipe file."""
    out = rungs.root / "data/out"
    made = {rung: resolve(params, rung, out / "calibration", out / "places") for rung in params.ladder}
    return {rung: json.dumps(to_json(recipe)) for rung, recipe in made.items()}


def changed(params, section, **values):
    effect = dataclasses.replace(getattr(params.effects, section), **values)
    return dataclasses.replace(params, effects=dataclasses.replace(params.effects, **{section: effect}))


def test_a_recipe_file_comes_back_as_it_was_resolved(rungs):
    out = rungs.root / "data/out"
    for rung in rungs.params.ladder:
        recipe = resolve(rungs.params, rung, out / "calibration", out / "places")
        assert rungs.recipes[rung] == recipe


@pytest.mark.parametrize(
    ("section", "values", "first"),
    [
        ("noise", {"read_noise_e_range": (3.0, 4.0)}, "noise"),
        ("optics", {"psf_sigma_px_range": (0.1, 0.2)}, "noise"),
        ("codec", {"subsamplings": ("420",)}, "noise"),
        ("motion_blur", {"exposure_us_range": (1.0, 2.0)}, "motion_blur"),
        ("rolling_shutter", {"line_readout_us_range": (1.0, 2.0)}, "rolling_shutter"),
        ("site", {"sun_probability": 0.9}, "site"),
        ("photographs", {"exposure_gain_range": (1.0, 1.0)}, "composite"),
    ],
)
def test_a_changed_effect_changes_the_recipes_of_those_that_use_it(rungs, section, values, first):
    before, after = recipes(rungs, rungs.params), recipes(rungs, changed(rungs.params, section, **values))
    ladder = list(rungs.params.ladder)
    assert [rung for rung in ladder if before[rung] != after[rung]] == ladder[ladder.index(first) :]


def test_what_every_scene_uses_changes_every_recipe(rungs):
    before = recipes(rungs, rungs.params)
    for params in (
        dataclasses.replace(rungs.params, seed=8),
        dataclasses.replace(rungs.params, scenes=dataclasses.replace(rungs.params.scenes, train_images=7)),
    ):
        after = recipes(rungs, params)
        assert all(before[rung] != after[rung] for rung in rungs.params.ladder)


def test_what_training_uses_changes_no_recipe(rungs):
    params = dataclasses.replace(rungs.params, train=dataclasses.replace(rungs.params.train, steps=3))
    assert recipes(rungs, params) == recipes(rungs, rungs.params)


def test_rungs_add_the_effects_of_those_before_them(rungs):
    effects = {rung: list(recipe.effects) for rung, recipe in rungs.recipes.items()}
    ladder = rungs.params.ladder
    for before, rung in zip(ladder, ladder[1:], strict=False):
        assert effects[rung] == effects[before] + list(rungs.params.rungs[rung])


@pytest.mark.parametrize(
    "ladder",
    [
        ("composite", "noise"),
        ("randomized",),
        ("randomized", "noise", "motion_blur"),
        ("randomized", "rolling_shutter"),
        ("site", "noise"),
        ("composite", "site"),
        ("randomized", "calibrated"),
    ],
)
def test_ladders_may_be_shortened_and_reordered(rungs, ladder, tmp_path):
    params = dataclasses.replace(rungs.params, ladder=ladder)
    out = rungs.root / "data/out"
    for rung in ladder:
        path = tmp_path / f"{rung}.json"
        write_json(path, to_json(resolve(params, rung, out / "calibration", out / "places")))
        recipe = read_recipe(path)
        scene, profile = draw(recipe, load_stock(recipe, *fabricated.stock_folders(rungs.root)), "train", 1)
        assert (scene.width, scene.height) == (192, 144)
        names = [effect for name in ladder[: ladder.index(rung) + 1] for effect in params.rungs[name]]
        assert (profile.sensor is not None) == bool({"noise", "calibrated"} & set(names))
        moving = profile.shutter.exposure_us if profile.shutter else 0
        assert (moving > 0) == ("motion_blur" in names)


def test_rungs_that_use_no_calibration_need_none(rungs, tmp_path):
    places = rungs.root / "data/out/places"
    for rung in ("composite", "noise"):
        assert resolve(rungs.params, rung, tmp_path, places).calibration == {}


def test_a_missing_recipe_says_what_to_run(tmp_path):
    with pytest.raises(UserError, match="the recipe is missing; run `dvc repro`"):
        read_recipe(tmp_path / "noise.json")


def test_a_recipe_of_other_code_says_what_does_not_fit(rungs, tmp_path):
    raw = to_json(rungs.recipes["noise"])
    raw["effects"]["noise"]["iso"] = 100
    del raw["scenes"]["people_range"]
    write_json(tmp_path / "noise.json", raw)
    with pytest.raises(UserError) as raised:
        read_recipe(tmp_path / "noise.json")
    for problem in ("noise.iso: unknown key", "scenes.people_range: missing"):
        assert problem in str(raised.value)


def test_a_site_without_a_view_is_refused(rungs, tmp_path):
    fabricated.write_calibration(tmp_path, rungs.params)
    camera = json.loads((tmp_path / "camera.json").read_text())
    write_json(tmp_path / "camera.json", camera | {"view": {"unknown": ["nobody walks"]}})
    with pytest.raises(UserError, match="rungs.site: the effect site needs .*nobody walks"):
        resolve(rungs.params, "site", tmp_path, rungs.root / "data/out/places")
