"""ranking.json and a page with a picture of every suspicion, the most suspicious first."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

import cv2

from pipeline.data.files import read_image, write_image, write_json, write_text
from pipeline.labels.pictures import LABELLED, PREDICTED, crop_of
from pipeline.labels.quality import Suspicion

SCHEMA = 1
LEAST = 0.1  # suspicions below are not listed
MOST_PICTURES = 120
STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 1280px; margin: 0 auto; padding: 24px; color: #1c2430; }
main { display: flex; flex-wrap: wrap; gap: 18px; } figure { margin: 0; width: 300px; overflow-wrap: anywhere; }
img { max-width: 100%; } b { font-weight: 600; }
"""


@dataclass(frozen=True)
class Frame:
    """A labelled picture: its split, its name within the split, and its file."""

    split: str
    name: str
    path: Path


def content_of(ranking: Sequence[Suspicion], frames: Sequence[Frame], labels: int) -> dict:
    """What ranking.json holds. labels: how many were judged."""
    listed = [one for one in ranking if one.score >= LEAST]
    return {
        "schema": SCHEMA,
        "labels": labels,
        "kinds": dict(sorted(Counter(one.kind for one in listed).items())),
        "least_score": LEAST,
        "suspicions": [_row(rank, one, frames[one.image]) for rank, one in enumerate(listed, start=1)],
    }


def _row(rank: int, one: Suspicion, frame: Frame) -> dict:
    return {
        "rank": rank,
        "score": round(one.score, 4),
        "kind": one.kind,
        "split": frame.split,
        "file": frame.name,
        "annotation": one.annotation,
        "labelled_xyxy_px": _rounded(one.labelled),
        "predicted_xyxy_px": _rounded(one.predicted),
        "label_category": one.label_category,
        "predicted_category": one.predicted_category,
        "crop": f"crops/{rank:04d}.jpg" if rank <= MOST_PICTURES else None,
    }


def _rounded(box: tuple[float, ...] | None) -> list[float] | None:
    return None if box is None else [round(edge, 1) for edge in box]


def write_report(folder: Path, ranking: Sequence[Suspicion], frames: Sequence[Frame], labels: int) -> dict:
    """Write ranking.json, index.html and crops/*.jpg; returns the content of ranking.json."""
    content = content_of(ranking, frames, labels)
    for row, one in zip(content["suspicions"], ranking, strict=False):
        if row["crop"]:
            picture = crop_of(read_image(frames[one.image].path), one.labelled, one.predicted)
            write_image(folder / row["crop"], picture, [cv2.IMWRITE_JPEG_QUALITY, 88])
    write_json(folder / "ranking.json", content)
    write_text(folder / "index.html", build_page(content))
    return content


def build_page(content: dict) -> str:
    """content: of ranking.json. The page needs nothing but the folder it is in."""
    rows = content["suspicions"]
    shown = [row for row in rows if row["crop"]]
    kinds = ", ".join(f"{count} {kind}" for kind, count in content["kinds"].items()) or "none"
    more = f"<p>{len(rows) - len(shown)} more stand in ranking.json.</p>" if len(rows) > len(shown) else ""
    body = [
        "<h1>Labels to look at</h1>",
        f"<p>Of {content['labels']} labels, and of what has none. Suspicions of at least {content['least_score']:g}: "
        f"{escape(kinds)}. In brackets the doubt, from 0 to 1, of a detector that has not learned from that frame: a "
        "reason to look, no proof. Look from the first on, and stop where they are all right.</p>",
        f'<p><b style="color:rgb{LABELLED}">Blue: the label</b>; '
        f'<b style="color:rgb{PREDICTED}">pink: the detector</b>. <b>Overlooked</b>: it is sure of something that has '
        "no label. <b>Badly placed</b>: it is sure, and its box is another. <b>Swapped</b>: it is sure of another "
        "category. <b>Unconfirmed</b>: it finds nothing there or is hardly sure of it, often because it is hidden or "
        "small.</p>",
        "<p>Correct what your own eye finds wrong, above all in the test: a label that is moved just to please a "
        "detector makes its recall rosier.</p>",
        "<main>", *map(_figure, shown), "</main>", more,
    ]  # fmt: skip
    head = f'<meta charset="utf-8"><title>Labels to look at</title><style>{STYLE}</style>'
    return f'<!doctype html>\n<html lang="en"><head>{head}</head><body>\n' + "\n".join(body) + "\n</body></html>\n"


def _figure(row: dict) -> str:
    label = "no label" if row["annotation"] is None else f"annotation {row['annotation']}"
    swap = f", {row['label_category']} or {row['predicted_category']}?" if row["kind"] == "swapped" else ""
    doubt = f"{row['kind']}{swap} ({row['score']:.2f})"
    words = escape(f"{row['rank']}. {doubt} \u2013 {row['split']}: {row['file']}, {label}")
    return f'<figure><img src="{escape(row["crop"])}" alt="{words}"><figcaption>{words}</figcaption></figure>'
