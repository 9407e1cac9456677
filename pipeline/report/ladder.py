"""The ladder as a chart: a row a rung, recall from left to right.

A dot with its interval for real frames, a ring for the rung's own synthetic test set, and a line through all
rows for the detector that learned from labelled real frames.
"""

from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.compare.verdict import false_positives, signed
from pipeline.report.svg import dot, drawing, line, rect, tag, text

SVG = "http://www.w3.org/2000/svg"
STYLE = Path(__file__).with_name("charts.css")


@dataclass(frozen=True)
class Layout:
    """Sizes in px; `stacked` puts a row's words above its track instead of beside it (for phones)."""

    width: int
    left: int
    right: int
    row: int
    top: int
    stacked: bool

    def x(self, recall: float) -> float:
        return self.left + recall * (self.width - self.left - self.right)


LONGEST_NAME = 24
WIDE = Layout(width=860, left=150, right=290, row=38, top=44, stacked=False)
NARROW = Layout(width=360, left=14, right=14, row=58, top=66, stacked=True)


def ladder_file(gap: dict) -> str:
    """A whole SVG file that stands on its own card, so that it is readable on light and dark pages alike."""
    margin = 18
    body, height = ladder_body(gap, WIDE)
    width, height = WIDE.width + 2 * margin, height + 30 + 2 * margin
    title = text(margin, margin + 14, "Recall on real frames, rung by rung", "head")
    note = text(width - margin, margin + 14, _conditions(gap), "small", "end")
    moved = tag("g", body, transform=f"translate({margin},{margin + 30})")
    style = tag("style", STYLE.read_text(encoding="utf-8"))
    card = rect(0.5, 0.5, width - 1, height - 1, "card", 10)
    svg = drawing(width, height, style, card, title, note, moved, label=ladder_words(gap))
    return svg.replace("<svg ", f'<svg xmlns="{SVG}" width="{width}" height="{height}" ', 1) + "\n"


def ladder_inline(gap: dict) -> str:
    """The chart twice, for wide and for narrow screens; style sheets show one of the two."""
    charts = []
    for layout, name in ((WIDE, "wide"), (NARROW, "narrow")):
        body, height = ladder_body(gap, layout)
        charts.append(drawing(layout.width, height, body, label=ladder_words(gap), class_=f"chart {name}"))
    return "".join(charts)


def ladder_words(gap: dict) -> str:
    """The chart for those who cannot see it."""
    values = [f"{name} {rung['recall_real']:.2f}" for name, rung in gap["rungs"].items()]
    return f"Recall on real frames: {', '.join(values)}; real_only {gap['real_only']['recall_real']:.2f}."


def ladder_body(gap: dict, layout: Layout) -> tuple[str, float]:
    """The chart's elements and its height in px."""
    rows = [
        (_short(name), values) for name, values in [*gap["rungs"].items(), ("real_only", gap["real_only"])]
    ]
    if not layout.stacked:
        layout = replace(layout, left=max(layout.left, 24 + 8 * max(len(name) for name, _ in rows)))
    bottom = layout.top + layout.row * len(rows)
    parts = [_legend(layout), _grid(layout, bottom), _real_only_line(gap["real_only"], layout, bottom)]
    for index, (name, values) in enumerate(rows):
        middle = layout.top + layout.row * (index + (0.68 if layout.stacked else 0.5))
        parts.append(_words(name, values, layout, middle))
        parts.append(_marks(name, values, layout, middle))
    return "".join(parts), bottom + 26


def _short(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + "\u2026"


def _legend(layout: Layout) -> str:
    entries = [
        (dot(0, 0, 5.5, "real"), "real frames"),
        (rect(-9, -5, 18, 10, "interval", 5), "95 % interval"),
        (dot(0, 0, 5, "synth"), "own synthetic test set"),
        (line(-9, 0, 9, 0, "only"), "real_only"),
    ]
    places = (
        [(10, 12), (170, 12), (10, 34), (218, 34)]
        if layout.stacked
        else [(layout.left + shift, 12) for shift in (8, 122, 250, 428)]
    )
    return "".join(
        tag("g", mark, text(15, 4, words, "small"), transform=f"translate({x},{y})")
        for (mark, words), (x, y) in zip(entries, places, strict=True)
    )


def _grid(layout: Layout, bottom: float) -> str:
    parts = []
    for tick in (0, 0.25, 0.5, 0.75, 1):
        anchor = "middle" if not layout.stacked else {0: "start", 1: "end"}.get(tick, "middle")
        parts.append(line(layout.x(tick), layout.top, layout.x(tick), bottom, "grid"))
        parts.append(text(layout.x(tick), bottom + 18, f"{tick:g}", "small", anchor))
    return "".join(parts)


def _real_only_line(real_only: dict, layout: Layout, bottom: float) -> str:
    low, high = real_only["recall_real_ci95"]
    x = layout.x(real_only["recall_real"])
    band = rect(layout.x(low), layout.top, layout.x(high) - layout.x(low), bottom - layout.top, "only-band")
    return band + line(x, layout.top, x, bottom, "only")


def _words(name: str, values: dict, layout: Layout, middle: float) -> str:
    """The rung's name; its recall with interval; what it did compared with the rung before."""
    low, high = values["recall_real_ci95"]
    recall = tag("tspan", f"{values['recall_real']:.2f}", class_="strong")
    interval = tag("tspan", f" {low:.2f}\u2013{high:.2f}", class_="small")
    effect, said = _effect(values)
    gained = tag("tspan", said, class_=effect, dx=12)
    if layout.stacked:
        return text(layout.left, middle - 19, name, "strong") + tag(
            "text", recall, interval, x=float(layout.width - layout.right), y=middle - 19, text_anchor="end"
        )
    right = layout.width - layout.right + 20
    return text(layout.left - 16, middle + 4.5, name, "strong", "end") + tag(
        "text", recall, interval, gained, x=float(right), y=middle + 4.5
    )


def _effect(values: dict) -> tuple[str, str]:
    """Style class and words for the gain over the rung before."""
    if "effect" not in values:
        return "only-text", f"{values['train_images']} labelled frames"
    if values["effect"] == "start":
        return "small", "start"
    gain = signed(values["gain_over_previous"], 2).replace("-", "\u2212")
    words = {
        "helped": f"\u25b2 helped {gain}",
        "hurt": f"\u25bc hurt {gain}",
        "none": f"no clear effect {gain}",
    }
    return {"none": "small"}.get(values["effect"], values["effect"]), words[values["effect"]]


def _marks(name: str, values: dict, layout: Layout, middle: float) -> str:
    low, high = values["recall_real_ci95"]
    only = "effect" not in values
    x = layout.x(values["recall_real"])
    wide = max(layout.x(high) - layout.x(low), 3)
    marks = [rect(layout.x(low), middle - 6, wide, 12, "only-interval" if only else "interval", 6)]
    if "recall_synth" in values:
        synth = layout.x(values["recall_synth"])
        marks.append(line(x, middle, synth, middle, "gap"))
        marks.append(dot(synth, middle, 5, "synth", f"{name}: synthetic recall {values['recall_synth']:.2f}"))
    hover = f"{name}: real recall {values['recall_real']:.2f}, 95 % interval {low:.2f} to {high:.2f}"
    return "".join(marks) + dot(x, middle, 5.5, "only-dot" if only else "real", hover)


def _conditions(gap: dict) -> str:
    point = gap["operating_point"]
    return f"IoU \u2265 {point['iou']:g}, {false_positives(point['fppi'])}"
