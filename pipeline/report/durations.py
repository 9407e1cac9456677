"""How long each stage took when it last ran."""

from collections.abc import Mapping

from pipeline.report.svg import escape, tag


def duration_bars(seconds: Mapping[str, float]) -> str:
    """seconds: {stage or stage-name: s}. Stages with several runs show their sum; all runs unfold below."""
    groups: dict[str, list[float]] = {}
    for name, value in seconds.items():
        groups.setdefault(name.split("-", 1)[0], []).append(value)
    sums = {
        f"{stage} ({len(runs)} runs)" if len(runs) > 1 else stage: sum(runs) for stage, runs in groups.items()
    }
    every = tag("details", tag("summary", "Every run"), _bars(seconds))
    total = tag("p", "All stages together: ", tag("b", _clock(sum(seconds.values()))), ".")
    return total + _bars(sums) + every


def _bars(seconds: Mapping[str, float]) -> str:
    longest = max(seconds.values()) or 1
    rows = [
        tag(
            "tr",
            tag("td", escape(name)),
            tag("td", tag("div", class_="bar", style=f"width:{100 * value / longest:.1f}%")),
            tag("td", _clock(value)),
        )
        for name, value in seconds.items()
    ]
    return tag("table", tag("tbody", *rows), class_="bars")


def _clock(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.1f} s"
    return f"{int(seconds) // 60} min {int(seconds) % 60} s"
