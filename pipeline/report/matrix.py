"""The transfer matrix: every detector on every test set."""

from pipeline.report.markup import heat_table


def transfer_table(gap: dict) -> str:
    """Rows are detectors, columns are test sets; a rung's own test set is outlined."""
    rows, columns = gap["transfer"]["rows"], gap["transfer"]["columns"]
    own = [(r, columns.index(name)) for r, name in enumerate(rows) if name in columns]
    return heat_table(
        "", rows, [(name, "") for name in columns], gap["transfer"]["recall"], upright=True, own=own
    )
