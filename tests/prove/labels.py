"""Labels of random scenes against actors drawn from their formulas, point by point, each at its line's mid-exposure.

The scenes have actors that stick out of the frame, hide each other and move up to 12 px during the readout, before
and behind lenses from barrel to pincushion, in every scan direction, with rolling and global shutters.
"""

import dataclasses

import numpy as np

from sensors import Optics, expose
from tests.prove.claim import at_most
from tests.reference.moving_scene import MovingScene
from tests.reference.random_scenes import draw_discs, draw_shutter
from tests.reference.slow_labels import slow_label

WIDTH, HEIGHT = 96, 64
SLIVER_PX = 2.0  # actors of which less than this shows in width or height are left out: pixels cannot tell their box


def claims(full):
    cases = 1000 if full else 12
    errors = {"whole": [], "cut": [], "visible": [], "blur": [], "skew": []}
    unlike = sum(_compare(*_case(i), errors) for i in range(cases))
    worst = {key: max(values) for key, values in errors.items()}
    count = {key: len(values) for key, values in errors.items()}
    return [
        at_most("box of actors wholly in the frame: error of any side [px]", worst["whole"], 0.5, count["whole"]),
        at_most("box of actors cut by the frame: error of any side [px]", worst["cut"], 0.5, count["cut"]),
        at_most("visible fraction: error", worst["visible"], 0.02, count["visible"]),
        at_most("blur length: error [px]", worst["blur"], 0.5, count["blur"]),
        at_most("skew: error [px]", worst["skew"], 0.5, count["skew"]),
        at_most(f"actors in {cases} scenes labelled though out of the frame, or the reverse", unlike, 0, 3 * cases),
    ]


def _case(number):
    rng = np.random.default_rng([201, number])
    still = MovingScene(draw_discs(rng, 3, WIDTH, HEIGHT, 800), WIDTH, HEIGHT, wave_px=1e12)
    k1 = rng.uniform(-0.2, 0.2) if number % 2 else 0.0
    scene = dataclasses.replace(still, shake_x=rng.uniform(-1, 1), shake_y=rng.uniform(-1, 1),
                                shake_hz=rng.uniform(20, 150), shake_phase=rng.uniform(0, 2 * np.pi))
    return scene, draw_shutter(rng, number, 6000, 150), Optics(k1=k1, focal_px=80.0)


def _compare(scene, shutter, optics, errors):
    """Append the errors of every label; returns how many actors only one side has."""
    labels = {label.actor: label for label in expose(scene, shutter, optics).labels}
    unlike = 0
    for actor in range(scene.actor_count):
        ours, slow = labels.get(actor), slow_label(scene, shutter, optics, actor)
        if not any(label and _shows(label.box) for label in (ours, slow)):
            continue
        if ours is None or slow is None:
            unlike += 1
            continue
        errors["cut" if _is_cut(slow.box) else "whole"].append(np.abs(np.subtract(ours.box, slow.box)).max())
        errors["visible"].append(abs(ours.visible_fraction - slow.visible_fraction))
        errors["blur"].append(abs(ours.blur_px - slow.blur_px))
        errors["skew"].append(abs(ours.skew_px - slow.skew_px))
    return unlike


def _shows(box):
    return min(box[2] - box[0], box[3] - box[1]) >= SLIVER_PX


def _is_cut(box):
    return box[0] == 0 or box[1] == 0 or box[2] == WIDTH or box[3] == HEIGHT
