"""An atlas: sprites that a scene lights - people without colour, which it paints, or things in their own colours.

Axes of a sprite: x right, y down, z toward the camera. Yaw 0 faces the camera, yaw 90 walks to the image's
right, yaw 180 walks away. The camera is far away (parallel rays) and looks down by `pitch_deg`.

Of things `person` is the number of the file, `pose` its name, `stature_m` is 1 (a scene draws the real height), and
`regions` are empty.
"""

import json
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from pipeline.data.files import atomic_write, write_json
from pipeline.errors import DataError

# Region ids are positions in this list. A dress is all "top"; a hood belongs to "top" or "coat".
PIXELS = ("alpha", "region", "normal", "albedo")  # people have regions, things have albedo
REGIONS = ("none", "skin", "hair", "hat", "top", "coat", "trousers", "skirt", "shoes", "bag")


@dataclass(frozen=True)
class SpriteMeta:
    """What is known of a sprite besides its pixels."""

    person: int  # identity; every sprite is another person
    pose: str  # walk or stand, then _gesture, as in gait.py
    yaw_deg: float
    pitch_deg: float
    stature_m: float  # height of the body from the ground, in its pose, with shoes, hair and hat
    px_per_m: float  # in both directions of the image plane
    foot_xy: tuple[float, float]  # px: the point on the ground between the feet
    regions: tuple[str, ...]  # names of the regions that show


@dataclass(frozen=True)
class Sprite(SpriteMeta):
    """Pixels of one person or thing, cropped tightly to alpha > 0."""

    alpha: np.ndarray  # (h, w) uint8, 255 = covered
    normal: np.ndarray  # (h, w, 3) int8, unit vector times 127, camera space
    region: np.ndarray | None = None  # of people: (h, w) uint8, index into REGIONS, 0 exactly where alpha is 0
    albedo: np.ndarray | None = None  # of things: (h, w, 3) uint16, linear reflectance times 65535, not premultiplied


@dataclass(frozen=True)
class Atlas:
    """A sequence of sprites of one category. Immutable; `atlas[i]` shares the memory of the atlas."""

    meta: tuple[SpriteMeta, ...]
    sizes: np.ndarray  # (N, 2) int32 height, width
    pixels: dict[str, np.ndarray]  # (P,) or (P, 3) of each of PIXELS that they have, all crops one after the other

    def __len__(self):
        return len(self.meta)

    @cached_property
    def by_pitch(self):
        """How steeply the camera looks down on each, rising, and which sprite it is: (N,) float64 deg, (N,) int."""
        pitches_deg = np.array([meta.pitch_deg for meta in self.meta])
        order = np.argsort(pitches_deg, kind="stable")
        return pitches_deg[order], order

    @cached_property
    def _starts(self):
        """Where each sprite's pixels begin, and the end of the last one's."""
        return np.cumsum([0, *self.sizes.prod(axis=1)])

    def __getitem__(self, i):
        part, size = slice(self._starts[i], self._starts[i + 1]), self.sizes[i]
        crops = {name: array[part].reshape(*size, *array.shape[1:]) for name, array in self.pixels.items()}
        return Sprite(**vars(self.meta[i]), **crops)

    @classmethod
    def of(cls, sprites):
        """An atlas of a list of sprites."""
        names = SpriteMeta.__dataclass_fields__
        return cls(
            meta=tuple(SpriteMeta(**{name: getattr(sprite, name) for name in names}) for sprite in sprites),
            sizes=np.array([sprite.alpha.shape for sprite in sprites], np.int32).reshape(-1, 2),
            pixels={
                name: np.concatenate([_flat(getattr(sprite, name)) for sprite in sprites])
                for name in PIXELS
                if getattr(sprites[0], name) is not None
            },
        )

    def save(self, folder):
        """Write atlas.npz and atlas.json; the same atlas gives the same bytes."""
        folder = Path(folder)
        with atomic_write(folder / "atlas.npz") as path:  # not compressed: every worker of every rung reads it
            np.savez(path, sizes=self.sizes, **self.pixels)
        write_json(
            folder / "atlas.json", {"regions": REGIONS, "sprites": [asdict(meta) for meta in self.meta]}
        )

    @classmethod
    def load(cls, folder):
        """Read what `save` wrote. Raises DataError if a file is missing or does not fit."""
        folder = Path(folder)
        try:
            described = json.loads((folder / "atlas.json").read_text(encoding="utf-8"))
            with np.load(folder / "atlas.npz") as arrays:
                sizes, pixels = arrays["sizes"], {name: arrays[name] for name in PIXELS if name in arrays}
        except (OSError, ValueError, KeyError) as error:
            raise DataError(
                f"{folder}: no readable atlas ({error}); run the stage assets"
            ) from error
        if tuple(described["regions"]) != REGIONS:
            found = ", ".join(described["regions"])
            raise DataError(
                f"{folder}/atlas.json: expected the regions {', '.join(REGIONS)}, found {found}; "
                "run the stage assets again"
            )
        for row in described["sprites"]:
            row.update(foot_xy=tuple(row["foot_xy"]), regions=tuple(row["regions"]))
        return cls(tuple(SpriteMeta(**row) for row in described["sprites"]), sizes, pixels)


def _flat(crop):
    """(h, w, ...) -> (h * w, ...)."""
    return crop.reshape(-1, *crop.shape[2:])
