"""The top of the page: what was found out, the gate's verdict, the numbers that matter."""

from collections.abc import Collection

from pipeline.compare.verdict import false_positives, noun
from pipeline.report.markup import interval, pretty
from pipeline.report.svg import escape, tag

TONES = {0: ("good", "Gate passed"), 1: ("bad", "Gate failed"), 2: ("open", "Gate cannot tell")}


def headline(gap: dict, rung: str, verdict: tuple[int, str], anchors: Collection[str]) -> str:
    """`rung` is the gate's; `verdict` is the gate's exit code and sentence; `anchors` are the page's sections."""
    real, point = gap["real"], gap["operating_point"]
    facts = [real["name"], f"{real['test_images']} real test frames", f"{real['test_boxes']} {noun(gap)}"]
    conditions = (
        f"Recall at {false_positives(point['fppi'])} and IoU \u2265 {point['iou']:g}. Rungs learn without "
        "any labelled real frame; the test frames serve this measurement only."
    )
    code, sentence = verdict
    tone, word = TONES[code]
    said = escape(sentence.split(": ", 1)[-1].replace("-", "\u2212") if code < 2 else sentence)
    said = said[:1].upper() + said[1:]
    return "".join(
        [
            tag("p", escape(" \u00b7 ".join(facts)), class_="eyebrow"),
            tag("h1", escape(_claim(gap, rung))),
            tag("p", escape(conditions), class_="muted"),
            _contents(anchors),
            tag("section", tag("span", word, class_="pill"), tag("p", said), class_=f"verdict {tone}"),
            tag("div", *_tiles(gap, rung), class_="tiles"),
        ]
    )


def _claim(gap: dict, rung: str) -> str:
    mine, only = gap["rungs"][rung], gap["real_only"]
    return (
        f"Trained on synthetic images alone, the detector finds {mine['recall_real']:.0%} of the {noun(gap)} in "
        f"real frames; {only['train_images']} labelled real frames give {only['recall_real']:.0%}."
    )


def _contents(anchors: Collection[str]) -> str:
    names = {
        "ladder": "Ladder",
        "gains": "What helped",
        "categories": "Categories",
        "transfer": "Transfer",
        "heights": "Heights",
        "scenes": "Scenes",
        "frames": "Real frames",
        "stress": "Re-exposed frames",
        "camera": "Camera",
        "realism": "Realism",
        "select": "Frames to annotate",
        "training": "Training",
        "durations": "Time",
        "reading": "How to read",
    }
    return tag("nav", *(tag("a", words, href=f"#{anchor}") for anchor, words in names.items() if anchor in anchors))


def _tiles(gap: dict, rung: str) -> list[str]:
    mine = gap["rungs"][rung]
    first = next(iter(gap["rungs"].values()))
    tiles = [
        _tile(f"{mine['recall_real']:.3f}", f"real recall on {rung}", interval(mine["recall_real_ci95"])),
        _tile(pretty(mine["gap"]), "gap: synthetic minus real", interval(mine["gap_ci95"], True)),
        _tile(
            pretty(mine["difference_to_real_only"]),
            "against labelled real frames",
            interval(mine["difference_to_real_only_ci95"], True),
        ),
        _tile(f"{first['recall_real']:.3f}", "where the ladder starts", interval(first["recall_real_ci95"])),
    ]
    return tiles


def _tile(number: str, words: str, ends: str) -> str:
    return tag(
        "div",
        tag("span", escape(words)),
        tag("b", number),
        tag("span", "95 % interval ", ends),
        class_="tile",
    )
