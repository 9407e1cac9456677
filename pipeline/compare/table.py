"""The rungs as a CSV file (for DVC plots and spreadsheets) and as a table for the terminal."""

import csv
import io

from pipeline.compare.verdict import false_positives, noun, signed

EFFECT_WORDS = {"start": "start", "helped": "helped", "hurt": "hurt", "none": "no measurable effect"}


def gap_csv(gap: dict) -> str:
    """One row a rung; empty cells where a rung has no rung before it."""
    rows = []
    for name, rung in gap["rungs"].items():
        gain_low, gain_high = rung["gain_ci95"] or (None, None)
        rows.append(
            {
                "rung": name,
                "recall_real": rung["recall_real"],
                "recall_real_low": rung["recall_real_ci95"][0],
                "recall_real_high": rung["recall_real_ci95"][1],
                "recall_synth": rung["recall_synth"],
                "gap": rung["gap"],
                "gap_low": rung["gap_ci95"][0],
                "gap_high": rung["gap_ci95"][1],
                "gain_over_previous": rung["gain_over_previous"],
                "gain_low": gain_low,
                "gain_high": gain_high,
                "effect": rung["effect"],
            }
        )
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def gap_text(gap: dict) -> str:
    """The table that the terminal shows."""
    width = max(map(len, [*gap["rungs"], "real_only"])) + 2
    lines = [f"{'rung':<{width}}{'real recall':<23}{'synthetic':<12}{'gap':<27}{'gain over previous'}"]
    for name, rung in gap["rungs"].items():
        gain = ""
        if rung["gain_ci95"]:
            gain = _with_interval(rung["gain_over_previous"], rung["gain_ci95"])
            gain += f"  {EFFECT_WORDS[rung['effect']]}"
        recall = _with_interval(rung["recall_real"], rung["recall_real_ci95"], "{:.3f}".format)
        difference = _with_interval(rung["gap"], rung["gap_ci95"])
        lines.append(
            f"{name:<{width}}{recall:<23}{rung['recall_synth']:<12.3f}{difference:<27}{gain}".rstrip()
        )
    real_only = gap["real_only"]
    recall = _with_interval(real_only["recall_real"], real_only["recall_real_ci95"], "{:.3f}".format)
    lines.append(
        f"{'real_only':<{width}}{recall:<23}(trained on {real_only['train_images']} labelled real frames)"
    )
    point, real = gap["operating_point"], gap["real"]
    lines.append(
        f"Recall at IoU {point['iou']:g} and {false_positives(point['fppi'])} on {real['test_images']} real "
        f"frames with {real['test_boxes']} {noun(gap)}; in brackets 95 % intervals."
    )
    return "\n".join(lines)


def _with_interval(value: float, interval: list[float], show=signed) -> str:
    return f"{show(value)} [{show(interval[0])}, {show(interval[1])}]"
