"""Gain, tint and haze of a whole scene: one affine change of light for the background and what stands before it."""

from dataclasses import dataclass, replace

import cv2
import numpy as np

from pipeline.scene.colour import to_linear

NO_VEIL = np.zeros(3)


@dataclass(frozen=True, eq=False)
class Development:
    """light -> light * factor + veil, per channel, both (3,). The veil is glare, spread over everything by the lens."""

    factor: np.ndarray
    veil: np.ndarray

    def of_picture(self, display):
        """uint8 display values (H, W, 3) -> float32 linear light (H, W, 3)."""
        table = to_linear(np.arange(256, dtype=np.uint8))[:, None] * self.factor + self.veil
        return cv2.LUT(display, table.astype(np.float32)[None])

    def of_layers(self, layers):
        """Layers in that light; their premultiplied veil goes with their alpha."""
        matrix = np.diag([*self.factor, 1.0])
        matrix[:3, 3] = self.veil
        return [
            replace(layer, rgba=replace(layer.rgba, values=cv2.transform(layer.rgba.values, matrix)))
            for layer in layers
        ]


def expose_for(display, target, gain, balance, haze):
    """Auto-exposure of a picture: mean light `target`, off by the factor gain, tinted by balance (3,), behind haze.

    display: uint8 (H, W, 3). haze: the share of every point's light that the picture's mean light replaces.
    """
    mean = np.array(cv2.mean(to_linear(display[::4, ::4]))[:3])
    factor = gain * target / max(float(mean.mean()), 1e-3) * balance / balance.mean()
    return Development(factor * (1 - haze), haze * mean * factor)
