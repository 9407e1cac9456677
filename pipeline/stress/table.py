"""The outcome as a CSV file, a row a detector and level, and as a table for the terminal."""

import csv
import io

from pipeline.stress.levels import AS_IT_IS, STILL

COLUMNS = ["kind", "severity", "value", "unit", "detector", "recall", "recall_low", "recall_high"]


def outcome_csv(outcome: dict) -> str:
    rows = []
    for kind in (AS_IT_IS.kind, STILL.kind):
        rows += [(kind, 0, "", "", name, said["recall"], *said["recall_ci95"]) for name, said in outcome[kind].items()]
    for kind, said in outcome["kinds"].items():
        for name, of in said["detectors"].items():
            points = zip(said["values"], of["recall"], of["recall_ci95"], strict=True)
            for severity, (value, recall, (low, high)) in enumerate(points, 1):
                rows.append((kind, severity, value, said["unit"], name, recall, low, high))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([COLUMNS, *rows])
    return text.getvalue()


def outcome_text(outcome: dict) -> str:
    """The table that the terminal shows."""
    names = list(outcome[STILL.kind])
    width = max(map(len, names)) + 2
    lines = []
    for kind, said in outcome["kinds"].items():
        heads = ["as is", "still", *(f"{value:g}" for value in said["values"])]
        lines.append(f"{kind} ({said['unit']})".ljust(40) + "".join(f"{head:>8}" for head in heads))
        for name in names:
            recalls = [outcome[zero.kind][name]["recall"] for zero in (AS_IT_IS, STILL)]
            recalls += said["detectors"][name]["recall"]
            lines.append(f"  {name:<{max(width, 38)}}" + "".join(f"{recall:8.3f}" for recall in recalls))
    return "\n".join(lines)
