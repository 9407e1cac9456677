"""What clothes are cut from: the base mesh with coordinates to cut along, and one person's fitting.

A garment is chosen by coordinates that every vertex has, whatever the build of the person who wears it:
`down` runs along trunk and legs (0 hip, 1 knee, 2 ankle; negative above: about -0.3 waist, -1.3 neck),
`along` runs along the arm (0 shoulder, 1 elbow, 2 wrist; -1 on everything that is no arm).
"""

from dataclasses import dataclass, field

import numpy as np

from pipeline.scene.atlas import REGIONS
from pipeline.scene.body import Body
from pipeline.scene.rasterize import NeighbourMean, vertex_normals

ARM_BONES = ("upperarm", "lowerarm", "wrist", "metacarpal", "finger")
NECK, WAIST, HIPS = -1.22, -0.34, -0.2  # values of `down`
HOLLOW_ROUNDS = 12  # of smoothing: how wide the hollows are that cloth bridges


@dataclass(frozen=True)
class Outfit:
    """What a person wears; lengths in the coordinates `down` and `along`, looseness in m."""

    top_hem: float = 0.0
    sleeve: float = 0.6
    top_loose: float = 0.015
    neckline: float = 0.0  # m above a round neckline
    bottom: str = "trousers"  # or skirt or dress
    bottom_hem: float = 2.0
    bottom_loose: float = 0.015
    coat_hem: float | None = None
    coat_loose: float = 0.03
    coat_open: float = 0.0  # half width of the gap at the front, share of the trunk's
    shoe_top: float = 1.92
    hair: str = "short"  # bald, short, full, bob, long, bun, ponytail
    hat: str = "none"  # beanie, cap, brim, hood
    bags: tuple[str, ...] = ()  # backpack, shoulder_left, shoulder_right, hand_left, hand_right


@dataclass(frozen=True)
class Piece:
    """A mesh in the rest pose that follows the bones of base mesh vertices."""

    region: int
    vertices: np.ndarray  # (N, 3) m
    faces: np.ndarray  # (F, 3) triangles
    follow: np.ndarray  # (N,) base mesh vertex whose skin weights each vertex has
    keep: np.ndarray  # (N,) the piece is cut off where the interpolated value is negative
    layer: int = 0  # outer clothes have higher numbers and win over inner ones where they nearly touch
    upright: bool = False  # hangs from its bone and does not turn with it


@dataclass(frozen=True)
class Wardrobe:
    """The coordinates and masks that garments are cut by, computed once from the body model's template."""

    body: Body
    along: np.ndarray = field(init=False)  # (V,)
    down: np.ndarray = field(init=False)  # (V,)
    scalp: np.ndarray = field(init=False)  # (V,) height above the hair line, m
    collar: np.ndarray = field(init=False)  # (V,) height above a round neckline, m
    triangles: dict[str, np.ndarray] = field(init=False)
    around_suit: NeighbourMean = field(init=False)

    def __post_init__(self):
        template, body = self.body.template, self.body
        joint = dict(zip(body.bones, body.joints(template), strict=True))
        dominant = np.array(body.bones)[body.weight_bones[:, 0]]
        is_arm = np.array([name.startswith(ARM_BONES) for name in dominant])
        along = np.full(len(template), -1.0)
        for side in "LR":
            chain = [joint[f"{name}.{side}"] for name in ("upperarm01", "lowerarm01", "wrist")]
            mine = is_arm & np.array([name.endswith(side) for name in dominant])
            along[mine] = _along_chain(template[mine], chain)
        hip, knee, ankle = (joint[f"{name}.L"][2] for name in ("upperleg01", "lowerleg01", "foot"))
        down = np.interp(
            -template[:, 2],
            [-1.0, -hip, -knee, -ankle, 1.0],
            [-(1.0 - hip) / (hip - knee), 0, 1, 2, 2 + (1.0 + ankle) / (knee - ankle)],
        )
        x, y, z = template.T
        sides = 0.722 + 0.35 * np.clip(-0.09 - y, 0, None)  # above the ear, rising in front of it
        line = np.where(y < -0.09, 0.79, np.where(y < -0.03, sides, 0.722 - 0.9 * (y + 0.03)))
        scalp = np.where(z > 0.6, z - line, -1.0)
        collar = z - (0.583 + 0.4 * np.clip(y, -0.1, 0.03) + 10 * np.clip(np.abs(x) - 0.085, 0, None))
        halves = ([0, 1, 2], [0, 2, 3])
        triangles = {name: np.concatenate([q[:, h] for h in halves]) for name, q in body.faces.items()}
        fields = dict(along=along, down=down, scalp=scalp, collar=collar, triangles=triangles)
        fields["around_suit"] = NeighbourMean(body.faces["helper-tights"])
        for name, value in fields.items():
            object.__setattr__(self, name, value)


class Fitting:
    """One person being dressed: rest pose `v` (V, 3) m, outfit `o`, and how cloth lies on the body."""

    def __init__(self, wardrobe, vertices, outfit, rng):
        self.w, self.v, self.o, self.rng = wardrobe, vertices, outfit, rng
        self.suit_normals = vertex_normals(vertices, wardrobe.triangles["helper-tights"])
        self.body_normals = vertex_normals(vertices, wardrobe.triangles["body"])
        self.folds = _folds(rng, vertices)
        self.bridged = self.v + self.suit_normals * self._hollows()[:, None]

    def _hollows(self):
        """How far (V,) m cloth that does not follow every hollow of the body stands off its suit."""
        around, smooth = self.w.around_suit, self.v
        for _ in range(HOLLOW_ROUNDS):
            smooth = around(smooth)
        out = np.clip(((smooth - self.v) * self.suit_normals).sum(axis=1), 0, 0.05)
        return around(np.where(self.w.along > 1.6, 0, out)[:, None])[:, 0]

    def piece(self, region, group, vertices, keep, layer=0):
        """The part of a group of the base mesh where `keep` (V,) is positive; cuts run through triangles."""
        faces = self.w.triangles[group]
        faces = faces[(keep[faces] > 0).any(axis=1)]
        used, local = np.unique(faces, return_inverse=True)
        return Piece(REGIONS.index(region), vertices[used], local.reshape(-1, 3), used, keep[used], layer)

    def between(self, low, high, sleeve):
        """Cut lines (V,): trunk and legs between two values of `down`, arms down to `sleeve`."""
        along, down = self.w.along, self.w.down
        return np.where(along < 0, np.minimum(down - low, high - down), sleeve - along)

    def loosened(self, loose):
        """Vertices pushed out by `loose` (V,) m along the suit's normals, with folds of up to about 1 cm."""
        fold = np.minimum(0.45 * loose, 0.01) * self.folds
        return self.bridged + self.suit_normals * (loose + fold)[:, None]

    def trunk_looseness(self, loose):
        """Cloth hangs from chest and shoulders: tight there, loose towards the hips and along the sleeve."""
        trunk = np.interp(self.w.down, [NECK, NECK + 0.25, -0.7, HIPS], [0.25, 0.5, 0.9, 1.0])
        sleeve = np.interp(self.w.along, [0, 0.4, 1.0, 2.0], [0.6, 0.75, 0.8, 0.8])
        return loose * np.where(self.w.along < 0, trunk, sleeve) + 0.003

    @property
    def thickness(self):
        """Looseness in m of the outermost garment of the trunk."""
        return self.o.top_loose if self.o.coat_hem is None else self.o.coat_loose

    def trunk_box(self, low, high):
        """Bounding box of the suit's trunk between two values of `down`."""
        index = np.unique(self.w.triangles["helper-tights"])
        down = self.w.down[index]
        return Box(self.v[index[(self.w.along[index] < 0) & (down > low) & (down < high)]])

    def head_box(self):
        template = self.w.body.template
        index = np.unique(self.w.triangles["body"])
        return Box(self.v[index[template[index, 2] > 0.66]])

    def rigid(self, region, vertices, faces, bone, layer, upright=False):
        """A piece of its own that follows one bone."""
        anchor = self.w.body.bone_anchor(bone)
        return Piece(
            REGIONS.index(region),
            vertices,
            faces,
            np.full(len(vertices), anchor),
            np.ones(len(vertices)),
            layer,
            upright,
        )

    def blob(self, region, centre, radii, bone, layer, boxiness=1.0, upright=False):
        """A superellipsoid: a ball for boxiness 1, nearer a box for smaller values."""
        theta, phi = np.meshgrid(np.linspace(0, np.pi, 9), np.linspace(0, 2 * np.pi, 13), indexing="ij")
        power = lambda value: np.sign(value) * np.abs(value) ** boxiness  # noqa: E731
        ball = np.stack(
            [
                power(np.sin(theta)) * power(np.cos(phi)),
                power(np.sin(theta)) * power(np.sin(phi)),
                power(np.cos(theta)),
            ],
            axis=-1,
        ).reshape(-1, 3)
        vertices = (centre + ball * np.array(radii)).astype(np.float32)
        return self.rigid(region, vertices, grid_faces(*theta.shape), bone, layer, upright)


class Box:
    """A bounding box; `at` takes x in [-1, 1] to the left, y in [0, 1] to the back, z in [0, 1] up."""

    def __init__(self, points):
        self.low, self.high = points.min(axis=0), points.max(axis=0)
        self.size = self.high - self.low

    def at(self, x, y, z):
        return self.low + self.size * [(x + 1) / 2, y, z]


def _along_chain(points, chain):
    """Position along a chain of joints: 0 at the first, 1 at the second ... and beyond the last."""
    start, middle, end = chain
    upper, lower = middle - start, end - middle
    first = (points - start) @ upper / (upper @ upper)
    second = (points - middle) @ lower / (lower @ lower)
    return np.where(first < 1, np.clip(first, 0, 1), 1 + np.clip(second, 0, None))


def grid_faces(rows, columns):
    index = np.arange(rows * columns).reshape(rows, columns)
    a, b, c, d = index[:-1, :-1], index[:-1, 1:], index[1:, 1:], index[1:, :-1]
    return np.concatenate([np.stack([a, b, c], -1).reshape(-1, 3), np.stack([a, c, d], -1).reshape(-1, 3)])


def _folds(rng, vertices):
    """Folds: a sum of sine waves over the body, (V,) in about [-1, 1], mostly horizontal creases."""
    noise = np.zeros(len(vertices), np.float32)
    for _ in range(6):
        direction = rng.normal(size=3) * [14, 14, 26]
        wave = np.einsum("vc,c->v", vertices, direction.astype(np.float32))
        noise += np.sin(wave + rng.uniform(0, 2 * np.pi)) / 2.5
    return noise
