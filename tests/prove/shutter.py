"""Rolling shutter and motion blur: against one render per line and fine time step, and against closed forms.

"Rendered pixels" counts what is asked of the scene: by the slow reference the whole frame for every line and every
step of its exposure, by the fast integration the windows that it asks for. The saving is over whole frames, which is
what a renderer makes; one that could draw single lines would render about as much as the fast integration.
"""

import numpy as np

from sensors import Shutter, expose
from sensors.shutter import SCAN_DIRECTIONS
from tests.prove.claim import at_least, at_most
from tests.reference import scenes_in_parts
from tests.reference.counting import Counting
from tests.reference.moving_scene import Disc, MovingScene
from tests.reference.pictures import blur_length_px, centres_of_rows, psnr_db, share_of
from tests.reference.propeller import BLADE, LIGHT, Propeller
from tests.reference.random_scenes import draw_scene, draw_shutter
from tests.reference.slow_exposure import slow_light, slow_light_by_line, whole_frame_pixels

FINE_STEP_PX = 0.25  # of motion, at most, between two steps of the slow reference
INK, PAPER = (0.9, 0.6, 0.3), (0.4, 0.4, 0.75)  # the paper is the background of a MovingScene of endless waves


def claims(full):
    rounds = 10 if full else 1
    return [
        *_against_slow_reference(4 * (10 if full else 1)),
        *_at_real_size(4 if full else 1),
        _of_the_pipeline(60 if full else 2),
        *_closed_forms(4 * rounds),
        _propeller(4 * rounds),
    ]


def _against_slow_reference(cases):
    """Small frames; one of four is also rendered frame by frame, in one step per line."""
    quality, differing = [], 0.0
    for i in range(cases):
        rng = np.random.default_rng([101, i])
        scene, shutter = draw_scene(rng, 96, 64, 600, 1), draw_shutter(rng, i, 6000, 150)
        slow = slow_light_by_line(scene, shutter, _steps(scene, shutter))
        quality.append(psnr_db(expose(scene, shutter).light, slow))
        if i % 4 == i // 4 % 4:
            whole = slow_light(scene, shutter, 1)
            differing = max(differing, np.abs(whole - slow_light_by_line(scene, shutter, 1)).max())
    return [
        at_least("light against one render per line and fine step, 96 x 64, PSNR [dB]", min(quality), 45, cases),
        at_most("a line rendered alone against that line of a frame [linear light]", differing, 1e-9, cases // 4),
    ]


def _at_real_size(cases):
    """640 x 480, 10 to 45 us per line; the reference draws each line alone, and counts as if it drew the frames."""
    quality, savings = [], []
    for i in range(cases):
        rng = np.random.default_rng([102, i])
        scene = draw_scene(rng, 640, 480, 200, 0.8)
        exposure_us = 0.0 if i == 0 else rng.uniform(1000, 6000)
        shutter = Shutter(exposure_us, rng.uniform(10, 45), SCAN_DIRECTIONS[i])
        counting, steps = Counting(scene), _steps(scene, shutter)
        quality.append(psnr_db(expose(counting, shutter).light, slow_light_by_line(scene, shutter, steps)))
        savings.append(whole_frame_pixels(scene, shutter, steps) / counting.pixels)
    return [
        at_least("the same at 640 x 480, speeds of 300 to 1000 px/s, PSNR [dB]", min(quality), 45, cases),
        at_least("pixels that the slow reference renders there, over those of the fast one", min(savings), 30, cases),
    ]


def _of_the_pipeline(cases):
    """The pipeline's own scenes, which the exposure takes apart: background and windows, each in its own time."""
    quality = []
    for i in range(cases):
        scene, shutter = scenes_in_parts.draw_scene(i), scenes_in_parts.draw_shutter(i)
        slow = slow_light_by_line(scene, shutter, _steps(scene, shutter))
        quality.append(psnr_db(expose(scene, shutter).light, slow))
    return at_least("the same for scenes of people, shadows and walls, 112 x 80, PSNR [dB]", min(quality), 45, cases)


def _closed_forms(cases):
    errors = {"lean": [], "blur": [], "stretch": []}
    for i in range(cases):
        rng = np.random.default_rng([103, i])
        direction = SCAN_DIRECTIONS[i % 4]
        errors["lean"].append(_lean_error_px(direction, rng.uniform(-500, 500), rng.uniform(20, 100)))
        errors["blur"].append(_blur_error_px(direction, rng.uniform(400, 800), rng.uniform(5e3, 20e3), rng))
        errors["stretch"].append(_stretch_error_px(direction, rng.uniform(-0.4, 0.4)))
    lean, blur, stretch = (max(errors[key]) for key in ("lean", "blur", "stretch"))
    return [
        at_most("lean of a bar over the frame: speed * line_readout per line, error [px]", lean, 0.1, cases),
        at_most("blur: speed * exposure, error of its length [px]", blur, 0.15, cases),
        at_most("stretch along the scan: 1 / (1 - speed * line_readout), error for 24 px [px]", stretch, 0.1, cases),
    ]


def _lean_error_px(direction, speed_px_s, readout_us):
    """Along the reading order every line shows the bar by speed * readout further on."""
    width, height, drawn = _frame(direction)
    lines = np.arange(height)
    start = width / 2 - speed_px_s * readout_us * 1e-6 * height / 2
    share = drawn(Disc(start, height / 2, 4, 300, vx=speed_px_s), Shutter(0, readout_us, direction))
    expected = start + speed_px_s * readout_us * 1e-6 * lines
    return np.abs(centres_of_rows(share) - expected).max()


def _blur_error_px(direction, speed_px_s, exposure_us, rng):
    width, height, drawn = _frame(direction)
    edge = Disc(10 - 200, height / 2, 200, 200, vx=speed_px_s)
    share = drawn(edge, Shutter(exposure_us, rng.uniform(0, 100), direction))
    return abs(blur_length_px(share[height // 2]) - speed_px_s * exposure_us * 1e-6)


def _stretch_error_px(direction, lines_per_line):
    """lines_per_line: speed along the reading order, in lines per line readout."""
    readout_us = 100.0
    width, height, drawn = _frame(direction)
    start = height / 2 * (1 - lines_per_line)  # so that it is read in the middle of the frame
    bar = Disc(width / 2, start, 300, 12, vy=lines_per_line / (readout_us * 1e-6))
    share = drawn(bar, Shutter(0, readout_us, direction))
    return abs(share[:, width // 2].sum() - 24 / (1 - lines_per_line))


def _frame(direction):
    """Size (across, along the reading) and a way to photograph a disc given in (across, along) coordinates.

    The picture (H, W) of the disc's share is returned with its first line first, whichever way it was read.
    """
    across, along = 96, 128
    by_rows, forwards = direction in ("top_to_bottom", "bottom_to_top"), direction in ("top_to_bottom", "left_to_right")

    def drawn(disc, shutter):
        x, y, rx, ry, vx, vy = disc.x, disc.y, disc.radius_x, disc.radius_y, disc.vx, disc.vy
        if not forwards:
            y, vy = along - 1 - y, -vy
        disc = Disc(x, y, rx, ry, vx, vy, INK) if by_rows else Disc(y, x, ry, rx, vy, vx, INK)
        size = (across, along) if by_rows else (along, across)
        share = share_of(expose(MovingScene((disc,), *size, wave_px=1e12), shutter).light, INK, PAPER)
        share = share if by_rows else share.T
        return share if forwards else share[::-1]

    return across, along, drawn


def _propeller(cases):
    """Blade length 70 px, up to one and a half turns during the readout."""
    worst, rows_seen = 0.0, 0
    for i in range(cases):
        rng = np.random.default_rng([104, i])
        shutter = Shutter(rng.uniform(0, 30), rng.uniform(40, 80), SCAN_DIRECTIONS[i % 2])
        turns = rng.uniform(0.2, 1.5) * rng.choice([-1, 1])
        omega = turns * 2 * np.pi / (160 * shutter.line_readout_us * 1e-6)
        hub = 80 + rng.uniform(-2, 2), 80 + rng.uniform(-2, 2)
        scene = Propeller(160, 160, hub, 70, 3, rng.uniform(0, np.pi), omega)
        found = centres_of_rows(share_of(expose(scene, shutter).light, BLADE, LIGHT))
        number = np.arange(160) if i % 2 == 0 else np.arange(160)[::-1]
        expected, whole = scene.centre_line(number * shutter.line_readout_us * 1e-6 + shutter.exposure_us * 0.5e-6)
        worst = max(worst, np.abs(found - expected)[whole].max())
        rows_seen += whole.sum()
    return at_most(
        f"centre line of a spinning blade against its textbook curve, {rows_seen} rows [px]", worst, 0.25, cases
    )


def _steps(scene, shutter):
    return max(1, int(np.ceil(scene.max_speed_px_s() * shutter.exposure_us * 1e-6 / FINE_STEP_PX)))
