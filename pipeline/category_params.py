"""The categories of params.yaml, under assets.categories: what each kind of them asks for."""

from dataclasses import dataclass

from pipeline.fields import a_folder, kind, one_of, switch, within

Range = tuple[float, float]
IntRange = tuple[int, int]
KINDS = ("people", "cutouts", "meshes", "none")
KIND = "none: in real frames only, unmeasured"
SPRITES = "in the atlas"


@dataclass(frozen=True)
class PeopleParams:
    """Dressed people on the ground; how many, how tall and how fast they are says the section scenes."""

    kind: str = kind("people", KINDS, KIND)
    sprites: int = within(8, 20000, SPRITES, "sprites")

    chiral = False  # a person's mirror image is a person


@dataclass(frozen=True)
class NoneParams:
    kind: str = kind("none", KINDS, KIND)
    chiral: bool = switch("its mirror image is another thing (text): it is never mirrored")


@dataclass(frozen=True)
class ThingParams:
    """What the user's own things have in common."""

    folder: str = a_folder("holds a folder of the category's name, with its files")
    count_range: IntRange = within(0, 200, "in a scene", "things")
    height_m_range: Range = within(0.0, 1000.0, "real height; [0, 0], of cutouts only: not known")
    height_px_range: Range = within(4.0, 4000.0, "height in the picture")
    speed_m_s_range: Range = within(0.0, 100.0, "over the ground, or past the camera")
    placement: str = one_of(("ground", "wall", "free"), "where it is; wall, where none shows, and free: anywhere")
    chiral: bool = switch("its mirror image is another thing (text): it is never mirrored")


@dataclass(frozen=True)
class CutoutsParams(ThingParams):
    """RGBA pictures, each of one flat thing."""

    kind: str = kind("cutouts", KINDS, KIND)
    turn_deg_range: Range = within(-80.0, 80.0, "to the side, and up or down, in perspective; [0, 0]: faces the camera")


@dataclass(frozen=True)
class MeshesParams(ThingParams):
    """OBJ, PLY, STL, GLB and glTF files, each of one thing."""

    kind: str = kind("meshes", KINDS, KIND)
    sprites: int = within(1, 20000, SPRITES, "sprites")
    up_axis: str = one_of(("y", "z"), "of OBJ, PLY and STL; the front looks along +z or -y. glTF: always y")


CategoryParams = PeopleParams | CutoutsParams | MeshesParams | NoneParams
