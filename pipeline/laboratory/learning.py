"""Learning curves: recall on real frames against how much was learned from, with and without what is compared."""

import math
from collections.abc import Mapping, Sequence

from pipeline.compare.verdict import effect_of
from pipeline.report.markup import interval, pretty, section
from pipeline.report.svg import dot, drawing, escape, line, polyline, tag, text

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 430, 220, 40, 16, 12, 40


def learning_section(found: Mapping) -> str:
    """found: curves.json, as the stage `curves` writes it."""
    said = " ".join(escape(one.replace(" -", " \u2212").replace("(-", "(\u2212")) for one in found["sentences"])
    intro = (
        f"{said} Each detector learned for {found['steps']} steps, {found['seeds']} seeds a point, and was measured on "
        f"{found['frames']} labelled real training frames that it had not learned from: those of real frames in "
        f"{found['folds']} blocks, each by detectors of the others. Bars are 95 % intervals. Never on the test frames."
    )
    charts = tag("div", chart(found["synthetic"], "plain", "augmented", "synthetic images"),
                 chart(found["real"], "scratch", "pretrained", "labelled real frames"), class_="halves")  # fmt: skip
    return section("Learning curves", "learning", intro, charts, table(found["side_by_side"]))


def chart(rows: Sequence[Mapping], without: str, with_it: str, unit: str) -> str:
    """Two lines on a logarithmic axis; the one with what is compared is the strong one."""
    first, last = (math.log(rows[i]["learned_from"]) for i in (0, -1))

    def x(size: int) -> float:
        return LEFT + (math.log(size) - first) / max(last - first, 1e-9) * (WIDTH - LEFT - RIGHT)

    def y(recall: float) -> float:
        return TOP + (1 - recall) * (HEIGHT - TOP - BOTTOM)

    parts = [line(LEFT, y(tick), WIDTH - RIGHT, y(tick), "grid") for tick in (0.0, 0.5, 1.0)]
    parts += [text(LEFT - 6, y(tick) + 4, f"{tick:g}", "small", "end") for tick in (0.0, 0.5, 1.0)]
    for name, class_ in ((without, "curve other"), (with_it, "curve")):
        parts.append(polyline([(x(row["learned_from"]), y(row[f"recall_{name}"])) for row in rows], class_))
        for row in rows:
            low, high = row[f"recall_{name}_ci95"]
            at = x(row["learned_from"]) + (2 if name == with_it else -2)
            parts.append(line(at, y(low), at, y(high), "zero" if name == with_it else "grid"))
            parts.append(dot(at, y(row[f"recall_{name}"]), 3, "real", f"{name}: {row[f'recall_{name}']:.3f}"))
    parts += [text(x(row["learned_from"]), HEIGHT - 22, str(row["learned_from"]), "small", "middle") for row in rows]
    parts.append(text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 4, f"{unit}; strong: {with_it}", "small", "middle"))
    numbers = "; ".join(f"{row['learned_from']}: {row[f'recall_{without}']:.3f}, {row[f'recall_{with_it}']:.3f}"
                        for row in rows)  # fmt: skip
    return tag("figure", drawing(WIDTH, HEIGHT, *parts, label=f"recall with {unit}, {without}, {with_it}: {numbers}"))


def table(rows: Mapping[str, Mapping]) -> str:
    """real_only, synthetic_only and both."""
    heads = ("Learned from", "How many", "Real recall", "Gain over real_only")
    body = []
    for name, row in rows.items():
        ends = row.get("gain_ci95")
        tone = "muted" if ends is None or effect_of(ends) == "none" else effect_of(ends)
        gain = "\u2013" if ends is None else f"{pretty(row['gain'])} {interval(ends, True)}"
        body.append(tag("tr", tag("th", escape(name), scope="row"),
                        tag("td", str(row["learned_from"]), data_label="how many"),
                        tag("td", f"{row['recall_real']:.3f} {interval(row['recall_real_ci95'])}", data_label="recall"),
                        tag("td", tag("span", gain, class_=tone), data_label="gain")))  # fmt: skip
    head = tag("thead", tag("tr", *(tag("th", words, scope="col") for words in heads)))
    return tag("table", head, tag("tbody", *body), class_="cards")
