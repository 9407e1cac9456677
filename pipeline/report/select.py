"""Whether choosing frames to annotate beats chance: in words, and recall of every seed."""

from collections.abc import Mapping, Sequence

from pipeline.report.markup import section
from pipeline.report.svg import dot, drawing, escape, line, tag, text

WIDTH, ROW, LEFT, RIGHT, TOP = 620, 34, 200, 24, 18
ROWS = {"recall_before": "before", "recall_random": "random frames", "recall_selected": "selected frames"}


def select_section(measured: Mapping) -> str:
    """measured: select.json, as `python -m pipeline.select --measure` writes it."""
    missed = 1 - mean_of(measured["recall_before"])
    said = escape(measured["sentence"].replace(" -", " \u2212"))
    intro = (
        f"{said} Before, {missed:.3f} of the recall was missing: no choice of frames can add more. The detectors of "
        f"{escape(measured['rung'])} learned on for {measured['steps']} steps. Measured on labelled training frames of "
        "other blocks of time, never on the test; the interval knows the luck of training and of the draw, not that of "
        "these few frames. Each dot is a seed, each line their mean."
    )
    return section("Frames to annotate next", "select", intro, dots(measured))


def dots(measured: Mapping) -> str:
    """Recall of every seed before, with random and with selected frames."""
    rows = {name: measured[key] for key, name in ROWS.items()}
    low = min(min(values) for values in rows.values())
    parts = []
    for i, (name, values) in enumerate(rows.items()):
        y, mean = TOP + ROW * i, mean_of(values)
        parts += [line(LEFT, y, WIDTH - RIGHT, y, "grid"), text(0, y + 4, name, "small")]
        parts += [dot(_x(value, low), y, 4, "real", f"{value:.3f}") for value in values]
        parts += [line(_x(mean, low), y - 10, _x(mean, low), y + 10, "zero")]
        parts += [text(LEFT - 14, y + 4, f"{mean:.3f}", "small", "end")]
    foot = TOP + ROW * len(rows)
    ticks = [low, (low + 1) / 2, 1.0]
    parts += [text(_x(tick, low), foot + 4, f"{tick:.3f}", "small", "middle") for tick in ticks]
    label = "recall of each seed: " + _words(rows)
    return tag("figure", drawing(WIDTH, foot + 12, *parts, label=label, class_="chart"))


def mean_of(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _x(value: float, low: float) -> float:
    return LEFT + 12 + (value - low) / max(1 - low, 1e-6) * (WIDTH - LEFT - RIGHT - 24)


def _words(rows: Mapping[str, Sequence[float]]) -> str:
    return "; ".join(f"{name} {', '.join(f'{value:.3f}' for value in values)}" for name, values in rows.items())
