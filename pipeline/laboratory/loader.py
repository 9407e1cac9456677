"""What drawing training batches costs."""

from collections.abc import Mapping

from pipeline.report.markup import section
from pipeline.report.svg import escape, tag


def loader_section(content: Mapping) -> str:
    """content: loader.json, as the stage `loader` writes it."""
    times = [_row(name.replace("_", " "), f"{ms:.3f} ms") for name, ms in content["ms_per_image"].items()]
    steps = [_row(str(step["workers"] or "0, as it trains today"), f"{step['waiting_ms']:.1f} ms",
                  f"{step['learning_ms']:.1f} ms", f"{step['share']:.0%}") for step in content["steps"]]
    tables = tag("div", _table(("augmentation", "time an image"), times),
                 _table(("workers", "waits", "learns", "of a step that waits"), steps), class_="pair")  # fmt: skip
    return section("Loader cost", "loader", escape(content["sentence"]), tables)


def _row(first: str, *cells: str) -> str:
    return tag("tr", tag("th", escape(first), scope="row"), *(tag("td", cell) for cell in cells))


def _table(heads: tuple[str, ...], rows: list[str]) -> str:
    head = tag("thead", tag("tr", *(tag("th", escape(name), scope="col") for name in heads)))
    return tag("div", tag("table", head, tag("tbody", *rows)))
