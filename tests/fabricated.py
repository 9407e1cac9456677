"""Small made-up inputs of the scene code: people, photographs, places, a calibration."""

import dataclasses
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import yaml

from pipeline.config import load_params
from pipeline.data.files import write_image, write_json
from pipeline.params import NetworkParams
from pipeline.scene.atlas import REGIONS, Atlas, Sprite, SpriteMeta
from pipeline.scene.bank import save_place
from pipeline.scene.light import draw_light
from pipeline.scene.recipe import resolve, to_json
from pipeline.scene.streams import stream
from pipeline.scene.view import draw_view
from sensors import CameraProfile, Cfa, Codec, Isp, Optics, Sensor

REPOSITORY = Path(__file__).parents[1]
STATURE_M, PX_PER_M = 1.7, 100.0
FITTED = CameraProfile(
    optics=Optics(psf_sigma_px=0.8),
    sensor=Sensor(electrons_at_white=3000.0, full_well_e=3150.0, read_noise_e=4.0),
    cfa=Cfa(),
    isp=Isp(sharpening=0.4),
    codec=Codec(70, "420"),
)
INTERVALS = {
    "codec.jpeg_quality": (65, 75),
    "isp.gains[0]": (0.9, 1.1),
    "isp.sharpening": (0.2, 0.6),
    "optics.psf_sigma_px": (0.6, 1.0),
    "sensor.electrons_at_white": (2500.0, 3500.0),
}
TOGETHER = [{"isp.sharpening": sharpening, "sensor.electrons_at_white": 2500.0 + 2500 * (sharpening - 0.2)}
            for sharpening in (0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6)]  # fmt: skip


def sprite(person, pitch_deg=15.0, yaw_deg=0.0, pose="walk"):
    """A person of ellipses: head, torso, two legs; as high as an upright body seen from pitch_deg."""
    height = round(STATURE_M * PX_PER_M * np.cos(np.deg2rad(pitch_deg)))
    unit = height / 170
    parts = (  # centre x, centre y, radius x, radius y, region
        (30, 16, 13, 16, "skin"),
        (30, 70, 25, 45, "top"),
        (20, 130, 9, 40, "trousers"),
        (40, 130, 9, 40, "trousers"),
    )
    region = np.zeros((height, 60), np.uint8)
    alpha = np.zeros((height, 60), np.float32)
    for x, y, rx, ry, name in parts:
        fine = np.zeros((height * 8, 60 * 8), np.uint8)
        centre, radii = (round(x * 8), round(y * unit * 8)), (round(rx * 8), round(ry * unit * 8))
        cv2.ellipse(fine, centre, radii, 0, 0, 360, 255, -1)
        cover = cv2.resize(fine, (60, height), interpolation=cv2.INTER_AREA)
        alpha = np.maximum(alpha, cover)
        region[cover > 0] = REGIONS.index(name)
    xs = np.flatnonzero(alpha.any(axis=0))
    ys = np.flatnonzero(alpha.any(axis=1))
    tight = np.s_[ys[0] : ys[-1] + 1, xs[0] : xs[-1] + 1]
    alpha, region = alpha[tight].astype(np.uint8), region[tight]
    across = np.broadcast_to(np.linspace(-0.9, 0.9, alpha.shape[1]), alpha.shape)
    normal = np.stack([across, np.zeros_like(across), np.sqrt(1 - across**2)], -1)
    names = tuple(REGIONS[i] for i in np.unique(region) if i)
    foot = (alpha.shape[1] / 2, float(alpha.shape[0]))
    meta = SpriteMeta(person, pose, yaw_deg, pitch_deg, STATURE_M, PX_PER_M, foot, names)
    return Sprite(**vars(meta), alpha=alpha, region=region, normal=np.round(normal * 127).astype(np.int8))


def atlas():
    """Twenty-eight people: pitches 0 to 30, yaws all around, walking and standing."""
    pitches = [0.0, 5.0, 10.0, 15.0, 20.0, 25.0, 30.0] * 4
    poses = ("walk", "walk", "walk", "stand")
    return Atlas.of([sprite(i, pitch, 47.0 * i % 360, poses[i % 4]) for i, pitch in enumerate(pitches)])


def picture(rng, width, height):
    """Smooth colours with edges: uint8 (height, width, 3)."""
    coarse = rng.integers(0, 256, (6, 8, 3)).astype(np.uint8)
    image = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    for _ in range(6):
        corner, colour = rng.integers(0, width, 2), rng.integers(0, 256, 3)
        cv2.rectangle(image, corner.tolist(), (corner + 30).tolist(), colour.tolist(), -1)
    return image


def write_photographs(folder):
    for number, name in enumerate(("brick.png", "grass.png", "gravel.png", "a.png", "b.png", "c.jpg")):
        write_image(folder / name, picture(np.random.default_rng([number]), 256, 256))


def write_places(folder, params):
    """Plain ground with a wall across a part of it, instead of composed places."""
    width, height, effect = params.scenes.width_px, params.scenes.height_px, params.effects.places
    index = {}
    for split, count in (("train", effect.train_places), ("test", effect.test_places)):
        records = []
        for number in range(count):
            streams = partial(stream, params.seed, split, number)
            view = draw_view(streams("view"), effect, width, height)
            light = draw_light(streams("light"), 0.5, (0.2, 0.6), view.pitch_deg)
            image = (picture(streams("place"), width, height) / 255).astype(np.float32) ** 2
            depth = view.camera_height_m / np.maximum(view.rays()[1], 0.01)
            depth = np.minimum(np.repeat(depth, width, axis=1), 400).astype(np.float32)
            depth[:, : width // 5] = np.minimum(depth[:, : width // 5], 9.0)
            records.append(save_place(folder / split, number, image, depth, view, light))
        index[split] = records
    write_json(folder / "index.json", index)


def write_calibration(folder, params):
    width, height = params.scenes.width_px, params.scenes.height_px
    write_image(folder / "plate.png", picture(np.random.default_rng([99]), width, height))
    view = {"camera_height_m": 5.0, "pitch_deg": 15.0, "focal_px": 1.25 * width}
    view["walked_px"] = [[width / 3, height / 2], [width / 2, height * 0.8]]
    found = {"profile": FITTED.to_dict(), "ranges": INTERVALS, "joint": TOGETHER, "view": view}
    write_json(folder / "camera.json", found)


def tiny_params(**scenes):
    """The shipped parameters with small pictures of few people; keywords replace keys of `scenes`."""
    params = load_params(REPOSITORY / "params.yaml")
    small = {"width_px": 192, "height_px": 144, "train_images": 6, "test_images": 3, "people_range": (2, 5)}
    small["person_height_px_range"] = (20.0, 70.0)
    scenes = dataclasses.replace(params.scenes, **{**small, **scenes})
    places = dataclasses.replace(
        params.effects.places, train_places=4, test_places=2, focal_px_range=(140.0, 320.0)
    )
    site = dataclasses.replace(
        params.effects.site, standing=str(REPOSITORY / "tests/nothing_standing.json")
    )
    effects = dataclasses.replace(params.effects, places=places, site=site)
    return dataclasses.replace(params, scenes=scenes, effects=effects)


def write_small_network(folder):
    """params.yaml of the repository, but with a network of few channels; returns its plain data and the network's."""
    raw = yaml.safe_load((REPOSITORY / "params.yaml").read_text(encoding="utf-8"))
    raw["detector"] |= {"stem_channels": 8, "channels": [8, 8, 8], "blocks": [0, 0, 0], "head_channels": 8}
    raw["train"] |= {"batch": 2, "crop_px": 32}
    (folder / "params.yaml").write_text(yaml.safe_dump(raw), encoding="utf-8")
    names = [field.name for field in dataclasses.fields(NetworkParams)]
    return raw, NetworkParams(**{name: raw["detector"][name] for name in names})


def write_inputs(root, params):
    """Everything that the stage synth reads: the shipped params.yaml, and below root/data/out all that it draws from.

    The recipes are those of `params`, of the whole ladder.
    """
    Path(root, "params.yaml").write_bytes((REPOSITORY / "params.yaml").read_bytes())
    out = Path(root) / "data/out"
    atlas().save(out / "assets")
    write_photographs(out / "real/photos")
    write_places(out / "places", params)
    write_calibration(out / "calibration", params)
    write_recipes(root, params)


def write_recipes(root, params):
    out = Path(root) / "data/out"
    for rung in params.ladder:
        recipe = resolve(params, rung, out / "calibration", out / "places")
        write_json(out / "recipes" / f"{rung}.json", to_json(recipe))


def stock_folders(root):
    """What load_stock wants: assets, photos, places, calibration."""
    out = Path(root) / "data/out"
    return out / "assets", out / "real/photos", out / "places", out / "calibration"
