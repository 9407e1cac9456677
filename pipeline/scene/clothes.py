"""Clothes, hair and bags: pieces of the base mesh's helper geometry (suit, skirt, hair), cut to length and pushed out.

A garment is chosen by coordinates that every vertex has, whatever the build of the person who wears it:
`down` runs along trunk and legs (0 hip, 1 knee, 2 ankle; negative above the hip: about -0.3 waist, -1.3 neck),
`along` runs along the arm (0 shoulder, 1 elbow, 2 wrist; -1 on everything that is no arm).
"""

from dataclasses import dataclass, field

import numpy as np

from pipeline.scene.atlas import REGIONS
from pipeline.scene.body import Body, neighbour_mean
from pipeline.scene.rasterize import vertex_normals

ARM_BONES = ("upperarm", "lowerarm", "wrist", "metacarpal", "finger")
NECK, WAIST, HIPS = -1.22, -0.34, -0.2
HOLLOW_ROUNDS = 12
HAT_TILT = 0.2


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
        down = np.interp(-template[:, 2], [-1.0, -hip, -knee, -ankle, 1.0],
                         [-(1.0 - hip) / (hip - knee), 0, 1, 2, 2 + (1.0 + ankle) / (knee - ankle)])
        x, y, z = template.T
        sides = 0.722 + 0.35 * np.clip(-0.09 - y, 0, None)  # above the ear, rising in front of it
        line = np.where(y < -0.09, 0.79, np.where(y < -0.03, sides, 0.722 - 0.9 * (y + 0.03)))
        scalp = np.where(z > 0.6, z - line, -1.0)
        collar = z - (0.583 + 0.4 * np.clip(y, -0.1, 0.03) + 10 * np.clip(np.abs(x) - 0.085, 0, None))
        triangles = {name: np.concatenate([q[:, [0, 1, 2]], q[:, [0, 2, 3]]]) for name, q in body.faces.items()}
        for name, value in (("along", along), ("down", down), ("scalp", scalp), ("collar", collar), ("triangles", triangles)):
            object.__setattr__(self, name, value)

    def dress(self, vertices, outfit, rng):
        """Pieces of a person with an outfit: what shows of the body, then the garments.

        vertices: (V, 3) m, the rest pose of `Body.shape`; rng draws the folds of the cloth.
        """
        return _Fitting(self, vertices, outfit, rng).pieces()


class _Fitting:
    """One person being dressed."""

    def __init__(self, wardrobe, vertices, outfit, rng):
        self.w, self.v, self.o, self.rng = wardrobe, vertices, outfit, rng
        self.suit_normals = vertex_normals(vertices, wardrobe.triangles["helper-tights"])
        self.body_normals = vertex_normals(vertices, wardrobe.triangles["body"])
        self.folds = _smooth_noise(rng, vertices)
        self.bridged = self.v + self.suit_normals * self._hollows()[:, None]

    def _hollows(self):
        """How far (V,) m cloth that does not follow every hollow of the body stands off its suit."""
        suit, smooth = self.w.body.faces["helper-tights"], self.v
        for _ in range(HOLLOW_ROUNDS):
            smooth = neighbour_mean(smooth, suit)
        out = np.clip(((smooth - self.v) * self.suit_normals).sum(axis=1), 0, 0.05)
        return neighbour_mean(np.where(self.w.along > 1.6, 0, out)[:, None], suit)[:, 0]

    def pieces(self):
        parts = [self.skin(), *self.shoes(), *self.bottom(), *self.top(), *self.coat(), *self.hair(), *self.hat()]
        for bag in self.o.bags:
            parts += BAGS[bag](self)
        return [piece for piece in parts if len(piece.faces)]

    def piece(self, region, group, vertices, keep, layer=0):
        """The part of a group of the base mesh where `keep` (V,) is positive; the cut runs through triangles."""
        faces = self.w.triangles[group]
        faces = faces[(keep[faces] > 0).any(axis=1)]
        used, local = np.unique(faces, return_inverse=True)
        return Piece(REGIONS.index(region), vertices[used], local.reshape(-1, 3), used, keep[used], layer)

    def between(self, low, high, sleeve):
        """Cut lines: trunk and legs between two values of `down`, arms from the shoulder to `sleeve`; (V,)."""
        along, down = self.w.along, self.w.down
        return np.where(along < 0, np.minimum(down - low, high - down), sleeve - along)

    def loosened(self, loose):
        """Vertices pushed out by `loose` (V,) m along the suit's normals, with folds of at most a centimetre."""
        fold = np.minimum(0.45 * loose, 0.01) * self.folds
        return self.bridged + self.suit_normals * (loose + fold)[:, None]

    # --- the body

    def skin(self):
        o, margin = self.o, 0.06
        along, down = self.w.along, self.w.down
        hem = o.bottom_hem if o.coat_hem is None else max(o.coat_hem, o.bottom_hem)
        sleeve = 2.0 if o.coat_hem is not None else o.sleeve
        legs = np.minimum(down - hem, o.shoe_top - down) + margin
        trunk = np.maximum(legs, self.w.collar - o.neckline + 0.012)
        return self.piece("skin", "body", self.v, np.where(along < 0, trunk, along - sleeve + margin))

    # --- garments from the suit and the skirt

    def shoes(self):
        vertices = self.loosened(np.full(len(self.v), 0.009))
        sole = (self.suit_normals[:, 2] < -0.6) & (self.w.down > 2.0)
        vertices[sole, 2] -= 0.016
        return [self.piece("shoes", "helper-tights", vertices, self.between(self.o.shoe_top, 9, -1))]

    def bottom(self):
        o = self.o
        if o.bottom != "trousers":
            region = "top" if o.bottom == "dress" else "skirt"
            return [self.skirt(region, o.bottom_hem, o.bottom_loose, layer=2)]
        # Close at the waist, looser towards the hem.
        loose = o.bottom_loose * np.interp(self.w.down, [WAIST, 0.4, 1.0, 2.0], [0.2, 0.7, 1.1, 1.4])
        # What a long coat hides need not be drawn, and cannot poke through it.
        start = WAIST if o.coat_hem is None else max(WAIST, o.coat_hem - 0.06)
        keep = self.between(start, o.bottom_hem, -1)
        return [self.piece("trousers", "helper-tights", self.loosened(np.maximum(loose, 0.004)), keep, layer=1)]

    def top(self):
        o = self.o
        hem = WAIST + 0.1 if o.bottom == "dress" else o.top_hem
        shown = o.neckline - self.w.collar
        if o.coat_hem is not None:  # seen at the collar and where the coat is open
            shown = np.minimum(shown, np.maximum(self.w.collar + 0.12, self.front_gap() + 0.1))
        return self.hanging("top", hem, o.sleeve, o.top_loose, shown, layer=2)

    def coat(self):
        o = self.o
        if o.coat_hem is None:
            return []
        shown = np.minimum(o.neckline + 0.01 - self.w.collar, -self.front_gap())
        return self.hanging("coat", o.coat_hem, 2.05, o.coat_loose, shown, layer=4)

    def hanging(self, region, hem, sleeve, loose, shown, layer):
        """A garment that covers the trunk as the suit does and hangs from the hips like a skirt."""
        vertices = self.loosened(self.trunk_looseness(loose))
        keep = np.minimum(self.between(-9, min(hem, HIPS), sleeve), shown)
        parts = [self.piece(region, "helper-tights", vertices, keep, layer)]
        if hem > HIPS:
            parts.append(self.skirt(region, hem, loose, layer, shown))
        return parts

    def skirt(self, region, hem, loose, layer, shown=1.0):
        normals = vertex_normals(self.v, self.w.triangles["helper-skirt"])
        push = 0.004 + loose * np.interp(self.w.down, [WAIST, 0, 2], [0.8, 1.0, 1.4]) + 0.005 * self.folds
        keep = np.minimum(self.between(-9, hem, -1), shown)
        return self.piece(region, "helper-skirt", self.v + normals * push[:, None], keep, layer)

    def trunk_looseness(self, loose):
        """Cloth hangs from chest and shoulders: tight there, loose towards the hips and along the sleeve."""
        trunk = np.interp(self.w.down, [NECK, NECK + 0.25, -0.7, HIPS], [0.25, 0.5, 0.9, 1.0])
        sleeve = np.interp(self.w.along, [0, 0.4, 1.0, 2.0], [0.6, 0.75, 0.8, 0.8])
        return loose * np.where(self.w.along < 0, trunk, sleeve) + 0.003

    def front_gap(self):
        """(V,) positive on the strip down the front where a coat stands open."""
        x, y, _ = self.w.body.template.T
        front = (y < -0.02) & (self.w.along < 0)
        return np.where(front, 0.15 * self.o.coat_open - np.abs(x), -0.15)

    # --- head

    def cap(self, region, above, height, layer, crown=1.0):
        """The scalp `above` metres over the hair line, pushed out by `height` m, `crown` times that on top."""
        rise = np.clip(self.w.scalp - above, 0, None)
        lift = height * np.clip(0.35 + rise / 0.03, 0, 1) * (1 + (crown - 1) * np.clip(rise / 0.1, 0, 1))
        return self.piece(region, "body", self.v + self.body_normals * lift[:, None], self.w.scalp - above, layer)

    def hair(self):
        style = self.o.hair
        if style == "bald":
            return []
        height = {"short": 0.008, "full": 0.022}.get(style, 0.015)
        if self.o.hat != "none":  # pressed flat
            height = 0.008
        parts = [self.cap("hair", 0.0, height, layer=5, crown=1.5 if self.o.hat == "none" else 1.0)]
        if style in ("bob", "long"):
            _, y, z = self.w.body.template.T
            keep = np.minimum(y + 0.085, z - (0.6 if style == "bob" else 0.47))
            parts.append(self.piece("hair", "helper-hair", self.v, keep, layer=5))
        head = self.head_box()
        if style == "bun":
            parts.append(self.blob("hair", head.at(0, 0.95, 0.72), (0.045, 0.045, 0.045), "head", layer=5))
        if style == "ponytail":
            parts.append(self.blob("hair", head.at(0, 1.08, 0.42), (0.03, 0.035, 0.12), "head", layer=5))
        return parts

    def hat(self):
        style, head = self.o.hat, self.head_box()
        if style == "none":
            return []
        if style == "hood":
            return [self.cap("coat" if self.o.coat_hem is not None else "top", -0.05, 0.03, layer=6)]
        if style == "beanie":
            return [self.cap("hat", 0.01, 0.024, layer=6, crown=1.4)]
        # Caps and brimmed hats end in a line round the head that rises to the front; the brim is there.
        _, y, z = self.w.body.template.T
        above = z - (0.772 - HAT_TILT * (y + 0.06))
        rim = self.v[np.flatnonzero((np.abs(above) < 0.006) & (z > 0.7))]
        middle = (rim.min(axis=0) + rim.max(axis=0)) / 2
        lift = 0.016 + 0.2 * np.clip(above - 0.02, 0, None)
        crown = self.piece("hat", "body", self.v + self.body_normals * lift[:, None], np.where(z > 0.7, above, -1), layer=6)
        if style == "cap":
            return [crown, self.brim(middle - [0, 0.06, -0.06 * HAT_TILT], (0.08, 0.12), front_only=True)]
        return [crown, self.brim(middle, (0.15, 0.165))]

    def head_box(self):
        template = self.w.body.template
        index = np.unique(self.w.triangles["body"])
        return _Box(self.v[index[template[index, 2] > 0.66]])

    # --- simple shapes that follow one bone

    def blob(self, region, centre, radii, bone, layer, boxiness=1.0, upright=False):
        """A superellipsoid: a ball for boxiness 1, nearer a box for smaller values."""
        theta, phi = np.meshgrid(np.linspace(0, np.pi, 9), np.linspace(0, 2 * np.pi, 13), indexing="ij")
        power = lambda value: np.sign(value) * np.abs(value) ** boxiness  # noqa: E731
        ball = np.stack([power(np.sin(theta)) * power(np.cos(phi)), power(np.sin(theta)) * power(np.sin(phi)),
                         power(np.cos(theta))], axis=-1).reshape(-1, 3)
        vertices = (centre + ball * np.array(radii)).astype(np.float32)
        return self.rigid(region, vertices, _grid_faces(*theta.shape), bone, layer, upright)

    def brim(self, centre, radii, front_only=False):
        angle = np.linspace(np.pi, 2 * np.pi, 13) if front_only else np.linspace(0, 2 * np.pi, 25)
        rim = np.stack([np.cos(angle) * radii[0], np.sin(angle) * radii[1], np.zeros_like(angle)], axis=1)
        inner = rim * [0.4, 0.0 if front_only else 0.4, 0]
        flat = np.concatenate([inner, rim])
        flat[:, 2] = -HAT_TILT * flat[:, 1]
        return self.rigid("hat", (centre + flat).astype(np.float32), _grid_faces(2, len(angle)), "head", layer=6)

    def rigid(self, region, vertices, faces, bone, layer, upright=False):
        anchor = self.w.body.bone_anchor(bone)
        return Piece(REGIONS.index(region), vertices, faces, np.full(len(vertices), anchor),
                     np.ones(len(vertices)), layer, upright)

    def trunk_box(self, low, high):
        """Bounding box of the suit's trunk between two values of `down`."""
        index = np.unique(self.w.triangles["helper-tights"])
        down = self.w.down[index]
        return _Box(self.v[index[(self.w.along[index] < 0) & (down > low) & (down < high)]])

    def thickness(self):
        return self.o.top_loose if self.o.coat_hem is None else self.o.coat_loose

    def strap(self, keep):
        """The part of the trunk's suit where `keep` (V,) is positive, lifted over the clothes."""
        vertices = self.loosened(self.trunk_looseness(self.thickness()) + 0.012)
        keep = np.minimum(np.minimum(keep, self.between(-9, 0, 0.05)), -0.01 - self.w.collar)
        return self.piece("bag", "helper-tights", vertices, keep, layer=7)


def _backpack(fit):
    box = fit.trunk_box(-1.1, -0.35)
    size = fit.rng.uniform(0.85, 1.25)
    height = 0.5 * box.size[2] * fit.rng.uniform(0.8, 1.1)
    radii = (0.15 * size, 0.085 * size, height)
    centre = box.at(0, 1, 0.55) + [0, 0.55 * radii[1] + fit.thickness(), 0]
    pack = fit.blob("bag", centre, radii, "spine02", layer=7, boxiness=0.45)
    x, y, _ = fit.w.body.template.T
    straps = np.where((y < 0.03) & (fit.w.down < -0.6), 0.02 - np.abs(np.abs(x) - 0.105), -1)
    return [pack, fit.strap(straps)]


def _shoulder_bag(side):
    def make(fit):
        box = fit.trunk_box(-0.15, 0.25)
        radii = np.array([0.06, 0.14, 0.12]) * fit.rng.uniform(0.8, 1.25)
        hip = box.at(side, 0.55, 0.35) + [side * (0.03 + fit.thickness()), 0, 0]
        bag = fit.blob("bag", hip, radii, "spine05", layer=7, boxiness=0.45)
        x, _, z = fit.w.body.template.T
        across = (side * x + 0.1) - (0.5 - z) * 0.75  # from the other shoulder down to the bag
        return [bag, fit.strap(0.02 - np.abs(across))]

    return make


def _hand_bag(side):
    def make(fit):
        name = "L" if side > 0 else "R"
        hand = np.flatnonzero((fit.w.along > 2.3) & (side * fit.v[:, 0] > 0))
        radii = np.array([0.05, 0.15, 0.16]) * fit.rng.uniform(0.7, 1.2)
        centre = fit.v[hand].mean(axis=0) - [0, 0, radii[2] + 0.09]
        bag = fit.blob("bag", centre, radii, f"wrist.{name}", layer=7, boxiness=0.4, upright=True)
        grip = fit.blob("bag", centre + [0, 0, radii[2] + 0.03], (0.008, 0.05, 0.08), f"wrist.{name}", layer=3, upright=True)
        return [bag, grip]

    return make


BAGS = {"backpack": _backpack, "shoulder_left": _shoulder_bag(1), "shoulder_right": _shoulder_bag(-1),
        "hand_left": _hand_bag(1), "hand_right": _hand_bag(-1)}


class _Box:
    """A bounding box; `at` takes x in [-1, 1] (right to left), y in [0, 1] (front to back), z in [0, 1] (up)."""

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


def _grid_faces(rows, columns):
    index = np.arange(rows * columns).reshape(rows, columns)
    a, b, c, d = index[:-1, :-1], index[:-1, 1:], index[1:, 1:], index[1:, :-1]
    return np.concatenate([np.stack([a, b, c], -1).reshape(-1, 3), np.stack([a, c, d], -1).reshape(-1, 3)])


def _smooth_noise(rng, vertices):
    """Folds: a sum of sine waves over the body, (V,) in about [-1, 1], mostly horizontal creases."""
    noise = np.zeros(len(vertices), np.float32)
    for _ in range(6):
        direction = rng.normal(size=3) * [14, 14, 26]
        noise += np.sin(vertices @ direction.astype(np.float32) + rng.uniform(0, 2 * np.pi)) / 2.5
    return noise
