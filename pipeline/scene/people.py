"""Who walks about: builds, outfits and poses drawn at random, and the dressed, posed mesh of a person."""

from dataclasses import dataclass, replace

import numpy as np

from pipeline.scene.clothes import Outfit
from pipeline.scene.gait import Pose, bone_rotations, sample_pose
from pipeline.scene.rasterize import vertex_normals

CHILD_SHARE = 0.1


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
        "gender": rng.uniform(0.8, 1.0) if woman else rng.uniform(0.0, 0.2), "age": age,
        "muscle": np.clip(rng.normal(0.5, 0.14), 0.1, 0.95), "weight": np.clip(rng.normal(0.5, 0.15), 0.1, 0.95),
        "proportions": rng.uniform(0.0, 0.6),
    }
    races = tuple(rng.dirichlet([0.6, 0.6, 0.6]))
    outfit = sample_outfit(rng, woman, child)
    pose = sample_pose(rng)
    if any("hand" in bag for bag in outfit.bags) and "carry" in pose.name:
        outfit = replace(outfit, bags=())
    return Person(identity, phenotypes, races, float(stature), outfit, pose)


def sample_outfit(rng, woman, child):
    """Draw clothes that go together: the weather decides first."""
    weather = rng.choice(["warm", "mild", "cold"], p=[0.38, 0.34, 0.28])
    sleeve = {"warm": rng.choice([0.0, 0.45, 0.6, 2.05], p=[0.08, 0.34, 0.46, 0.12]), "mild": 2.05, "cold": 2.05}[weather]
    draw = dict(
        top_hem=rng.uniform(-0.12, 0.2), sleeve=float(sleeve), top_loose=rng.uniform(0.006, 0.03), neckline=rng.uniform(-0.03, 0.015),
        bottom="trousers", bottom_hem=2.06, bottom_loose=rng.uniform(0.004, 0.034),
    )
    kind = rng.random()
    if weather == "warm" and kind < (0.18 if woman else 0.4):
        draw.update(bottom_hem=rng.uniform(0.55, 1.1), bottom_loose=rng.uniform(0.012, 0.035))
    elif woman and kind < {"warm": 0.55, "mild": 0.3, "cold": 0.15}[weather]:
        draw.update(bottom=rng.choice(["skirt", "dress"]), bottom_hem=rng.uniform(0.65, 1.85),
                    bottom_loose=rng.uniform(0.0, 0.05))
        draw["top_hem"] = -0.1
    if weather == "cold" or (weather == "mild" and rng.random() < 0.5):
        long = rng.random() < (0.45 if weather == "cold" else 0.15)
        draw.update(coat_hem=rng.uniform(0.45, 1.35) if long else rng.uniform(-0.12, 0.15),
                    coat_loose=rng.uniform(0.018, 0.055), coat_open=rng.uniform(0.2, 0.6) if rng.random() < 0.35 else 0.0)
    draw["shoe_top"] = rng.uniform(1.35, 1.7) if rng.random() < 0.12 else rng.uniform(1.86, 1.96)
    draw["hair"] = str(rng.choice(["short", "full", "bob", "long", "bun", "ponytail"], p=[0.1, 0.15, 0.25, 0.3, 0.08, 0.12]) if woman
                       else rng.choice(["bald", "short", "full", "bob"], p=[0.15, 0.57, 0.24, 0.04]))
    hats = {"warm": [0.84, 0.0, 0.1, 0.06, 0.0], "mild": [0.86, 0.03, 0.06, 0.02, 0.03], "cold": [0.55, 0.24, 0.06, 0.03, 0.12]}
    draw["hat"] = str(rng.choice(["none", "beanie", "cap", "brim", "hood"], p=hats[weather]))
    bags = [(), ("backpack",), ("shoulder_left",), ("shoulder_right",), ("hand_left",), ("hand_right",)]
    shares = [0.62, 0.3, 0.02, 0.02, 0.02, 0.02] if child else [0.5, 0.17, 0.09, 0.09, 0.075, 0.075]
    draw["bags"] = bags[rng.choice(len(bags), p=shares)]
    return Outfit(**draw)


def make_mesh(wardrobe, person, rng):
    """The mesh of a person, dressed and posed; rng draws the folds of the cloth."""
    body = wardrobe.body
    rest = shape_of_stature(body, person)
    transforms = body.bone_transforms(rest, bone_rotations(person.pose))
    pieces = wardrobe.dress(rest, person.outfit, rng)
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
    feet = np.mean([transforms[0][bone] @ joint + transforms[1][bone] for bone, joint in _foot_joints(body, rest)], axis=0)
    vertices -= np.array([feet[0], feet[1], vertices[:, 2].min()], np.float32)
    return Mesh(vertices, vertex_normals(vertices, faces), faces, np.concatenate(region),
                np.concatenate([piece.keep for piece in pieces]), np.concatenate(layer))


def shape_of_stature(body, person):
    """Rest pose (V, 3) of a body that is `stature_m` tall: every vertex is linear in the phenotype height."""
    short, tall = (body.shape({**person.phenotypes, "height": height}, person.races) for height in (0.0, 1.0))
    skin = body.faces["body"]
    low, high = np.ptp(short[skin, 2]), np.ptp(tall[skin, 2])
    share = np.float32(np.clip((person.stature_m - low) / (high - low), 0, 1))
    return short + share * (tall - short)


def _foot_joints(body, rest):
    joints = body.joints(rest)
    return [(bone, joints[bone]) for bone in (body.bones.index("foot.L"), body.bones.index("foot.R"))]
