"""Recall by the height of the person in px."""

from pipeline.compare.verdict import noun
from pipeline.report.markup import heat_table


def heights_table(gap: dict) -> str:
    """Rows are detectors, columns are groups of people of about the same number."""
    edges, counts = gap["height_bins"]["edges_px"], gap["height_bins"]["boxes"]
    columns = [
        (f"{low}\u2013{high - 1}", f"{n} {noun(gap)}")
        for low, high, n in zip(edges, edges[1:], counts, strict=False)
    ]
    rows = {name: rung["recall_by_height"] for name, rung in gap["rungs"].items()}
    rows["real_only"] = gap["real_only"]["recall_by_height"]
    return heat_table("height, px", list(rows), columns, list(rows.values()))
