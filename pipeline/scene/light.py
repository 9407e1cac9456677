"""Sun and sky, and what they do to a surface: reflectance x light = linear radiance."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Light:
    """Directions are in camera space: x right, y down, z towards the camera.

    A flat ground of reflectance 1 receives light 1, split between sky and sun by `sun_share`.
    """

    sky: tuple[float, float, float]  # linear rgb of the skylight on the ground
    sun: tuple[float, float, float]  # linear rgb of the sunlight on a surface that faces the sun
    to_sun: tuple[float, float, float]  # unit vector
    up: tuple[float, float, float]  # unit vector
    shadow_strength: float  # share of the light that a body takes from the ground behind it

    def on(self, normals):
        """Light on surfaces with the given unit normals: float32 (..., 3) -> float32 (..., 3) linear."""
        normals = np.asarray(normals, np.float32)
        facing = np.array([self.up, self.to_sun], np.float32) @ normals.reshape(-1, 3).T
        facing[0] = 0.68 + 0.32 * facing[0]
        np.maximum(facing[1], 0, out=facing[1])
        light = facing.T @ np.array([self.sky, self.sun], np.float32)
        return light.reshape(normals.shape)

    def shadow_direction(self):
        """Where the tip of a cast shadow lies, in units of the body's height in the picture: (dx, dy), dy down."""
        to_sun, up = np.array(self.to_sun), np.array(self.up)
        elevation = float(to_sun @ up)
        along_ground = -(to_sun - elevation * up) / max(elevation, 0.25)
        dx, dy = along_ground[:2] / -up[1]  # a metre of body is -up[1] in the picture
        return float(dx), float(dy)


FRONTAL = Light((1.0, 1.0, 1.0), (0.0, 0.0, 0.0), (0.0, -1.0, 0.0), (0.0, -1.0, 0.0), 0.0)


def draw_light(rng, sun_probability, shadow_strength_range, pitch_deg):
    """A random sky, with the sun or overcast, for a camera pitched down by pitch_deg."""
    pitch = np.deg2rad(pitch_deg)
    up = np.array([0.0, -np.cos(pitch), np.sin(pitch)])
    azimuth, elevation = rng.uniform(0, 2 * np.pi), np.deg2rad(rng.uniform(20, 75))
    across = np.array([1.0, 0.0, 0.0])
    toward = np.cross(across, up)
    to_sun = np.sin(elevation) * up + np.cos(elevation) * (
        np.cos(azimuth) * across + np.sin(azimuth) * toward
    )
    sunny = rng.uniform() < sun_probability
    share = rng.uniform(0.3, 0.75) if sunny else rng.uniform(0.0, 0.15)
    warmth = rng.uniform(0.0, 0.15)
    sky = (1 - share) * np.array([1 - 0.5 * warmth, 1.0, 1 + 0.8 * warmth])
    sun = share / np.sin(elevation) * np.array([1 + 0.7 * warmth, 1.0, 1 - warmth])
    strength = rng.uniform(*shadow_strength_range) * (1.0 if sunny else 0.35)
    return Light(tuple(sky), tuple(sun), tuple(to_sun), tuple(up), float(strength))
