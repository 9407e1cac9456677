"""HTML pieces that several sections share."""

from collections.abc import Sequence

from pipeline.compare.verdict import signed
from pipeline.report.svg import escape, tag


def section(title: str, anchor: str, intro: str, *content: str) -> str:
    """A card of the page; `intro` is finished markup."""
    return tag("section", tag("h2", escape(title)), tag("p", intro, class_="muted"), *content, id=anchor)


def pretty(value: float, digits: int = 3) -> str:
    """A signed number with a true minus sign."""
    return signed(value, digits).replace("-", "\u2212")


def interval(ends: Sequence[float], signs: bool = False) -> str:
    """low to high, small and grey."""
    low, high = (pretty(end) if signs else f"{end:.3f}" for end in ends)
    return tag("small", f"{low} to {high}")


def heat_table(
    corner: str,
    rows: Sequence[str],
    columns: Sequence[tuple[str, str]],
    values: Sequence[Sequence[float]],
    upright: bool = False,
    own: Sequence[tuple[int, int]] = (),
) -> str:
    """Numbers from 0 to 1 on blue of that strength; a column has a name and a note below it (may be empty).

    Cells in `own` (row, column) are outlined.
    """
    heads = [
        tag("th", tag("span", escape(name), tag("small", escape(note)) if note else ""), scope="col")
        for name, note in columns
    ]
    body = []
    for r, (name, numbers) in enumerate(zip(rows, values, strict=True)):
        cells = [_heat_cell(value, (r, c) in own) for c, value in enumerate(numbers)]
        breakable = escape(name).replace("_", "_<wbr>")
        body.append(tag("tr", tag("th", breakable, scope="row"), *cells))
    head = tag("thead", tag("tr", tag("th", escape(corner), class_="muted"), *heads))
    return tag("table", head, tag("tbody", *body), class_="heat upright" if upright else "heat")


def _heat_cell(value: float, own: bool) -> str:
    shown = "1.0" if value >= 0.995 else f"{value:.2f}".lstrip("0")
    number = tag(
        "span", shown, style=f"--level:{0.04 + 0.68 * value * value:.2f}"
    )  # text stays readable on 0.72
    return tag("td", number, class_="own" if own else None)
