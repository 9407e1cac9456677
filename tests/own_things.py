"""Pictures and meshes of things, made up for the tests, and the parameters of their categories."""

import dataclasses

import numpy as np
import trimesh
from PIL import Image as PillowImage

from pipeline.category_params import CutoutsParams, MeshesParams, NoneParams
from tests import fabricated

COMMON = {
    "count_range": (2, 3), "height_m_range": (0.8, 1.6), "height_px_range": (16.0, 60.0), "speed_m_s_range": (0.0, 0.0),
    "placement": "ground", "chiral": False,
}  # fmt: skip
FACES = {
    "+x": (255, 0, 0), "-x": (0, 255, 0), "+y": (0, 0, 255), "-y": (255, 255, 0), "+z": (255, 0, 255),
    "-z": (0, 255, 255),
}  # fmt: skip


def cutouts(folder, **changes):
    more = {"kind": "cutouts", "turn_deg_range": (0.0, 0.0), "folder": str(folder)}
    return CutoutsParams(**{**COMMON, **more, **changes})


def meshes(folder, **changes):
    more = {"kind": "meshes", "sprites": 16, "up_axis": "z", "folder": str(folder)}
    return MeshesParams(**{**COMMON, **more, **changes})


def glyph(height=80, width=60):
    """An F, white on black, with a clear border: uint8 RGBA. No mirror image of it is a turned one."""
    picture = np.zeros((height, width, 4), np.uint8)
    picture[2:-2, 2:-2] = (0, 0, 0, 255)
    picture[10:-10, 12:22, :3] = 255
    picture[10:20, 12:-8, :3] = 255
    picture[34:44, 12:-18, :3] = 255
    return picture


def write_picture(path, pixels):
    path.parent.mkdir(parents=True, exist_ok=True)
    PillowImage.fromarray(pixels).save(path, **({"lossless": True, "exact": True} if path.suffix == ".webp" else {}))


def textured_cube():
    """A cube of side 2 about the origin; of each face one flat colour of FACES, from a texture of six fields."""
    corners, faces, uv = [], [], []
    texture = np.zeros((16, 96, 3), np.uint8)
    for number, (name, colour) in enumerate(FACES.items()):
        axis, sign = "xyz".index(name[1]), 1 if name[0] == "+" else -1
        texture[:, 16 * number : 16 * number + 16] = colour
        square = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]], float)
        points = np.insert(square, axis, sign, axis=1)
        corners.append(points)
        faces += [[4 * number, 4 * number + 1, 4 * number + 2], [4 * number, 4 * number + 2, 4 * number + 3]]
        uv.append(np.stack([(number + 0.5 + 0.3 * square[:, 0]) / 6, 0.5 + 0.3 * square[:, 1]], axis=1))
    mesh = trimesh.Trimesh(np.concatenate(corners), faces, process=False)
    mesh.visual = trimesh.visual.TextureVisuals(uv=np.concatenate(uv), image=PillowImage.fromarray(texture))
    return mesh


def export(mesh, path):
    path.parent.mkdir(parents=True, exist_ok=True)
    mesh.export(path)
    return path


def with_categories(params, categories):
    """The parameters with these categories: name -> CategoryParams."""
    return dataclasses.replace(params, assets=dataclasses.replace(params.assets, categories=categories))


def tiny_params(root, **scenes):
    """People, signs on the ground, marks on walls, crates, balloons and ladders, which are in real frames only."""
    params = fabricated.tiny_params(**scenes)
    params = dataclasses.replace(params, assets=dataclasses.replace(params.assets, sprite_height_px=160))
    return with_categories(params, {
        "sign": cutouts(root, chiral=True, turn_deg_range=(-50.0, 50.0)),
        "person": params.assets.categories["person"],
        "mark": cutouts(root, placement="wall", height_m_range=(0.0, 0.0)),
        "crate": meshes(root, chiral=True),
        "balloon": meshes(root, placement="free", speed_m_s_range=(0.5, 3.0)),
        "ladder": NoneParams(kind="none", chiral=False),
    })  # fmt: skip


def write_files(root):
    """The files of these categories."""
    write_picture(root / "sign/f.png", glyph())
    write_picture(root / "mark/f.webp", glyph())
    export(textured_cube(), root / "crate/cube.obj")
    export(trimesh.creation.icosphere(subdivisions=2), root / "balloon/ball.stl")
