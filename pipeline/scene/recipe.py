"""A rung's recipe: everything that decides its images, resolved from params.yaml and the calibration into one record.

The stage `recipes` writes one JSON file a rung; `synth` reads nothing else, so a changed number reruns only the rungs
whose recipe it changed.
"""

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path

from pipeline.build import build
from pipeline.category_params import CategoryParams
from pipeline.data.files import sha256_of
from pipeline.errors import UserError
from pipeline.params import EffectParams, SceneParams
from pipeline.scene.standing import read_standing

BACKGROUNDS = ("photographs", "places", "site")
FITTED = ("calibrated", "site")  # effects that use the calibration of the real camera


@dataclass(frozen=True)
class Recipe:
    """effects: name -> its parameters, of all rungs up to this one. calibration: fitted camera and view, or empty."""

    rung: str
    seed: int
    scenes: SceneParams
    categories: dict[str, CategoryParams]
    effects: dict
    calibration: dict
    plate_sha256: str  # of the background plate; empty where the rung uses none
    places_sha256: str  # of the index of the bank of places; empty likewise
    standing: list  # what stands in the plate; empty likewise


def resolve(params, rung, calibration_folder, places_folder):
    """The recipe of a rung: the effects of every rung of the ladder up to it, with their parameters.

    Of several backgrounds the one named last stands.
    """
    upto = params.ladder[: params.ladder.index(rung) + 1]
    names = [effect for name in upto for effect in params.rungs[name]]
    effects = {name: getattr(params.effects, name) for name in dict.fromkeys(names)}
    background = [name for name in names if name in BACKGROUNDS][-1]
    fitted = any(name in FITTED for name in effects)
    calibration = json.loads((calibration_folder / "camera.json").read_text()) if fitted else {}
    if background == "site" and "pitch_deg" not in calibration["view"]:
        raise UserError(
            f"rungs.{rung}: the effect site needs the camera's view over the ground, which the unlabelled frames do "
            f"not tell ({'; '.join(calibration['view']['unknown'])}); give other frames, or leave site out"
        )
    plate = sha256_of(calibration_folder / "plate.png") if background == "site" else ""
    places = sha256_of(places_folder / "index.json") if background == "places" else ""
    standing = []
    if background == "site":
        standing = read_standing(
            params.effects.site.standing, params.scenes.width_px, params.scenes.height_px
        )
    categories = params.assets.categories
    return Recipe(rung, params.seed, params.scenes, categories, effects, calibration, plate, places, standing)


def to_json(recipe):
    return dataclasses.asdict(recipe)


def read_recipe(path):
    """Read a recipe file. Raises UserError when it is missing or not of this version of the code."""
    path = Path(path)
    if not path.is_file():
        raise UserError(
            f"{path}: the recipe is missing; run `dvc repro` or `python -m pipeline.stages.recipes` first"
        )
    raw = json.loads(path.read_text(encoding="utf-8"))
    problems = []
    kinds = {field.name: field.type for field in dataclasses.fields(EffectParams)}
    scenes = build(SceneParams, raw["scenes"], "scenes", problems)
    categories = build(dict[str, CategoryParams], raw["categories"], "categories", problems)
    effects = {name: build(kinds[name], value, name, problems) for name, value in raw["effects"].items()}
    if problems:
        raise UserError("\n".join(f"{path}: {problem}" for problem in problems))
    return Recipe(
        raw["rung"],
        raw["seed"],
        scenes,
        categories,
        effects,
        raw["calibration"],
        raw["plate_sha256"],
        raw["places_sha256"],
        raw["standing"],
    )
