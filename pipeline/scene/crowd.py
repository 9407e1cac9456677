"""Who is in a scene: identities, clothes and gaits, drawn once, so that every rung photographs the same people."""

from dataclasses import dataclass

import numpy as np

from pipeline.scene.dress import draw_palette


@dataclass(frozen=True, eq=False)
class Person:
    """What a person is, apart from where the rung puts them. Shares are uniform draws in [0, 1)."""

    sprite_share: float  # which of the sprites that fit the view
    position_share: tuple[float, float]  # across and along the picture
    size_share: float  # used where no ground plane tells the size
    palette: np.ndarray  # float32 (regions, 3) linear
    pattern_seed: int
    speed_m_s: float
    mirrored: bool
    beside: bool  # walks beside the person before
    side_m: tuple[float, float]  # then this far to the side and behind


def draw_crowd(rng, scenes):
    """The people of a scene: tuple of Person."""
    low, high = scenes.people_range
    return tuple(_draw_person(rng, scenes, number) for number in range(rng.integers(low, high + 1)))


def _draw_person(rng, scenes, number):
    return Person(
        sprite_share=rng.random(),
        position_share=(rng.random(), rng.random()),
        size_share=rng.random(),
        palette=draw_palette(rng),
        pattern_seed=int(rng.integers(2**31)),
        speed_m_s=float(rng.uniform(*scenes.walking_speed_m_s_range)),
        mirrored=rng.random() < 0.5,
        beside=bool(number and rng.random() < scenes.pair_probability),
        side_m=((-1, 1)[rng.integers(2)] * float(rng.uniform(0.25, 0.8)), float(rng.normal(0, 0.35))),
    )
