"""Who walks about: builds, outfits and poses drawn at random, and the dressed, posed mesh of a person."""

from dataclasses import dataclass, replace

import numpy as np

from pipeline.scene.clothes import dress
from pipeline.scene.gait import Pose, bone_rotations, sample_pose
from pipeline.scene.rasterize import vertex_normals
from pipeline.scene.wardrobe import Outfit

CHILD_SHARE = 0.1
WEATHER = {"warm": 0.38, "mild": 0.34, "cold": 0.28}
SLEEVES = {0.0: 0.08, 0.45: 0.34, 0.6: 0.46, 2.05: 0.12}  # of warm weather, as Outfit.sleeve
SKIRT_SHARE = {"warm": 0.55, "mild": 0.3, "cold": 0.15}  # of women, skirts or dresses (and shorts, if warm)
COAT_SHARE = {"warm": 0.0, "mild": 0.5, "cold": 1.0}
WOMANS_HAIR = {"short": 0.1, "full": 0.15, "bob": 0.25, "long": 0.3, "bun": 0.08, "ponytail": 0.12}
MANS_HAIR = {"bald": 0.15, "short": 0.57, "full": 0.24, "bob": 0.04}
HATS = {
    "warm": {"none": 0.84, "cap": 0.1, "brim": 0.06},
    "mild": {"none": 0.86, "beanie": 0.03, "cap": 0.06, "brim": 0.02, "hood": 0.03},
    "cold": {"none": 0.55, "beanie": 0.24, "cap": 0.06, "brim": 0.03, "hood": 0.12},
}
BAGS = {
    (): 0.5, ("backpack",): 0.17, ("shoulder_left",): 0.09, ("shoulder_right",): 0.09,
    ("hand_left",): 0.075, ("hand_right",): 0.075,
}  # fmt: skip
CHILDS_BAGS = {(): 0.65, ("backpack",): 0.35}


@dataclass(frozen=True)
class Person:
    identity: int
    phenotypes: dict[str, float]  # of Body.shape, without height
    races: tuple[float, float, float]
    stature_m: float  # barefoot, standing straight
    outfit: Outfit
    pose: Pose


@dataclass(frozen=True)
class Mesh:
    """Triangles ready to be looked at; z = 0 is the ground and the origin lies between the feet."""

    vertices: np.ndarray  # (V, 3) float32 m
    normals: np.ndarray  # (V, 3) float32
    faces: np.ndarray  # (F, 3)
    region: np.ndarray  # (F,) uint8
    keep: np.ndarray  # (V,) cut off where the interpolated value is negative
    layer: np.ndarray  # (V,) of the clothes, 0 innermost


def sample_person(rng, identity):
    """Draw a person: mostly adults of both sexes, one in ten a child."""
    child = rng.random() < CHILD_SHARE
    woman = rng.random() < 0.5
    if child:
        stature, age = rng.uniform(1.08, 1.55), rng.uniform(1 / 3, 0.45)
    else:
        stature = np.clip(rng.normal(1.65, 0.065) if woman else rng.normal(1.78, 0.07), 1.48, 2.0)
        age = rng.uniform(0.58, 1.0)
    phenotypes = {
        "gender": rng.uniform(0.8, 1.0) if woman else rng.uniform(0.0, 0.2),
        "age": age,
        "muscle": np.clip(rng.normal(0.5, 0.14), 0.1, 0.95),
        "weight": np.clip(rng.normal(0.5, 0.15), 0.1, 0.95),
        "proportions": rng.uniform(0.0, 0.6),
    }
    races = tuple(rng.dirichlet([0.6, 0.6, 0.6]))
    outfit = sample_outfit(rng, woman, child)
    pose = sample_pose(rng)
    # Cloth stands off a child as it does off an adult, in proportion.
    scale = stature / 1.75
    loose = {name: scale * getattr(outfit, name) for name in ("top_loose", "bottom_loose", "coat_loose")}
    outfit = replace(outfit, **loose)
    if any("hand" in bag for bag in outfit.bags) and "carry" in pose.name:
        outfit = replace(outfit, bags=())
    return Person(identity, phenotypes, races, float(stature), outfit, pose)


def sample_outfit(rng, woman, child):
    """Draw clothes that go together: the weather decides first."""
    weather = pick(rng, WEATHER)
    draw = dict(
        top_hem=rng.uniform(-0.12, 0.2),
        sleeve=pick(rng, SLEEVES) if weather == "warm" else 2.05,
        top_loose=rng.uniform(0.006, 0.03),
        neckline=rng.uniform(-0.03, 0.015),
        bottom_hem=2.06,
        bottom_loose=rng.uniform(0.004, 0.034),
    )
    kind = rng.random()
    if weather == "warm" and kind < (0.18 if woman else 0.4):  # shorts
        draw.update(bottom_hem=rng.uniform(0.55, 1.1), bottom_loose=rng.uniform(0.012, 0.035))
    elif woman and kind < SKIRT_SHARE[weather]:
        draw.update(
            bottom="skirt" if rng.random() < 0.5 else "dress",
            bottom_hem=rng.uniform(0.65, 1.85),
            bottom_loose=rng.uniform(0.0, 0.05),
            top_hem=-0.1,
        )
    if rng.random() < COAT_SHARE[weather]:
        long = rng.random() < (0.45 if weather == "cold" else 0.15)
        draw.update(
            coat_hem=rng.uniform(0.45, 1.35) if long else rng.uniform(-0.12, 0.15),
            coat_loose=rng.uniform(0.018, 0.055),
            coat_open=rng.uniform(0.2, 0.6) if rng.random() < 0.35 else 0.0,
        )
    boots = rng.random() < 0.12
    return Outfit(
        **draw,
        shoe_top=rng.uniform(1.35, 1.7) if boots else rng.uniform(1.86, 1.96),
        hair=pick(rng, WOMANS_HAIR if woman else MANS_HAIR),
        hat=pick(rng, HATS[weather]),
        bags=pick(rng, CHILDS_BAGS if child else BAGS),
    )


def pick(rng, shares):
    """One of the keys of `shares`, each as often as its share."""
    keys, weights = list(shares), np.array(list(shares.values()))
    return keys[rng.choice(len(keys), p=weights / weights.sum())]


def make_mesh(wardrobe, person, rng):
    """The mesh of a person, dressed and posed; rng draws the folds of the cloth."""
    body = wardrobe.body
    rest = shape_of_stature(body, person)
    transforms = body.bone_transforms(rest, bone_rotations(person.pose))
    pieces = dress(wardrobe, rest, person.outfit, rng)
    vertices, faces, region, layer, count = [], [], [], [], 0
    for piece in pieces:
        still = piece.vertices.astype(np.float32)
        posed = body.skin(still, piece.follow, transforms)
        if piece.upright:  # hung from the point of the bone that it starts above
            top = np.array([*still.mean(axis=0)[:2], still[:, 2].max()], np.float32)
            posed = still - top + body.skin(top[None], piece.follow[:1], transforms)
        vertices.append(posed)
        faces.append(piece.faces + count)
        region.append(np.full(len(piece.faces), piece.region, np.uint8))
        layer.append(np.full(len(posed), piece.layer, np.float32))
        count += len(posed)
    vertices, faces = np.concatenate(vertices), np.concatenate(faces)
    ankles = body.posed_joints(rest, transforms)[[body.bones.index("foot.L"), body.bones.index("foot.R")]]
    vertices -= np.array([*ankles[:, :2].mean(axis=0), vertices[:, 2].min()], np.float32)
    return Mesh(
        vertices,
        vertex_normals(vertices, faces),
        faces,
        np.concatenate(region),
        np.concatenate([piece.keep for piece in pieces]),
        np.concatenate(layer),
    )


def shape_of_stature(body, person):
    """Rest pose (V, 3) of a body that is `stature_m` tall: every vertex is linear in the phenotype height."""
    short, tall = (body.shape({**person.phenotypes, "height": height}, person.races) for height in (0.0, 1.0))
    skin = body.faces["body"]
    low, high = np.ptp(short[skin, 2]), np.ptp(tall[skin, 2])
    share = np.float32(np.clip((person.stature_m - low) / (high - low), 0, 1))
    return short + share * (tall - short)
