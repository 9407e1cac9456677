"""Loss curves: a small panel a detector, a line a seed, the same scale everywhere."""

from collections.abc import Mapping, Sequence

import numpy as np

from pipeline.report.svg import drawing, escape, line, polyline, tag, text

WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 220, 120, 28, 18, 8
POINTS = 120


def curve_panels(curves: Mapping[str, Mapping[str, Sequence[tuple[float, float]]]]) -> str:
    """curves: {detector: {seed: [(step, loss)]}}."""
    losses = np.concatenate(
        [np.array(points)[:, 1] for seeds in curves.values() for points in seeds.values()]
    )
    top = float(np.quantile(losses, 0.98)) or 1.0
    return tag("div", *(_panel(name, seeds, top) for name, seeds in curves.items()), class_="panels")


def _panel(name: str, seeds: Mapping[str, Sequence[tuple[float, float]]], top: float) -> str:
    last_step = max(points[-1][0] for points in seeds.values()) or 1

    def place(step: float, loss: float) -> tuple[float, float]:
        x = LEFT + step / last_step * (WIDTH - LEFT - 4)
        return x, TOP + (1 - min(loss / top, 1)) * (HEIGHT - TOP - BOTTOM)

    floor = HEIGHT - BOTTOM
    parts = [line(LEFT, floor, WIDTH - 4, floor, "grid"), line(LEFT, TOP, LEFT, floor, "grid")]
    parts += [
        text(LEFT - 4, TOP + 8, f"{top:.2g}", "small", "end"),
        text(LEFT - 4, floor, "0", "small", "end"),
    ]
    parts.append(text(WIDTH - 4, HEIGHT - 4, f"{last_step:g} steps", "small", "end"))
    ends = []
    for order, points in enumerate(seeds.values()):
        smooth = _smooth(points)
        parts.append(polyline([place(*point) for point in smooth], f"curve{' other' if order else ''}"))
        ends.append(f"{smooth[-1][1]:.3g}")
    parts.append(text(WIDTH - 4, TOP + 8, f"ends at {', '.join(ends[:3])}", "small", "end"))
    chart = drawing(WIDTH, HEIGHT, *parts, label=f"loss of {name}, ends at {', '.join(ends)}")
    return tag("figure", tag("figcaption", tag("b", escape(name))), chart)


def _smooth(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """At most POINTS points, each the mean of its neighbours."""
    groups = np.array_split(np.array(points, float), min(POINTS, len(points)))
    return [(float(group[-1, 0]), float(group[:, 1].mean())) for group in groups]
