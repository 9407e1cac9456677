"""The numbers of every category, a table each."""

from pipeline.report.markup import interval, pretty
from pipeline.report.svg import escape, tag

HEADS = ["", "Real recall", "AP50", "AP", "Synthetic recall", "Gap"]


def category_tables(gap: dict) -> str:
    """One table a category, one row a detector."""
    return "".join(_table(name, told) for name, told in gap["categories"].items())


def _table(name: str, told: dict) -> str:
    rows = [_row(detector, numbers) for detector, numbers in told["rungs"].items()]
    rows.append(_row("real_only", told["real_only"]))
    head = tag("thead", tag("tr", *(tag("th", words, scope="col") for words in HEADS)))
    title = tag("h3", escape(f"{name}: {told['test_boxes']} on the real test frames"))
    return title + tag("table", head, tag("tbody", *rows), class_="cards")


def _row(detector: str, numbers: dict) -> str:
    cells = [
        f"{numbers['recall_real']:.3f} {interval(numbers['recall_real_ci95'])}",
        f"{numbers['ap50_real']:.3f}",
        f"{numbers['ap_real']:.3f}",
        f"{numbers['recall_synth']:.3f}" if "recall_synth" in numbers else "\u2013",
        f"{pretty(numbers['gap'])} {interval(numbers['gap_ci95'], True)}" if "gap" in numbers else "\u2013",
    ]
    labelled = [
        tag("td", tag("span", cell), data_label=head.lower()) for head, cell in zip(HEADS[1:], cells, strict=True)
    ]
    return tag("tr", tag("th", escape(detector), scope="row"), *labelled)
