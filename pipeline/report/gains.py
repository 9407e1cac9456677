"""The table of rungs: what each one added, with its interval and a plain verdict."""

from pipeline.compare.table import EFFECT_WORDS
from pipeline.report.markup import interval, pretty
from pipeline.report.svg import dot, drawing, escape, line, rect, tag


def gains_table(gap: dict, added: dict) -> str:
    """One row a rung; `added` maps each rung to the names of its effects."""
    heads = ["Rung", "Adds", "Real recall", "Gap", "Gain over the one before", "", "Verdict"]
    ends = [end for rung in gap["rungs"].values() for end in rung["gain_ci95"] or []]
    reach = min([-0.05, *ends]), max([0.05, *ends])
    rows = [_row(name, rung, ", ".join(added.get(name, ())), reach) for name, rung in gap["rungs"].items()]
    head = tag("thead", tag("tr", *(tag("th", words, scope="col") for words in heads)))
    return tag("table", head, tag("tbody", *rows), class_="cards")


def numbers_table(gap: dict) -> str:
    """Everything else that was measured on real frames."""
    low = next(key for key in gap["real_only"] if key.startswith("recall_real_fppi_"))
    columns = {
        low: f"recall at {low.rsplit('_', 1)[1]} FPPI",
        "ap50_real": "AP50",
        "ap_real": "AP",
        "lamr_real": "log-average miss rate",
        "iou_real": "mean IoU of hits",
        "recall_synth": "synthetic recall",
        "ap50_synth": "synthetic AP50",
    }
    rows = []
    for name, values in [*gap["rungs"].items(), ("real_only", gap["real_only"])]:
        cells = [
            _cell(label, f"{values[key]:.3f}" if key in values else "\u2013")
            for key, label in columns.items()
        ]
        rows.append(tag("tr", tag("th", escape(name), scope="row"), *cells))
    head = tag(
        "thead", tag("tr", tag("th", ""), *(tag("th", words, scope="col") for words in columns.values()))
    )
    table = tag("table", head, tag("tbody", *rows), class_="cards")
    return tag("details", tag("summary", "More numbers, on real frames unless said otherwise"), table)


def _row(name: str, rung: dict, added: str, reach: tuple[float, float]) -> str:
    gain, bar = "\u2013", ""
    if rung["gain_ci95"]:
        gain = f"{pretty(rung['gain_over_previous'])} {interval(rung['gain_ci95'], True)}"
        bar = _gain_bar(rung["gain_over_previous"], rung["gain_ci95"], reach)
    word = "the ladder starts here" if rung["effect"] == "start" else EFFECT_WORDS[rung["effect"]]
    effect = rung["effect"] if rung["effect"] in ("helped", "hurt") else "muted"
    return tag(
        "tr",
        tag("th", escape(name), scope="row"),
        _cell("adds", escape(added)),
        _cell("real recall", tag("span", f"{rung['recall_real']:.3f} {interval(rung['recall_real_ci95'])}")),
        _cell("gap", tag("span", f"{pretty(rung['gap'])} {interval(rung['gap_ci95'], True)}")),
        _cell("gain", tag("span", gain)),
        _cell("", bar),
        _cell("verdict", tag("span", word, class_=effect)),
    )


def _cell(label: str, content: str) -> str:
    return tag("td", content, data_label=label)


def _gain_bar(gain: float, ends: list[float], reach: tuple[float, float]) -> str:
    """The gain and its interval beside a line at 0; the same scale in every row."""
    width, height = 150, 22

    def x(value: float) -> float:
        return 6 + (value - reach[0]) / (reach[1] - reach[0]) * (width - 12)

    low, high = ends
    zero = line(x(0), 0, x(0), height, "zero")
    span = rect(x(low), 6, max(x(high) - x(low), 2), 10, "interval", 5)
    return tag(
        "span",
        drawing(width, height, zero, span, dot(x(gain), 11, 5, "real"), label=f"gain {gain:+.3f}").replace(
            "<svg ", f'<svg width="{width}" ', 1
        ),
    )
