"""The camera profile that calibration found: whatever keys it has, unknown shown as unknown."""

from collections.abc import Mapping

from pipeline.report.svg import escape, tag


def profile_tables(profiles: Mapping[str, object]) -> str:
    """A table a file; nested keys are joined by dots."""
    tables = []
    for title, profile in profiles.items():
        rows = [
            tag("tr", tag("td", tag("code", escape(key))), tag("td", _shown(value)))
            for key, value in flatten(profile)
        ]
        tables.append(tag("div", tag("h3", escape(title)), tag("table", tag("tbody", *rows))))
    return tag("div", *tables, class_="profile")


def flatten(value: object, key: str = "") -> list[tuple[str, object]]:
    """(dotted key, plain value) of nested mappings; lists of plain values stay whole."""
    if isinstance(value, Mapping):
        prefix = f"{key}." if key else ""
        return [pair for name, inner in value.items() for pair in flatten(inner, f"{prefix}{name}")]
    return [(key, value)]


def _shown(value: object) -> str:
    if value is None or value == "unknown":
        return tag("span", "unknown", class_="unknown")
    if isinstance(value, list) and value and isinstance(value[0], list):
        return escape(f"{len(value)} points")
    if isinstance(value, list):
        shown = [_number(item) for item in value[:8]] + ["\u2026"] * (len(value) > 8)
        return escape(", ".join(shown))
    return escape(_number(value))


def _number(value: object) -> str:
    return f"{value:.5g}" if isinstance(value, float) else str(value)
