"""The user's own things in a scene: what each is, drawn once, so that every rung photographs the same ones."""

from dataclasses import dataclass

import numpy as np

from pipeline.category_params import CutoutsParams, MeshesParams, PeopleParams
from pipeline.scene.atlas import Atlas


@dataclass(frozen=True, eq=False)
class Category:
    """A category that a scene shows. id: in COCO."""

    id: int
    name: str
    params: PeopleParams | CutoutsParams | MeshesParams
    atlas: Atlas


@dataclass(frozen=True)
class Thing:
    """What a thing is, apart from where the rung puts it. Shares are uniform draws in [0, 1)."""

    sprite_share: float  # which of the sprites that fit the view
    position_share: tuple[float, float]  # across and along the picture
    size_share: float  # of the range of heights in the picture
    height_share: float  # of the range of real heights
    turn_deg: tuple[float, float]  # of what is flat: to the side, up
    roll_deg: float  # of what is free
    heading_rad: float
    speed_m_s: float
    mirrored: bool  # never of chiral things
    place_seed: int  # of what has to look for its place

    def height_px(self, params):
        """Its height in the picture, log-uniform."""
        low, high = np.log(params.height_px_range)
        return float(np.exp(low + (high - low) * self.size_share))

    def height_m(self, params):
        """Its real height; 0 where it is not known."""
        low, high = params.height_m_range
        return low + (high - low) * self.height_share


def draw_things(rng, params):
    """The things of a category in a scene: tuple of Thing."""
    low, high = params.count_range
    return tuple(_draw_thing(rng, params) for _ in range(rng.integers(low, high + 1)))


def _draw_thing(rng, params):
    turn_deg_range = getattr(params, "turn_deg_range", (0.0, 0.0))  # of cutouts; meshes are seen from all sides
    return Thing(
        sprite_share=rng.random(),
        position_share=(rng.random(), rng.random()),
        size_share=rng.random(),
        height_share=rng.random(),
        turn_deg=tuple(float(angle) for angle in rng.uniform(*turn_deg_range, 2)),
        roll_deg=float(rng.uniform(0, 360)),
        heading_rad=float(rng.uniform(0, 2 * np.pi)),
        speed_m_s=float(rng.uniform(*params.speed_m_s_range)),
        mirrored=bool(rng.random() < 0.5) and not params.chiral,
        place_seed=int(rng.integers(2**31)),
    )
