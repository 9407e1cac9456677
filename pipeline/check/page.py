"""The page of the check: problems in a table, pairs of pictures side by side. Needs nothing but the folder it is in."""

from collections.abc import Sequence
from html import escape

KINDS = {"exact": "the same pixels", "near": "nearly the same", "place": "the same place"}
ROWS = 500  # of problems on the page; check.json has all
STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 1100px; margin: 0 auto; padding: 24px; color: #1c2430; }
table { border-collapse: collapse; width: 100%; } td, th { border-bottom: 1px solid #dde3ea; padding: 4px 8px 4px 0;
text-align: left; vertical-align: top; overflow-wrap: anywhere; }
figure { margin: 18px 0; } img { max-width: 100%; } .error { color: #b3261e; } .warning { color: #8a5a00; }
"""


def build_page(content: dict) -> str:
    """content: of check.json."""
    errors, warnings = content["errors"], content["warnings"]
    sections = [
        "<h1>Check of the data</h1>",
        f"<p>{len(errors)} errors, {len(warnings)} warnings. A data set with warnings alone passes.</p>",
        _problems("Errors", "error", errors),
        _problems("Warnings", "warning", warnings),
        _pairs("Pictures that should not be alike", content["pairs"]),
        _pairs("Declared: backgrounds of the target camera", content["declared"]),
        _counts(content["counts"]),
    ]
    head = f'<meta charset="utf-8"><title>Check of the data</title><style>{STYLE}</style>'
    return f'<!doctype html>\n<html lang="en"><head>{head}</head><body>\n' + "\n".join(sections) + "\n</body></html>\n"


def _problems(title: str, kind: str, rows: Sequence[dict]) -> str:
    if not rows:
        return ""
    keys = ("file", "where", "expected", "found", "fix", "code")
    heads = "".join(f"<th>{key}</th>" for key in keys)
    lines = ["<tr>" + "".join(f"<td>{escape(row[key])}</td>" for key in keys) + "</tr>" for row in rows[:ROWS]]
    more = f"<p>and {len(rows) - ROWS} more in check.json</p>" if len(rows) > ROWS else ""
    return f'<h2 class="{kind}">{title}</h2>\n<table><tr>{heads}</tr>\n' + "\n".join(lines) + f"\n</table>{more}"


def _pairs(title: str, rows: Sequence[dict]) -> str:
    if not rows:
        return ""
    figures = [_figure(row) for row in rows if row["picture"] is not None]
    more = f"<p>and {len(rows) - len(figures)} more in check.json</p>" if len(rows) > len(figures) else ""
    return f"<h2>{title}</h2>\n" + "\n".join(figures) + more


def _figure(row: dict) -> str:
    notes = [row["verdict"], KINDS[row["kind"]]]
    notes += ["mirrored"] if row["mirrored"] else []
    notes += [f"difference {row['difference']:g}"] if row["difference"] is not None else []
    text = escape(f"{row['a']} | {row['b']} ({', '.join(notes)})")
    return f'<figure><img src="{escape(row["picture"])}" alt="{text}"><figcaption>{text}</figcaption></figure>'


def _counts(counts: dict[str, dict[str, int]]) -> str:
    rows = [
        f"<tr><td>{escape(split)}</td><td>{escape(key.replace('_', ' '))}</td><td>{value}</td></tr>"
        for split, values in counts.items()
        for key, value in values.items()
    ]
    return "<h2>What was looked at</h2>\n<table>" + "\n".join(rows) + "</table>"
