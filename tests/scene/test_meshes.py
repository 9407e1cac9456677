import json

import numpy as np
import pytest
import trimesh
from PIL import Image as PillowImage

from pipeline.errors import DataError, UserError
from pipeline.scene.colour import to_linear
from pipeline.scene.mesh_sprite import linear_texture, render_thing, sample
from pipeline.scene.meshes import load_surface
from pipeline.scene.own_atlas import meshes_atlas
from pipeline.scene.own_files import category_files
from tests.own_things import FACES, export, meshes, textured_cube, tiny_params

HEIGHT_PX = 120
WHITE = (1.0, 1.0, 1.0)


def rendered(path, up_axis="z", view_deg=(0.0, 0.0, 0.0), tint=WHITE):
    surface = load_surface(path, up_axis)
    textures = [linear_texture(display, 1000) for display in surface.textures]
    return render_thing(surface, textures, view_deg, HEIGHT_PX, tint, "a", 0)


def camera_axes(yaw_deg, pitch_deg, roll_deg):
    """Right, down and toward the camera in the thing's axes (x right, y away, z up), from the camera's position.

    Turning the thing by yaw moves its front, -y, to the picture's right: the camera goes the other way round it.
    """
    yaw, pitch, roll = np.deg2rad([yaw_deg, pitch_deg, roll_deg])
    toward = np.array([-np.sin(yaw) * np.cos(pitch), -np.cos(yaw) * np.cos(pitch), np.sin(pitch)])
    right = np.array([np.cos(yaw), -np.sin(yaw), 0.0])
    down = np.cross(toward, right) * -1
    # the picture turns clockwise, so the camera's axes turn the other way
    return np.stack([np.cos(roll) * right - np.sin(roll) * down, np.sin(roll) * right + np.cos(roll) * down, toward])


@pytest.mark.parametrize("suffix", [".obj", ".glb"])
@pytest.mark.parametrize("view_deg", [(0, 0, 0), (30, 20, 0), (-100, 35, 0), (200, -40, 0), (55, 25, 70)])
def test_a_textured_cube_looks_as_its_analytic_projection(suffix, view_deg, tmp_path):
    """Ray by ray: a pixel's ray meets the cube where it enters all three slabs; its face has one colour."""
    cube = textured_cube()
    if suffix == ".glb":  # which is y up: lay the cube so that it stands up again, and say that colours are plain
        cube.apply_transform(trimesh.transformations.rotation_matrix(-np.pi / 2, [1, 0, 0]))
        cube.visual.material = cube.visual.material.to_pbr()
        cube.visual.material.baseColorFactor = [255, 255, 255, 255]
    sprite = rendered(export(cube, tmp_path / f"cube{suffix}"), view_deg=view_deg)
    right, down, toward = camera_axes(*view_deg)
    h, w = sprite.alpha.shape
    x, y = np.meshgrid(np.arange(w) + 0.5, np.arange(h) + 0.5)
    plane = np.stack([x - sprite.foot_xy[0], y - sprite.foot_xy[1]], axis=-1) / sprite.px_per_m
    start = plane[..., :1] * right + plane[..., 1:] * down + 10 * toward  # height 1: the cube is [-.5, .5]^2 x [0, 1]
    low, high = np.array([-0.5, -0.5, 0.0]), np.array([0.5, 0.5, 1.0])
    with np.errstate(divide="ignore", invalid="ignore"):
        a, b = (low - start) / -toward, (high - start) / -toward
    enter, leave = np.fmin(a, b), np.fmax(a, b)
    axis, first = enter.argmax(axis=-1), enter.max(axis=-1)
    inside = first < leave.min(axis=-1)
    assert (inside != (sprite.alpha > 127)).mean() < 0.01
    solid = inside & (sprite.alpha == 255)
    names = [("+" if toward[k] > 0 else "-") + "xyz"[k] for k in range(3)]
    expected = np.array([FACES[name] for name in names])[axis] / 255
    right_colour = (np.abs(sprite.albedo / 65535 - expected).max(axis=-1) < 0.01)[solid]
    assert solid.sum() > 3000 and right_colour.mean() > 0.95  # the rest are pixels on edges
    normals = np.stack([right, down, toward]).T[axis] * np.sign(toward)[axis][..., None]
    alike = (normals * sprite.normal / 127).sum(axis=-1)[solid][right_colour]
    assert alike.min() > 0.98


def test_a_texture_is_sampled_between_its_texels():
    texture = np.random.default_rng([1]).uniform(0, 1, (5, 7, 3)).astype(np.float32)
    rows, cols = np.mgrid[0:5, 0:7]
    uv = np.stack([(cols + 0.5) / 7, 1 - (rows + 0.5) / 5], axis=-1).reshape(-1, 2)
    np.testing.assert_allclose(sample(texture, uv), texture.reshape(-1, 3), atol=1e-6)
    np.testing.assert_allclose(sample(texture, uv + [3, -2]), texture.reshape(-1, 3), atol=1e-5)  # it repeats
    between = np.array([[1.0 / 7, 1 - 0.5 / 5]])  # halfway between the first two texels of the first row
    np.testing.assert_allclose(sample(texture, between)[0], (texture[0, 0] + texture[0, 1]) / 2, atol=1e-6)


@pytest.mark.parametrize(
    ("suffix", "is_linear"), [(".ply", False), (".obj", False), (".glb", True)]
)
def test_colours_of_vertices_are_display_values_but_linear_in_glb(suffix, is_linear, tmp_path):
    colour = np.array([200, 100, 50], np.uint8)
    box = trimesh.creation.box((1, 1, 1))
    box.visual.vertex_colors = np.tile([*colour, 255], (8, 1)).astype(np.uint8)
    sprite = rendered(export(box, tmp_path / f"box{suffix}"))
    expected = colour / 255 if is_linear else to_linear(colour)
    found = sprite.albedo[sprite.alpha == 255] / 65535
    np.testing.assert_allclose(found, np.tile(expected, (HEIGHT_PX**2, 1)), atol=3e-5)


def test_a_mesh_without_colours_is_tinted_and_one_with_colours_is_not(tmp_path):
    export(trimesh.creation.icosphere(subdivisions=2), tmp_path / "ball/ball.stl")
    params = tiny_params(tmp_path)
    atlas = meshes_atlas("ball", meshes(tmp_path, sprites=12), params.assets, [7])
    tones = {tuple(atlas[i].albedo[atlas[i].alpha == 255][0]) for i in range(12)}
    assert len(tones) == 12
    export(textured_cube(), tmp_path / "cube/cube.obj")
    atlas = meshes_atlas("cube", meshes(tmp_path, sprites=12), params.assets, [7])
    pure = np.concatenate([atlas[i].albedo[atlas[i].alpha == 255] for i in range(12)])
    assert (np.isin(pure, [0, 65535]).all(axis=1)).mean() > 0.8


def test_curves_are_smooth_and_edges_are_sharp(tmp_path):
    ball = rendered(export(trimesh.creation.icosphere(subdivisions=3), tmp_path / "ball.stl"))
    y, x = np.mgrid[0:HEIGHT_PX, 0:HEIGHT_PX] + 0.5 - HEIGHT_PX / 2
    inside = np.hypot(x, y) < 0.45 * HEIGHT_PX
    z = np.sqrt(np.maximum((HEIGHT_PX / 2) ** 2 - x**2 - y**2, 0))
    sphere = np.stack([x, y, z], axis=-1) / (HEIGHT_PX / 2)
    h, w = ball.alpha.shape
    assert abs(h - HEIGHT_PX) <= 1 and abs(w - HEIGHT_PX) <= 1
    close = np.abs(ball.normal[:HEIGHT_PX, :HEIGHT_PX] / 127 - sphere[:h, :w])[inside[:h, :w]]
    assert close.max() < 0.06  # facets alone would be off by 0.14
    box = rendered(export(trimesh.creation.box((1, 1, 1)), tmp_path / "box.stl"), view_deg=(30, 0, 0))
    normals = np.unique(box.normal[box.alpha == 255], axis=0)
    expected = np.round(127 * np.array([[np.sin(a), 0, np.cos(a)] for a in np.deg2rad([-60, 30])]))
    for normal in normals:  # of either face, or their mean on the pixels of the edge
        assert np.abs(expected - normal).max(axis=1).min() <= 1 or abs(normal[1]) <= 1
    counts = [np.all(np.abs(box.normal[box.alpha == 255] - e) <= 1, axis=1).mean() for e in expected]
    assert sum(counts) > 0.97


def test_up_axes_and_sizes(tmp_path):
    cone = trimesh.creation.cone(radius=0.5, height=2.0)  # its tip points to +z
    narrow = {}
    for up_axis, turn in (("z", 0.0), ("y", -np.pi / 2)):
        turned = cone.copy()
        turned.apply_transform(trimesh.transformations.rotation_matrix(turn, [1, 0, 0]))
        turned.apply_scale(1000.0)  # millimetres, say: units do not matter
        turned.apply_translation([7, 8, 9])
        sprite = rendered(export(turned, tmp_path / f"{up_axis}.ply"), up_axis)
        assert sprite.px_per_m == pytest.approx(HEIGHT_PX) and sprite.stature_m == 1
        narrow[up_axis] = sprite.alpha.astype(int)
        top, bottom = sprite.alpha[5].astype(bool).sum(), sprite.alpha[-6].astype(bool).sum()
        assert top < 6 and bottom == pytest.approx(HEIGHT_PX / 2, abs=4)
    assert np.abs(narrow["y"] - narrow["z"]).mean() < 2


def test_inside_out_and_unclosed_meshes_look_the_same_from_outside(tmp_path):
    ball = trimesh.creation.icosphere(subdivisions=2)
    inverted = ball.copy()
    inverted.invert()
    mixed = ball.copy()
    mixed.faces[::2] = mixed.faces[::2, ::-1]
    plain, other = (rendered(export(mesh, tmp_path / f"{i}.stl")) for i, mesh in enumerate((ball, inverted)))
    np.testing.assert_array_equal(plain.alpha, other.alpha)
    assert np.abs(plain.normal.astype(int) - other.normal).max() <= 2
    third = rendered(export(mixed, tmp_path / "mixed.stl"))
    np.testing.assert_array_equal(plain.alpha, third.alpha)
    assert (third.normal[third.alpha > 0][:, 2] >= 0).all()


def test_many_large_triangles_are_drawn_in_parts(tmp_path, monkeypatch):
    from pipeline.scene import mesh_sprite

    path = export(textured_cube(), tmp_path / "cube.obj")
    whole = rendered(path, view_deg=(30, 20, 0))
    monkeypatch.setattr(mesh_sprite, "CANDIDATES", 10_000)
    parts = rendered(path, view_deg=(30, 20, 0))
    np.testing.assert_array_equal(whole.alpha, parts.alpha)
    assert (whole.albedo != parts.albedo).any(axis=-1).mean() < 0.01  # ties of depth on edges


def flat():
    return trimesh.Trimesh([[0, 0, 0], [1, 0, 0], [0, 1, 0]], [[0, 1, 2]], process=False)


def without_area():
    return trimesh.Trimesh([[0, 0, 0], [0, 0, 1], [0, 0, 2]], [[0, 1, 2]], process=False)


@pytest.mark.parametrize(("make", "words"), [(flat, "height along its up axis"), (without_area, "with an area")])
def test_degenerate_meshes_are_named(make, words, tmp_path):
    path = export(make(), tmp_path / "bad.ply")
    with pytest.raises(DataError, match=rf"bad\.ply: .*{words}"):
        load_surface(path, "z")


@pytest.mark.parametrize("suffix", [".obj", ".ply", ".stl", ".glb", ".gltf"])
@pytest.mark.parametrize("content", [b"", b"not a mesh at all\n", bytes(range(256)) * 4])
def test_damaged_files_are_named(suffix, content, tmp_path):
    path = tmp_path / f"bad{suffix}"
    path.write_bytes(content)
    with pytest.raises(DataError, match=rf"bad\{suffix}: expected"):
        load_surface(path, "z")


def test_triangles_with_holes_in_their_numbers_are_left_out(tmp_path):
    box = trimesh.creation.box((1, 1, 1))
    vertices = np.concatenate([box.vertices, [[np.nan, 0, 0]]])
    (tmp_path / "nan.obj").write_text(
        "".join(f"v {x} {y} {z}\n" for x, y, z in vertices)
        + "".join(f"f {a + 1} {b + 1} {c + 1}\n" for a, b, c in box.faces) + "f 1 2 9\n"
    )
    assert len(load_surface(tmp_path / "nan.obj", "z").corners) == 12


def test_a_missing_texture_is_named(tmp_path):
    path = export(textured_cube(), tmp_path / "cube.obj")
    (texture,) = tmp_path.glob("*.png")
    texture.unlink()
    with pytest.raises(DataError, match=rf"cube\.obj: .*missing are {texture.name}"):
        load_surface(path, "z")


def test_a_category_without_files_says_what_there_is(tmp_path):
    (tmp_path / "sing").mkdir()
    with pytest.raises(UserError, match="the category sign, found only sing"):
        category_files(tmp_path, "sign", (".png",))
    with pytest.raises(UserError, match=r"expected files \.png, found none"):
        category_files(tmp_path, "sing", (".png",))
    (tmp_path / "sing/B.PNG").write_bytes(b"")
    (tmp_path / "sing/a.txt").write_bytes(b"")
    assert [path.name for path in category_files(tmp_path, "sing", (".png",))] == ["B.PNG"]


RED, BLUE, CLEAR = (255, 0, 0, 255), (0, 0, 255, 255), (0, 0, 0, 0)


def write_gltf(folder, mode="OPAQUE", buffer="my sheet.bin", fields=((RED, CLEAR), (BLUE, RED))):
    """A sheet, by the letters of glTF 2.0: y up, 1 x 1, facing +z, its texture of four fields seen upright; before a
    green one of vertex colours, twice as wide, half as far down.
    """
    points = np.float32([[-0.5, 0, 0], [0.5, 0, 0], [0.5, 1, 0], [-0.5, 1, 0]])
    behind = points * [2, 0.5, 1] - [0, 0, 0.1]
    uv = np.float32([[0, 1], [1, 1], [1, 0], [0, 0]])  # of glTF v goes down
    corners = np.uint16([0, 1, 2, 0, 2, 3])
    green = np.float32([[0, 1, 0]] * 4)
    parts = [points, uv, corners, behind.astype(np.float32), green]
    offsets = np.cumsum([0, *(part.nbytes for part in parts)]).tolist()
    kinds = [(5126, "VEC3", 4), (5126, "VEC2", 4), (5123, "SCALAR", 6), (5126, "VEC3", 4), (5126, "VEC3", 4)]
    content = {
        "asset": {"version": "2.0"},
        "buffers": [{"uri": buffer.replace(" ", "%20"), "byteLength": offsets[-1]}],
        "bufferViews": [{"buffer": 0, "byteOffset": at, "byteLength": part.nbytes}
                        for at, part in zip(offsets[:-1], parts, strict=True)],
        "accessors": [{"bufferView": i, "componentType": number, "type": kind, "count": count}
                      for i, (number, kind, count) in enumerate(kinds)],
        "images": [{"uri": "textures/four%20fields.png"}],
        "textures": [{"source": 0}],
        "materials": [{"alphaMode": mode, "pbrMetallicRoughness": {"baseColorTexture": {"index": 0}}}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0, "TEXCOORD_0": 1}, "indices": 2, "material": 0}]},
                   {"primitives": [{"attributes": {"POSITION": 3, "COLOR_0": 4}, "indices": 2}]}],
        "nodes": [{"mesh": 0}, {"mesh": 1}],
        "scenes": [{"nodes": [0, 1]}], "scene": 0,
    }  # fmt: skip
    (folder / "textures").mkdir(parents=True)
    (folder / "sheet.gltf").write_text(json.dumps(content))
    (folder / buffer).write_bytes(b"".join(part.tobytes() for part in parts))
    texture = np.kron(np.uint8(fields).transpose(2, 0, 1), np.ones((32, 32), np.uint8)).transpose(1, 2, 0)
    PillowImage.fromarray(texture).save(folder / "textures/four fields.png")
    return folder / "sheet.gltf"


@pytest.mark.parametrize("mode", ["OPAQUE", "MASK", "BLEND"])
def test_gltf_finds_its_files_and_alpha_cuts_holes_where_the_material_says_so(mode, tmp_path):
    sprite = rendered(write_gltf(tmp_path, mode))
    h, w = sprite.alpha.shape
    quarter, middle = HEIGHT_PX // 4, int(sprite.foot_xy[0])
    shown = {  # the upper right field is a hole with nothing behind it
        "upper left": (quarter, middle - quarter), "upper right": (quarter, middle + quarter),
        "lower left": (3 * quarter, middle - quarter), "lower right": (3 * quarter, middle + quarter),
        "behind": (3 * quarter, middle + 3 * quarter),
    }  # fmt: skip
    expected = {"upper left": (1, 0, 0), "lower left": (0, 0, 1), "lower right": (1, 0, 0), "behind": (0, 1, 0)}
    for place, colour in expected.items():
        assert sprite.alpha[shown[place]] == 255
        np.testing.assert_allclose(sprite.albedo[shown[place]] / 65535, colour, atol=1e-3)
    assert sprite.alpha[shown["upper right"]] == (255 if mode == "OPAQUE" else 0)
    assert (sprite.alpha > 127).sum() == pytest.approx((1.5 if mode == "OPAQUE" else 1.25) * HEIGHT_PX**2, rel=0.01)


def test_through_a_hole_one_sees_what_is_behind_and_no_colour_of_the_hole(tmp_path):
    sprite = rendered(write_gltf(tmp_path, "MASK", fields=((RED, RED), (CLEAR, CLEAR))))
    seen = sprite.albedo[sprite.alpha == 255] / 65535
    assert np.minimum(np.abs(seen - [1, 0, 0]).max(axis=1), np.abs(seen - [0, 1, 0]).max(axis=1)).max() < 0.6
    red, green = (np.abs(seen - colour).max(axis=1) < 1e-3 for colour in ([1, 0, 0], [0, 1, 0]))
    assert red.sum() == pytest.approx(0.5 * HEIGHT_PX**2, rel=0.02)
    assert green.sum() == pytest.approx(HEIGHT_PX**2, rel=0.02)
    assert (~red & ~green).sum() <= 2.5 * HEIGHT_PX  # pixels on the edge between them


@pytest.mark.parametrize("uri", ["../secret.bin", "%2e%2e/secret.bin", "textures/../../secret.bin"])
def test_gltf_reads_nothing_outside_of_its_folder(uri, tmp_path):
    path = write_gltf(tmp_path / "sheet")
    (tmp_path / "sheet/my sheet.bin").rename(tmp_path / "secret.bin")
    path.write_text(path.read_text().replace("my%20sheet.bin", uri))
    with pytest.raises(DataError, match=r"sheet\.gltf: expected .*secret\.bin"):
        load_surface(path, "y")


def test_a_sheet_is_seen_from_every_side_and_nothing_but_holes_is_named(tmp_path):
    sheet = trimesh.Trimesh([[-1, 0, 0], [1, 0, 0], [1, 0, 1], [-1, 0, 1]], [[0, 1, 2], [0, 2, 3]], process=False)
    path = export(sheet, tmp_path / "sheet/sheet.ply")
    assert rendered(path, view_deg=(90.0, 0.0, 0.0)) is None
    assert rendered(path, view_deg=(91.0, 0.0, 0.0)).alpha.any()
    write_gltf(tmp_path / "hole", "MASK", fields=((CLEAR, CLEAR), (CLEAR, CLEAR)))
    content = json.loads((tmp_path / "hole/sheet.gltf").read_text())
    content["scenes"] = [{"nodes": [0]}]
    (tmp_path / "hole/sheet.gltf").write_text(json.dumps(content))
    with pytest.raises(DataError, match=r"sheet\.gltf: .*nothing but holes"):
        meshes_atlas("hole", meshes(tmp_path, sprites=4), tiny_params(tmp_path).assets, [7])
