"""What stands in the plate of the real site and hides people behind it: outlines marked by hand on the plate.

The file lists things, each with the polygons it covers and its foot, the line where it meets the ground, in px of
the frame. The ground plane of the fitted view gives the foot its distance, and the thing rises from there.
"""

import json
import math
from pathlib import Path

import cv2
import numpy as np

from pipeline.errors import DataError

OPEN_M = 1000.0  # the depth where nothing stands: people are never hidden by the ground


def read_standing(path, width_px, height_px):
    """Read the things of a file: list of {"name", "foot": [[x, y], ...], "outlines": [polygon, ...]}, px.

    Raises DataError that lists every problem of the file.
    """
    path = Path(path)
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        size, things = (raw["width_px"], raw["height_px"]), list(raw["things"])
    except FileNotFoundError:
        raise DataError(
            f'{path}: the file is missing; without marks it holds {{"width_px", "height_px", "things": []}}'
        ) from None
    except (ValueError, TypeError, KeyError) as error:
        raise DataError(f'{path}: expected {{"width_px", "height_px", "things": [...]}}, found {error!r}') from None
    problems = []
    if things and size != (width_px, height_px):
        problems.append(f"marked on frames of {size[0]} x {size[1]} px, the scenes have {width_px} x {height_px}")
    for number, thing in enumerate(things):
        problems += _problems_of(thing, number)
    if problems:
        raise DataError("\n".join(f"{path}: {problem}" for problem in problems))
    return [{key: thing[key] for key in ("name", "foot", "outlines")} for thing in things]


def _problems_of(thing, number):
    if not isinstance(thing, dict) or {"name", "foot", "outlines"} - set(thing):
        return [f"thing {number}: expected name, foot and outlines, found {thing!r:.80}"]
    lines = [(f"outline {k}", line, 3) for k, line in enumerate(thing["outlines"])]
    return [
        f'thing {number} "{thing["name"]}": {what} needs at least {least} points [x, y] in px, found {line!r:.80}'
        for what, line, least in [("foot", thing["foot"], 1), *lines]
        if not _are_points(line, least)
    ] + ([] if lines else [f'thing {number} "{thing["name"]}": it has no outline, nothing would be hidden'])


def _are_points(line, least):
    return (
        isinstance(line, list)
        and len(line) >= least
        and all(
            isinstance(p, list)
            and len(p) == 2
            and all(isinstance(c, int | float) and not isinstance(c, bool) and math.isfinite(c) for c in p)
            for p in line
        )
    )


def depth_map(things, view):
    """How far what stands there is, along the optical axis: float32 (H, W) in m, OPEN_M where nothing stands.

    Of things that overlap the nearer one counts. Between two foot points the inverse depth changes linearly, as it
    does on any plane.
    """
    depth_m = np.full((view.height_px, view.width_px), OPEN_M, np.float32)
    columns = np.arange(view.width_px) + 0.5
    for thing in things:
        feet = sorted(thing["foot"])
        inverse = [1 / foot_depth_m(view, row) for _, row in feet]
        of_column = (1 / np.interp(columns, [x for x, _ in feet], inverse)).astype(np.float32)
        covered = np.zeros(depth_m.shape, np.uint8)
        for outline in thing["outlines"]:
            cv2.fillPoly(covered, [np.round(np.array(outline)).astype(np.int32)], 1)
        depth_m = np.where(covered, np.minimum(depth_m, of_column[None]), depth_m)
    return depth_m


def foot_depth_m(view, row_px):
    """Distance along the optical axis of the ground on a row of the picture."""
    _, z = view.ground_point(view.width_px / 2, row_px)
    return float(view.project(0.0, 0.0, z)[2])
