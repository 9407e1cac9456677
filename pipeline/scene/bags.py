"""Bags: a rounded box that follows the trunk or hangs from a hand, and straps cut from the suit."""

import numpy as np


def _strap(fit, keep):
    """The part of the trunk's suit where `keep` (V,) is positive, lifted over the clothes."""
    vertices = fit.loosened(fit.trunk_looseness(fit.thickness) + 0.012)
    keep = np.minimum(np.minimum(keep, fit.between(-9, 0, 0.05)), -0.01 - fit.w.collar)
    return fit.piece("bag", "helper-tights", vertices, keep, layer=7)


def _backpack(fit):
    box = fit.trunk_box(-1.1, -0.35)
    size = fit.rng.uniform(0.85, 1.25)
    height = 0.5 * box.size[2] * fit.rng.uniform(0.8, 1.1)
    radii = (0.15 * size, 0.085 * size, height)
    centre = box.at(0, 1, 0.55) + [0, 0.55 * radii[1] + fit.thickness, 0]
    pack = fit.blob("bag", centre, radii, "spine02", layer=7, boxiness=0.45)
    x, y, _ = fit.w.body.template.T
    straps = np.where((y < 0.03) & (fit.w.down < -0.6), 0.02 - np.abs(np.abs(x) - 0.105), -1)
    return [pack, _strap(fit, straps)]


def _shoulder_bag(side):
    def make(fit):
        box = fit.trunk_box(-0.15, 0.25)
        radii = np.array([0.06, 0.14, 0.12]) * fit.rng.uniform(0.8, 1.25)
        hip = box.at(side, 0.55, 0.35) + [side * (0.03 + fit.thickness), 0, 0]
        bag = fit.blob("bag", hip, radii, "spine05", layer=7, boxiness=0.45)
        x, _, z = fit.w.body.template.T
        across = (side * x + 0.1) - (0.5 - z) * 0.75  # from the other shoulder down to the bag
        return [bag, _strap(fit, 0.02 - np.abs(across))]

    return make


def _hand_bag(side):
    def make(fit):
        name = "L" if side > 0 else "R"
        hand = np.flatnonzero((fit.w.along > 2.3) & (side * fit.v[:, 0] > 0))
        radii = np.array([0.05, 0.15, 0.16]) * fit.rng.uniform(0.7, 1.2)
        centre = fit.v[hand].mean(axis=0) - [0, 0, radii[2] + 0.09]
        bag = fit.blob("bag", centre, radii, f"wrist.{name}", layer=7, boxiness=0.4, upright=True)
        grip = fit.blob(
            "bag",
            centre + [0, 0, radii[2] + 0.03],
            (0.008, 0.05, 0.08),
            f"wrist.{name}",
            layer=3,
            upright=True,
        )
        return [bag, grip]

    return make


BAGS = {
    "backpack": _backpack,
    "shoulder_left": _shoulder_bag(1),
    "shoulder_right": _shoulder_bag(-1),
    "hand_left": _hand_bag(1),
    "hand_right": _hand_bag(-1),
}
