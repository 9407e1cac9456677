"""The audit of transforms: a verdict for every transform and strength, the numbers and pictures behind it."""

from collections.abc import Mapping

import numpy as np

from pipeline.audit.frames import Frames
from pipeline.audit.measure import draws
from pipeline.audit.verdict import CORRUPTS, SAFE, SHIFTS
from pipeline.augment.sample import Sample
from pipeline.params import Params
from pipeline.report.markup import interval, pretty, section
from pipeline.report.pictures import data_address
from pipeline.report.svg import drawing, escape, line, polyline, rect, tag, text

TONES = {SAFE: "good", SHIFTS: "open", CORRUPTS: "bad"}
PICTURE_PX = 384
NUMBERS = ("Strength", "Verdict", "AUC, objects", "Energy", "AUC, picture", "AUC, pixels", "Recall", "IoU",
           "False alarms")  # fmt: skip
STYLE = """
.pill.unsure::after { content: " ?"; } td .pill { font-size: 0.8rem; padding: 1px 8px; margin-right: 3px; }
svg rect.label { fill: none; stroke: #2ecc71; stroke-width: 2; vector-effect: non-scaling-stroke; }
svg rect.ignore { fill: none; stroke: #d0d5da; stroke-dasharray: 3 4; vector-effect: non-scaling-stroke; }
summary .pill { margin-left: 8px; } table.numbers { margin: 8px 0; } .drawn { display: grid; gap: 10px; margin: 10px 0;
grid-template-columns: repeat(auto-fit, minmax(160px, 1fr)); } .drawn svg { width: 100%; height: auto; }
.verdicts td { white-space: nowrap; overflow-wrap: normal; } .verdicts td:nth-last-child(2) { white-space: normal; }
svg.chart.dose { max-width: 460px; }
"""


def audit_section(results: Mapping, frames: Frames, params: Params) -> str:
    """results: audit.json. The verdicts, and a fold for every transform with its numbers and pictures."""
    folds = [details_of(name, found, frames, params) for name, found in results["transforms"].items()]
    return section("Is a transform safe?", "audit", introduction(results), tag("p", legend()), summary_table(results),
                   *folds)  # fmt: skip


def introduction(results: Mapping) -> str:
    """What was done, with the numbers that everything is compared with; finished markup."""
    experts, halves, tolerated = results["experts"], results["real_against_real"], results["tolerated"]
    return (
        f"Every transform at every strength on {results['frames']} labelled real training frames. "
        "<b>Label</b>: detectors that have learned from other stretches of time judge the transformed frames with the "
        f"transformed boxes; as they are, they find {experts['recall']:.3f} of them with an overlap (IoU) of "
        f"{experts['iou']:.3f}. Tolerated are losses of {tolerated['recall_loss']:g} and {tolerated['iou_loss']:g}. "
        "<b>Shift</b>: a classifier looks at the objects through the eyes of two detectors and tells those of "
        "transformed from those of untransformed frames: AUC 0.5 is a guess. Halves of the real frames are told apart "
        f"with an AUC of up to {halves['objects']['auc']:.3f} (energy {halves['objects']['energy']:.3f}): less is no "
        f"shift. Beside it: whole pictures (halves: {halves['picture']['auc']:.3f}), which betray whatever moves the "
        f"background of a fixed camera, and noise and sharpness of pixels (halves: {halves['pixels']['auc']:.3f}), "
        "which betray nearly every transform. These two are not in the verdict."
    )


def legend() -> str:
    words = {SAFE: "neither is sure", SHIFTS: "leaves the real distribution", CORRUPTS: "the label is lost or wrong"}
    told = ", ".join(f"{tag('span', kind, class_=f'pill {TONES[kind]}')} {said}" for kind, said in words.items())
    return f"{told}. A question mark: an interval still reaches beyond a limit."


def summary_table(results: Mapping) -> str:
    """One row a transform."""
    strongest = results["strengths"][-1]
    heads = ["Transform", *(f"{s:g}" for s in results["strengths"]), "AUC", "Recall", "IoU", "Turns", "Shape"]
    rows = [tag("tr", *_summary(name, found, len(results["strengths"]))) for name, found in
            results["transforms"].items()]
    head = tag("thead", tag("tr", *(tag("th", words, scope="col") for words in heads)))
    note = tag("p", f"AUC and changes of recall and IoU at strength {strongest:g}.", class_="muted")
    return tag("table", head, tag("tbody", *rows), class_="cards verdicts") + note


def _summary(name: str, found: Mapping, strengths: int) -> list[str]:
    cells = [tag("th", tag("a", escape(name), href=f"#{name}"), scope="row")]
    if found["refused"]:
        return [*cells, tag("td", pill(CORRUPTS, True), " refused: mirrors a chiral category", colspan=strengths + 5)]
    last = found["at"][-1]
    cells += [tag("td", pill(row["verdict"], row["sure"])) for row in found["at"]]
    cells += [tag("td", f"{last['objects']['auc']:.3f}")]
    cells += [tag("td", pretty(last[key])) for key in ("recall_change", "iou_change")]
    return [*cells, tag("td", escape(turning(found["turns"]))), tag("td", escape(found["shape"]))]


def pill(verdict: str, is_sure: bool) -> str:
    return tag("span", verdict, class_=f"pill {TONES[verdict]}{'' if is_sure else ' unsure'}")


def turning(turns: Mapping) -> str:
    """In words: where it shifts and where it corrupts."""
    said = [f"{kind} from {strength:g}" for kind, strength in turns.items() if strength is not None]
    return ", ".join(said) or "nowhere"


def details_of(name: str, found: Mapping, frames: Frames, params: Params) -> str:
    """A fold with the numbers at every strength, the curve and one frame at each."""
    if found["refused"]:
        return ""
    heads = tag("thead", tag("tr", *(tag("th", words, scope="col") for words in NUMBERS)))
    table = tag("table", heads, tag("tbody", *map(_numbers, found["at"])), class_="numbers")
    index = int(np.argmax([(~sample.ignore).sum() for sample in frames.samples]))
    shots = [_shot(next(draws(frames, index, name, s, params)), f"{s:g}") for s in params.audit.strengths]
    shots.insert(0, _shot(frames.samples[index], "as it is"))
    summary = tag("summary", tag("b", escape(name)), pill(found["verdict"], True), " ", escape(turning(found["turns"])))
    inside = table + curve(params.audit.strengths, found) + tag("div", *shots, class_="drawn")
    return tag("details", summary, inside, id=name)


def _numbers(row: Mapping) -> str:
    cells = [
        f"{row['strength']:g}",
        pill(row["verdict"], row["sure"]),
        f"{row['objects']['auc']:.3f} {interval(row['objects']['auc_ci95'])}",
        f"{row['objects']['energy']:.3f}",
        f"{row['picture']['auc']:.3f}",
        f"{row['pixels']['auc']:.3f}",
        f"{pretty(row['recall_change'])} {interval(row['recall_change_ci95'], True)}",
        f"{pretty(row['iou_change'])} {interval(row['iou_change_ci95'], True)}",
        f"{row['alarms_per_image']:.2f}",
    ]
    return tag("tr", *(tag("td", cell) for cell in cells))


def curve(strengths: tuple[float, ...], found: Mapping) -> str:
    """Loss of labels against strength, with intervals."""
    width, height, left, foot, top = 420.0, 170.0, 40.0, 140.0, 12.0
    most = max(0.1, *(high for _, high in found["label_loss_ci95"]))

    def place(strength: float, loss: float) -> tuple[float, float]:
        return left + strength * (width - left - 20), foot - max(loss, 0.0) / most * (foot - top)

    parts = [line(left, foot, width - 20, foot, "grid"), text(left - 6, foot + 4, "0", "small", "end"),
             text(left - 6, top + 8, f"{most:.2f}", "small", "end")]
    for strength, (low, high) in zip(strengths, found["label_loss_ci95"], strict=True):
        x, y = place(strength, high)
        parts += [rect(x - 3, y, 6, max(place(strength, low)[1] - y, 1.0), "interval"),
                  text(x, foot + 16, f"{strength:g}", "small", "middle")]
    points = [place(0.0, 0.0), *(place(*one) for one in zip(strengths, found["label_loss"], strict=True))]
    words = f"Share of labels lost (missed, or overlapping less) against strength: {found['shape']}"
    chart = drawing(width, height, *parts, polyline(points, "curve"), label=words, class_="chart dose")
    return tag("figure", tag("figcaption", escape(words)), chart)


def _shot(sample: Sample, caption: str) -> str:
    height, width = sample.image.shape[:2]
    picture = tag("image", href=data_address(sample.image, PICTURE_PX, 76), width=width, height=height)
    boxes = [rect(*(float(v) for v in (box[0], box[1], box[2] - box[0], box[3] - box[1])), "ignore" if out else "label")
             for box, out in zip(sample.boxes, sample.ignore, strict=True)]
    drawn = drawing(width, height, picture, *boxes, label=caption)
    return tag("figure", tag("figcaption", escape(caption)), drawn)
