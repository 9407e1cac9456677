"""The user's meshes (OBJ, PLY, STL, glTF) as plain triangles of height 1, with textures or colours in linear light.

Axes: x right, y away, z up; the front looks along -y; the origin is the middle of the box that holds it, on the ground.
"""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

import numpy as np
import trimesh

from pipeline.errors import DataError
from pipeline.scene.colour import to_linear

SUFFIXES = (".obj", ".ply", ".stl", ".glb", ".gltf")
GLTF = (".glb", ".gltf")
SHARP_COS = np.cos(np.deg2rad(40))  # a corner that leans more from its triangle than this is an edge, not a curve
FLAT = 1e-4  # of its largest extent: a thing that low has no height
Y_UP = np.array([[1, 0, 0], [0, 0, -1], [0, 1, 0]])  # x, y up, z toward the viewer -> x, y away, z up


@dataclass(frozen=True, eq=False)
class Surface:
    """Triangles by their corners, F of them; nothing is shared between triangles."""

    corners: np.ndarray  # (F, 3, 3) float32, units of the mesh's height
    normals: np.ndarray  # (F, 3, 3) float32 unit vectors, out of the surface as the triangles wind
    colours: np.ndarray  # (F, 3, 3) float32 linear reflectance; factor on the texture
    uv: np.ndarray  # (F, 3, 2) float32, v up; 0 where there is no texture
    texture: np.ndarray  # (F,) int, index into textures; -1: none
    textures: tuple[np.ndarray, ...]  # uint8 (H, W, 3) display values; (H, W, 4) with alpha 0 or 255 where it has holes
    is_coloured: bool  # whether the file says anything about colours


class _Files(trimesh.resolvers.FilePathResolver):
    """Files beside the mesh or below, never elsewhere; those that are missing are remembered, because trimesh goes on
    without them.
    """

    def __init__(self, source):
        super().__init__(source)
        self.missing = []

    def get(self, name):
        try:
            return super().get(name)
        except (OSError, ValueError):
            if (plain := unquote(name)) != name:  # glTF writes a blank as %20
                return self.get(plain)
            self.missing.append(name.strip())
            raise


def load_surface(path: str | Path, up_axis: str) -> Surface:
    """Read a mesh file. up_axis: y or z; glTF is y up whatever it says.

    Raises DataError if it cannot be read, misses a texture, or has no triangles or no height.
    """
    parts = _read(Path(path))
    corners = np.concatenate([np.asarray(part.vertices, np.float64)[part.faces] for part in parts])
    looks = [_look_of(part, path) for part in parts]
    if up_axis == "y" or Path(path).suffix.lower() in GLTF:
        corners = corners @ Y_UP.T
    solid = np.isfinite(corners).all(axis=(1, 2))
    corners[~solid] = 0
    solid &= np.linalg.norm(_across(corners), axis=1) > 0
    if not solid.any():
        raise DataError(f"{path}: expected triangles, found none with an area; replace the mesh")
    low, high = corners[solid].min(axis=(0, 1)), corners[solid].max(axis=(0, 1))
    height = high[2] - low[2]
    if height <= FLAT * (high - low).max():
        raise DataError(
            f"{path}: expected a thing with a height along its up axis, found {height:g}; "
            "stand it up, or correct up_axis in params.yaml"
        )
    foot = np.array([(low[0] + high[0]) / 2, (low[1] + high[1]) / 2, low[2]])
    corners = (corners[solid] - foot) / height
    textures, texture = _number_textures(parts, looks)
    return Surface(
        corners.astype(np.float32),
        corner_normals(corners).astype(np.float32),
        np.concatenate([colours for colours, _, _ in looks])[solid].astype(np.float32),
        np.concatenate([uv for _, uv, _ in looks])[solid].astype(np.float32),
        texture[solid],
        textures,
        any(part.visual.kind is not None for part in parts),
    )


def _read(path):
    """The parts of a file with triangles, where they are in its scene."""
    files = _Files(str(path))
    try:
        scene = trimesh.load_scene(str(path), resolver=files, process=False)
        parts = [part for part in scene.dump() if isinstance(part, trimesh.Trimesh) and len(part.faces)]
    except Exception as error:  # whatever a reader of a damaged file may raise
        raise DataError(f"{path}: expected a mesh, found a file that cannot be read ({error}); replace it") from error
    if files.missing:
        names = ", ".join(dict.fromkeys(files.missing))
        raise DataError(f"{path}: expected the files that it names beside it, missing are {names}; add them")
    if not parts:
        raise DataError(f"{path}: expected triangles, found none; replace the mesh")
    return parts


def _look_of(part, path):
    """Colour factors (F, 3, 3) linear, uv (F, 3, 2) and the texture, uint8 (H, W, 3 or 4) or None, of a part."""
    count = len(part.faces)
    visual, no_uv = part.visual, np.zeros((count, 3, 2))
    if visual.kind == "vertex":
        of_vertex = visual.vertex_colors[:, :3]
        # by its specification glTF holds linear colours, the other formats hold display values
        linear = of_vertex / 255 if Path(path).suffix.lower() in GLTF else to_linear(of_vertex)
        return linear[part.faces], no_uv, None
    if visual.kind == "face":
        return np.repeat(to_linear(visual.face_colors[:, None, :3]), 3, axis=1), no_uv, None
    if visual.kind != "texture":
        return np.ones((count, 3, 3)), no_uv, None
    material = visual.material
    is_pbr = isinstance(material, trimesh.visual.material.PBRMaterial)
    image = material.baseColorTexture if is_pbr else material.image
    factor = _base_factor(material) if is_pbr else np.ones(4)
    if image is not None and visual.uv is not None:
        texture = _with_holes(image, material) if is_pbr else np.asarray(image.convert("RGB"))
        return np.tile(factor[:3], (count, 3, 1)), visual.uv[part.faces], texture
    flat = factor[:3] if is_pbr else to_linear(np.asarray(material.main_color[:3], np.uint8))
    return np.tile(flat, (count, 3, 1)), no_uv, None


def _base_factor(material):
    """Linear RGBA (4,) of a glTF material; white where it says none (glTF 2.0, 5.22.1), for which trimesh says grey."""
    return np.ones(4) if material.baseColorFactor is None else np.asarray(material.baseColorFactor) / 255


def _with_holes(image, material):
    """The texture of a glTF material; glTF 2.0, 3.9.4 "Alpha coverage": what alpha does is said by the material.

    What shines through (BLEND) is there or is not, as if it were cut (MASK): a sprite has no glass.
    """
    if material.alphaMode not in ("MASK", "BLEND"):
        return np.asarray(image.convert("RGB"))
    pixels = np.asarray(image.convert("RGBA")).copy()
    cutoff = 0.5 if material.alphaCutoff is None or material.alphaMode == "BLEND" else material.alphaCutoff
    pixels[..., 3] = np.where(pixels[..., 3] / 255 * _base_factor(material)[3] >= cutoff, 255, 0)
    return pixels


def _number_textures(parts, looks):
    """All textures, and of every triangle the index of its own (F,), -1 without."""
    textures, numbers = [], []
    for part, (_, _, image) in zip(parts, looks, strict=True):
        numbers.append(np.full(len(part.faces), -1 if image is None else len(textures)))
        textures += [] if image is None else [image]
    return tuple(textures), np.concatenate(numbers)


def corner_normals(corners):
    """Unit normals (F, 3, 3) of triangles (F, 3, 3): smooth over curves, the triangle's own at sharp edges.

    Corners at the same place are one, however the file splits them: at the seams of a texture curves stay smooth.
    """
    across = _across(corners)
    own = _unit(across)
    weighted = (own[:, None] * _angles(corners)[..., None]).reshape(-1, 3)
    place = _places(corners.reshape(-1, 3))
    sums = [np.bincount(place, axis) for axis in weighted.T]
    smooth = _unit(np.stack(sums, axis=1))[place].reshape(corners.shape)
    return np.where((smooth * own[:, None]).sum(axis=2, keepdims=True) < SHARP_COS, own[:, None], smooth)


def _places(points):
    """The same number for points (P, 3) at the same place, to a millionth of their extent: (P,) int from 0."""
    low, extent = points.min(axis=0), np.ptp(points, axis=0).max()
    x, y, z = np.round((points - low) * ((1 << 20) / extent)).astype(np.int64).T
    return np.unique(x << 42 | y << 21 | z, return_inverse=True)[1].ravel()


def _angles(corners):
    """The angle of each triangle (F, 3, 3) at each of its corners: (F, 3) rad."""
    after, before = (_unit(np.roll(corners, -step, axis=1) - corners) for step in (1, 2))
    return np.arccos(np.clip((after * before).sum(axis=2), -1, 1))


def _across(corners):
    """Normals (F, 3) whose length is twice the area."""
    a, b, c = corners[:, 0], corners[:, 1], corners[:, 2]
    return np.cross(b - a, c - a)


def _unit(vectors):
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-300)
