"""The obvious exposure: for every line, and every fine step of that line's exposure, one render of the whole
frame.
"""

import numpy as np

from sensors import Shutter


def slow_light(scene, shutter: Shutter, steps: int) -> np.ndarray:
    """(H, W, 3) float64 linear light; each line is the mean of `steps` renders over its own exposure window.
    """
    return _mean_of_renders(scene, shutter, steps, lambda line: np.s_[0 : scene.height, 0 : scene.width])


def slow_light_by_line(scene, shutter: Shutter, steps: int) -> np.ndarray:
    """The same from renders of the one line that is kept: equal where a scene draws a line alike alone and in a frame.
    """
    return _mean_of_renders(scene, shutter, steps, lambda line: line)


def whole_frame_pixels(scene, shutter: Shutter, steps: int) -> int:
    """Pixels that `slow_light` renders."""
    return shutter.line_count(scene.width, scene.height) * steps * scene.width * scene.height


def line_times(shutter: Shutter, line: int, steps: int) -> np.ndarray:
    start_s = line * shutter.line_readout_us * 1e-6
    return start_s + shutter.exposure_us * 1e-6 * (np.arange(steps) + 0.5) / steps


def lines_in_order(scene, shutter: Shutter) -> list[tuple[slice, slice]]:
    """(rows, cols) of every line in the order of its reading."""
    rows = [np.s_[i : i + 1, 0 : scene.width] for i in range(scene.height)]
    cols = [np.s_[0 : scene.height, i : i + 1] for i in range(scene.width)]
    return {
        "top_to_bottom": rows,
        "bottom_to_top": rows[::-1],
        "left_to_right": cols,
        "right_to_left": cols[::-1],
    }[shutter.scan_direction]


def _mean_of_renders(scene, shutter, steps, window_of) -> np.ndarray:
    light = np.zeros((scene.height, scene.width, 3))
    for number, line in enumerate(lines_in_order(scene, shutter)):
        window = window_of(line)
        kept = tuple(slice(a.start - b.start, a.stop - b.start) for a, b in zip(line, window, strict=True))
        for t_s in line_times(shutter, number, steps):
            light[line] += scene.light(t_s, *window)[kept] / steps
    return light
