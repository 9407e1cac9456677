"""How real the pictures of each rung look to a simple classifier, with their noise and power spectra."""

import math
from collections.abc import Mapping, Sequence

from pipeline.report.markup import interval
from pipeline.report.svg import dot, drawing, escape, line, polyline, rect, tag, text

WIDTH, HEIGHT, LEFT, RIGHT, BOTTOM, TOP = 430, 250, 46, 16, 36, 26
NOISE_TOPS_DN = (1.0, 2.0, 4.0, 8.0)  # the axis ends at the least that shows nine tenths of the points
DRAWN = ("noise", "calibrated", "site")  # rungs whose curves stand beside the real ones, if the ladder has them


def realism_section(realism: Mapping[str, object]) -> str:
    """realism: data/out/realism/auc.json."""
    rungs = realism["rungs"]
    shown = [name for name in DRAWN if name in rungs] or list(rungs)[-2:]
    sets = {"real": realism["real"]} | {name: rungs[name] for name in shown}
    return auc_table(rungs) + tag("div", noise_plot(sets), power_plot(sets), class_="halves")


def auc_table(rungs: Mapping[str, Mapping]) -> str:
    """One row a rung: the area under the curve as a bar with its interval, and what gave the pictures away."""
    heads = ("Rung", "AUC", "", "Gives it away")
    rows = [
        tag(
            "tr",
            tag("th", escape(name), scope="row"),
            tag("td", f"{rung['auc']:.3f} ", interval(rung["auc_ci95"]), data_label="AUC"),
            tag("td", _bar(rung["auc"], rung["auc_ci95"])),
            tag("td", escape(", ".join(rung["strongest"])), data_label="Gives it away"),
        )
        for name, rung in rungs.items()
    ]
    head = tag("thead", tag("tr", *(tag("th", words, scope="col") for words in heads)))
    return tag("table", head, tag("tbody", *rows), class_="cards")


def _bar(auc: float, ends: Sequence[float]) -> str:
    """From 0.5, which is a guess, to 1."""
    width, height = 200.0, 22.0

    def x(value: float) -> float:
        return 4 + (min(max(value, 0.5), 1) - 0.5) * 2 * (width - 12)

    low, high = (x(end) for end in ends)
    axis = line(x(0.5), height / 2, x(1), height / 2, "grid")
    span = rect(low, height / 2 - 5, max(high - low, 2), 10, "interval", 5)
    chart = drawing(width, height, axis, span, dot(x(auc), height / 2, 5, "real"), label=f"AUC {auc:.3f}")
    return tag("span", chart, style="display:block;width:200px;max-width:100%")


def noise_plot(sets: Mapping[str, Mapping]) -> str:
    """Standard deviation of the quietest patches against intensity."""
    stds = sorted(std for values in sets.values() for _, std in values["noise"])
    most = stds[int(0.9 * (len(stds) - 1))] if stds else 0.0
    top = next((end for end in NOISE_TOPS_DN if end >= most), NOISE_TOPS_DN[-1])

    def place(level: float, std: float) -> tuple[float, float]:
        return _across(level / 255), _down(min(std, top) / top)

    lines = {name: [place(*point) for point in values["noise"]] for name, values in sets.items()}
    down = [(_down(share), f"{share * top:g}") for share in (0, 0.25, 0.5, 0.75, 1)]
    across = [(_across(tick / 255), str(tick)) for tick in (0, 64, 128, 192, 255)]
    note = "Grain of the quietest patches; where hardly any patch is flat, edges count, and the line leaves the chart."
    return _panel("Noise [DN] against intensity", lines, across, down, note)


def power_plot(sets: Mapping[str, Mapping]) -> str:
    """Radial power spectrum of whole pictures, both axes logarithmic."""
    powers = [power for values in sets.values() for _, power in values["power"] if power > 0]
    low, high = math.floor(math.log10(min(powers))), math.ceil(math.log10(max(powers)))
    first, last = (math.log10(sets["real"]["power"][i][0]) for i in (0, -1))

    def place(frequency: float, power: float) -> tuple[float, float]:
        share = (math.log10(max(power, 10**low)) - low) / max(high - low, 1)
        return _across((math.log10(frequency) - first) / (last - first)), _down(share)

    lines = {name: [place(*point) for point in values["power"]] for name, values in sets.items()}
    down = [(place(10**first, 10.0**tick)[1], f"1e{tick}") for tick in range(low, high + 1, 2)]
    across = [(place(tick, 1.0)[0], f"{tick:g}") for tick in (0.02, 0.05, 0.1, 0.2, 0.5)]
    note = "Radial power spectrum of whole pictures: what is missing at the right is detail that the real frames have."
    return _panel("Power against spatial frequency [cycles per px]", lines, across, down, note)


def _across(share: float) -> float:
    return LEFT + share * (WIDTH - LEFT - RIGHT)


def _down(share: float) -> float:
    return TOP + (1 - share) * (HEIGHT - TOP - BOTTOM)


def _panel(title: str, lines: Mapping[str, list], across: list, down: list, note: str) -> str:
    floor = HEIGHT - BOTTOM
    parts = [line(LEFT, y, WIDTH - RIGHT, y, "grid") for y, _ in down]
    parts += [text(LEFT - 6, y + 4, words, "small", "end") for y, words in down]
    parts += [text(x, floor + 16, words, "small", "middle") for x, words in across]
    styles = ("curve", "curve other", "curve third", "curve fourth")
    for i, (name, points) in enumerate(lines.items()):
        style, x = styles[i % len(styles)], LEFT + 8 + 90 * i
        parts.append(polyline(points, style))
        parts.append(line(x, TOP - 12, x + 18, TOP - 12, style) + text(x + 23, TOP - 8, name, "small"))
    chart = drawing(WIDTH, HEIGHT, *parts, label=f"{title}: {', '.join(lines)}", class_="chart")
    return tag("figure", tag("figcaption", tag("b", escape(title))), chart, tag("p", escape(note), class_="muted"))
