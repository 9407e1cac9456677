"""The obvious exposure: for every line, and every fine step of that line's exposure, one render of the whole
frame.
"""

import numpy as np

from sensors import Shutter


def slow_light(scene, shutter: Shutter, steps: int) -> np.ndarray:
    """(H, W, 3) float64 linear light; each line is the mean of `steps` renders over its own exposure window.
    """
    light = np.zeros((scene.height, scene.width, 3))
    for line, pixels in _lines(scene, shutter):
        for t_s in line_times(shutter, line, steps):
            frame = scene.render(t_s, slice(0, scene.height), slice(0, scene.width)).light
            light[pixels] += frame[pixels] / steps
    return light


def slow_box(scene, shutter: Shutter, actor: int) -> tuple[float, float, float, float] | None:
    """Box of what was at the actor's place at each line's mid-exposure, drawn line by line."""
    silhouette = np.zeros((scene.height, scene.width))
    y, x = np.mgrid[: scene.height, : scene.width]
    for line, pixels in _lines(scene, shutter):
        middle_s = line * shutter.line_readout_us * 1e-6 + shutter.exposure_us * 1e-6 / 2
        silhouette[pixels] = scene.coverage_at(actor, x[pixels], y[pixels], middle_s)
    ys, xs = np.nonzero(silhouette >= 0.5)
    if len(xs) == 0:
        return None
    return float(xs.min()), float(ys.min()), float(xs.max() + 1), float(ys.max() + 1)


def line_times(shutter: Shutter, line: int, steps: int) -> np.ndarray:
    start_s = line * shutter.line_readout_us * 1e-6
    return start_s + shutter.exposure_us * 1e-6 * (np.arange(steps) + 0.5) / steps


def _lines(scene, shutter: Shutter):
    rows, cols = range(scene.height), range(scene.width)
    order = {
        "top_to_bottom": [np.s_[i, :] for i in rows],
        "bottom_to_top": [np.s_[i, :] for i in reversed(rows)],
        "left_to_right": [np.s_[:, i] for i in cols],
        "right_to_left": [np.s_[:, i] for i in reversed(cols)],
    }
    return enumerate(order[shutter.scan_direction])
