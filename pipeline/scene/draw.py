"""Draw a scene and its camera: (recipe, split, index) -> Scene, CameraProfile. Same arguments, same scene."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from pipeline.categories import THINGS
from pipeline.data.files import read_image, sha256_of
from pipeline.errors import UserError
from pipeline.scene import light as lights
from pipeline.scene.atlas import Atlas
from pipeline.scene.bank import Bank
from pipeline.scene.camera_draw import draw_camera, draw_joint
from pipeline.scene.crowd import draw_crowd
from pipeline.scene.develop import NO_VEIL, Development, expose_for
from pipeline.scene.layer import numbered
from pipeline.scene.motion import CameraMotion, draw_motion
from pipeline.scene.object_layers import paste_things, place_things
from pipeline.scene.objects import Category, draw_things
from pipeline.scene.photographs import draw_photograph, load_backgrounds
from pipeline.scene.placement import place_anywhere, place_on_ground, spread, where_walked
from pipeline.scene.plates import Plate, draw_plate_light
from pipeline.scene.scene import Scene
from pipeline.scene.standing import depth_map
from pipeline.scene.streams import stream
from pipeline.scene.view import View

MEAN_LIGHT = 0.22  # auto-exposure's target for the picture's mean linear light


@dataclass(frozen=True, eq=False)
class Stock:
    """What scenes are made of, loaded once per process; what the recipe does not use is None."""

    people: Category | None
    things: list[Category]  # the other categories that a scene shows
    photographs: list | None
    bank: Bank | None
    plate: Plate | None
    standing_m: np.ndarray | None  # float32 (H, W) depth of what stands in the plate


def load_stock(recipe, assets, photos, places, calibration):
    """Read the atlas and the backgrounds that the recipe uses from the folders of their stages."""
    bank = plate = photographs = standing_m = None
    if recipe.plate_sha256:
        path = _same(Path(calibration) / "plate.png", recipe.plate_sha256, recipe)
        plate = Plate(read_image(path), recipe.calibration["profile"])
        standing_m = depth_map(recipe.standing, _site_view(recipe))
    elif recipe.places_sha256:
        _same(Path(places) / "index.json", recipe.places_sha256, recipe)
        bank = Bank(places)
    else:
        photographs = load_backgrounds(Path(photos))
    people, things = _load_atlases(recipe, Path(assets))
    return Stock(people, things, photographs, bank, plate, standing_m)


def _load_atlases(recipe, assets):
    """The category of people, or None, and the categories of other things."""
    people, things = None, []
    for number, (name, params) in enumerate(recipe.categories.items(), 1):
        if params.kind == "people":
            people = Category(number, name, params, Atlas.load(assets))
        elif params.kind in THINGS:
            things.append(Category(number, name, params, Atlas.load(assets / name)))
    return people, things


def _same(path, sha256, recipe):
    if not path.is_file() or sha256_of(path) != sha256:
        raise UserError(
            f"{path}: missing, or not what the recipe of rung {recipe.rung} names; run `dvc repro`"
        )
    return path


def draw(recipe, stock, split, index):
    """Scene `index` of a split and the camera that photographs it: (Scene, CameraProfile)."""
    streams = partial(stream, recipe.seed, split, index)
    crowd = draw_crowd(streams("crowd"), recipe.scenes) if stock.people else ()
    things = [(each, draw_things(streams(f"things {each.name}"), each.params)) for each in stock.things]
    if stock.plate is not None:
        scene = _at_site(recipe, stock, streams, crowd, things)
    elif stock.bank is not None:
        scene = _in_place(recipe, stock, streams, crowd, things, split, index)
    else:
        scene = _on_photograph(recipe, stock, streams, crowd, things)
    return scene, draw_camera(recipe, streams)


def _on_photograph(recipe, stock, streams, crowd, things):
    """People pasted anywhere, at any size, unshaded, on a photograph of something else."""
    scenes, effect = recipe.scenes, recipe.effects["photographs"]
    width, height = scenes.width_px, scenes.height_px
    rng = streams("photograph")
    picture = draw_photograph(rng, stock.photographs, width, height)
    view = View(width, height, 5.0, 15.0, float(width))
    layers = []
    if crowd:
        atlas = stock.people.atlas
        layers = place_anywhere(crowd, atlas, lights.FRONTAL, width, height, scenes.person_height_px_range)
    layers = numbered(layers, stock.people) + [
        layer for category, some in things for layer in paste_things(category, some, view, lights.FRONTAL)
    ]
    depth_m = np.broadcast_to(np.float32(1000.0), (height, width))
    develop = Development(rng.uniform(*effect.exposure_gain_range) * np.ones(3), NO_VEIL)
    return Scene(
        develop.of_picture(picture),
        depth_m,
        tuple(develop.of_layers(layers)),
        view,
        draw_motion(streams("motion"), scenes),
    )


def _in_place(recipe, stock, streams, crowd, things, split, index):
    """People on the ground of a composed place, in its light, before and behind its things."""
    scenes, effect = recipe.scenes, recipe.effects["places"]
    place = stock.bank.place(split, index)
    feet_px = spread(crowd, place.view, scenes.person_height_px_range)
    layers = _stand_about(stock, crowd, feet_px, things, place.view, place.light, place.depth_m)
    rng = streams("exposure_gain")
    balance = np.exp(rng.normal(0, effect.white_balance_log_sigma, 3))
    develop = expose_for(
        place.display,
        MEAN_LIGHT,
        rng.uniform(*effect.exposure_gain_range),
        balance,
        rng.uniform(*effect.haze_range),
    )
    people = Development(develop.factor * place.gain, develop.veil)
    return Scene(
        develop.of_picture(place.display),
        place.depth_m,
        tuple(people.of_layers(layers)),
        place.view,
        draw_motion(streams("motion"), scenes),
    )


def _at_site(recipe, stock, streams, crowd, things):
    """People on the plate of the real site, mostly where people walk there, in light that changes."""
    scenes, effect = recipe.scenes, recipe.effects["site"]
    view = _site_view(recipe)
    light = lights.draw_light(
        streams("light"), effect.sun_probability, effect.shadow_strength_range, view.pitch_deg
    )
    rng = streams("plate")
    background = draw_plate_light(rng, effect, stock.plate.display.shape)
    background *= stock.plate.light(draw_joint(recipe, streams))
    feet_px = where_walked(
        streams("walked"),
        spread(crowd, view, scenes.person_height_px_range),
        recipe.calibration["view"]["walked_px"],
        effect.walked_probability,
        view,
    )
    layers = _stand_about(stock, crowd, feet_px, things, view, light, stock.standing_m)
    balance = np.exp(rng.normal(0, effect.white_balance_log_sigma, 3))
    develop = Development(rng.uniform(*effect.person_gain_range) * balance, NO_VEIL)
    return Scene(background, stock.standing_m, tuple(develop.of_layers(layers)), view, CameraMotion())


def _stand_about(stock, crowd, feet_px, things, view, light, depth_m):
    """The people and things of a scene with a ground plane: list of Layer."""
    layers = place_on_ground(crowd, feet_px, stock.people.atlas, view, light, depth_m) if crowd else []
    of_things = [layer for category, some in things for layer in place_things(category, some, view, light, depth_m)]
    return numbered(layers, stock.people) + of_things


def _site_view(recipe):
    fitted, scenes = recipe.calibration["view"], recipe.scenes
    return View(
        scenes.width_px, scenes.height_px, fitted["camera_height_m"], fitted["pitch_deg"], fitted["focal_px"]
    )
