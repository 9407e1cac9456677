"""A camera's view of a person's mesh: regions, normals and anti-aliased alpha."""

import cv2
import numpy as np

from pipeline.scene.atlas import REGIONS, Sprite
from pipeline.scene.gait import Z, rotation
from pipeline.scene.rasterize import rasterize

SAMPLES = 3  # per pixel and direction
ONE_SIDED = [REGIONS.index(name) for name in ("skin", "shoes")]  # their inside is never seen
LAYER_LIFT_M = 0.006  # toward the camera, per layer: outer clothes show where they sink in a little


def view_axes(pitch_deg):
    """Rows right, down, toward the camera (3, 3), for world axes x right, y away from the camera, z up."""
    sin, cos = np.sin(np.radians(pitch_deg)), np.cos(np.radians(pitch_deg))
    return np.array([[1, 0, 0], [0, -sin, -cos], [0, -cos, sin]])


def render_sprite(mesh, person, yaw_deg, pitch_deg, height_px):
    """Look at a mesh with parallel rays, so that it is `height_px` high; see atlas.py for axes."""
    axes = (view_axes(pitch_deg) @ rotation(Z, yaw_deg)).astype(np.float32)
    seen = np.einsum("ij,vj->vi", axes, mesh.vertices)
    px_per_m = height_px / np.ptp(seen[:, 1])
    low = seen[:, :2].min(axis=0)
    # A whole pixel more on the right, so that the crop below decides what is empty.
    width = int(np.ceil(np.ptp(seen[:, 0]) * px_per_m)) + 1
    xy = (seen[:, :2] - low) * (px_per_m * SAMPLES)
    depth = -seen[:, 2] - LAYER_LIFT_M * mesh.layer
    faces, face_region = _without_backs(xy, mesh)
    face, bary = rasterize(xy, depth, faces, height_px * SAMPLES, width * SAMPLES, mesh.keep)

    covered = np.flatnonzero(face >= 0)
    shown = face.ravel()[covered]
    corners = np.einsum("ij,vj->vi", axes, mesh.normals)[faces[shown]]
    seen_normal = np.einsum("pk,pkc->pc", bary.reshape(-1, 3)[covered], corners)
    seen_normal *= np.where(seen_normal[:, 2:] < 0, -1, 1)  # the inside of a sleeve or a skirt
    region, normal = np.zeros(face.shape, np.uint8), np.zeros((*face.shape, 3), np.float32)
    region.ravel()[covered], normal.reshape(-1, 3)[covered] = face_region[shown], seen_normal
    alpha, region, normal = _average(region, normal)

    columns = np.flatnonzero(alpha.any(axis=0))
    rows = np.flatnonzero(alpha.any(axis=1))
    crop = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    foot = -low * px_per_m - [columns[0], rows[0]]  # the mesh's origin
    return Sprite(
        person=person.identity,
        pose=person.pose.name,
        yaw_deg=round(float(yaw_deg), 3),
        pitch_deg=round(float(pitch_deg), 3),
        stature_m=round(float(mesh.vertices[:, 2].max()), 4),
        px_per_m=round(float(px_per_m), 4),
        foot_xy=(round(float(foot[0]), 3), round(float(foot[1]), 3)),
        regions=tuple(REGIONS[i] for i in np.unique(region) if i),
        alpha=alpha[crop],
        region=region[crop],
        normal=normal[crop],
    )


def _without_backs(xy, mesh):
    """Faces and their regions without those that turn away, where no one looks in."""
    a, b, c = (xy[mesh.faces[:, i]] for i in range(3))
    turned_away = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) > (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])
    kept = ~(turned_away & np.isin(mesh.region, ONE_SIDED))
    return mesh.faces[kept], mesh.region[kept]


def _average(region, normal):
    """Samples to pixels: alpha is the covered share; the most frequent region wins and gives the normal."""
    samples = [np.s_[y::SAMPLES, x::SAMPLES] for y in range(SAMPLES) for x in range(SAMPLES)]
    votes = np.zeros((len(REGIONS), *region[samples[0]].shape), np.uint8)
    for i in np.flatnonzero(np.bincount(region.ravel(), minlength=len(REGIONS))):
        if i:
            votes[i] = sum((region[part] == i).view(np.uint8) for part in samples)
    covered = votes.sum(axis=0)
    winner = votes.argmax(axis=0).astype(np.uint8)
    mean = np.zeros((*winner.shape, 3), np.float32)
    for part in samples:
        mean += normal[part] * cv2.merge([(region[part] == winner).astype(np.float32)] * 3)
    mean /= np.maximum(np.sqrt((mean**2).sum(axis=-1, keepdims=True)), 1e-9)
    alpha = np.round(covered * (255 / SAMPLES**2)).astype(np.uint8)
    return alpha, winner, np.round(127 * mean).astype(np.int8)
