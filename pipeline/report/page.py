"""The whole page, put together from its sections."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Template

from pipeline.compare.verdict import noun
from pipeline.measure.categories import ByCategory
from pipeline.measure.folders import REAL_ONLY
from pipeline.measure.results import TestSet
from pipeline.params import Params
from pipeline.report.camera import camera_section
from pipeline.report.categories import category_tables
from pipeline.report.curves import curve_panels
from pipeline.report.durations import duration_bars
from pipeline.report.frames import frame_gallery
from pipeline.report.gains import gains_table, numbers_table
from pipeline.report.headline import headline
from pipeline.report.heights import heights_table
from pipeline.report.ladder import ladder_inline
from pipeline.report.markup import section
from pipeline.report.matrix import transfer_table
from pipeline.report.reading import reading_list
from pipeline.report.realism import realism_section
from pipeline.report.scenes import scene_strips
from pipeline.report.select import select_section
from pipeline.report.stress import introduction, stress_panels
from pipeline.report.svg import escape, tag

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Evidence:
    """Everything that the page shows."""

    gap: dict  # gap.json
    verdict: tuple[int, str]  # the gate's exit code and sentence
    real: TestSet
    matches: Mapping[str, ByCategory]  # of each detector's first seed on the real test frames
    synth: Mapping[str, TestSet]  # each rung's test set
    stress: dict  # results.json of the stage stress
    reexposed: Mapping[str, TestSet]  # the re-exposed frames of each level
    camera: Mapping[str, object]  # camera.json: what calibration found
    curves: Mapping[str, Mapping[str, Sequence[tuple[float, float]]]]  # {detector: {seed: [(step, loss)]}}
    seconds: Mapping[str, float]  # of each stage
    realism: Mapping[str, object]  # auc.json, or empty
    selection: Mapping[str, object]  # select.json, or empty


def build_page(evidence: Evidence, params: Params) -> str:
    """The page as one HTML text without any reference to the outside."""
    gap, rung = evidence.gap, params.gate.rung
    one = "person" if noun(gap) == "people" else "object"
    transfer = section(
        "Transfer",
        "transfer",
        "Recall of every detector (row) on every test set (column), outlined: its own. A row that is strong "
        f"across columns has learned {noun(gap)}; one that is strong only on its own has learned its renderer.",
        transfer_table(gap),
    )
    heights = section(
        f"Recall by {one} height",
        "heights",
        f"On real frames; groups of about the same number of {noun(gap)}, from small (far) to large (near).",
        heights_table(gap),
    )
    sections = [
        section(
            "The ladder",
            "ladder",
            "Recall on real frames with 95 % intervals, and on the rung's own synthetic test set. The dotted "
            "line between the two is the gap.",
            ladder_inline(gap),
        ),
        section(
            "What helped",
            "gains",
            "Each rung against the rung before it, on the same real frames.",
            gains_table(gap, params.rungs),
            numbers_table(gap),
        ),
        *_categories(gap),
        tag("div", transfer, heights, class_="pair"),
        section(
            "The same scenes through the rungs",
            "scenes",
            f"From each rung's held-out test set: the whole image, and a close-up of the tallest {one}.",
            scene_strips(evidence.synth),
        ),
        section(
            "On real frames",
            "frames",
            "Detections at the operating point, first training seed: the frame where "
            f"{escape(rung)} makes the most errors, and three spread over the test set.",
            frame_gallery(evidence.real, evidence.matches, params.evaluate.fppi, rung),
        ),
        section(
            "Re-exposed real frames",
            "stress",
            introduction(evidence.stress),
            stress_panels(evidence.stress, evidence.reexposed, REAL_ONLY),
        ),
        *_optional(evidence),
        section("How to read this", "reading", "", reading_list(gap, params.evaluate, params.train.seeds)),
        tag(
            "footer",
            "Made by ",
            tag("code", "dvc repro"),
            "; the numbers stand in ",
            tag("code", "gap.json"),
            ".",
        ),
    ]
    anchors = re.findall('<section id="([a-z]+)"', "".join(sections))
    sections.insert(0, headline(gap, rung, evidence.verdict, anchors))
    style = (HERE / "charts.css").read_text(encoding="utf-8") + (HERE / "style.css").read_text(
        encoding="utf-8"
    )
    template = Template((HERE / "page.html").read_text(encoding="utf-8"))
    title = escape(f"Sim-to-real gap: {gap['real']['name']}")
    return template.substitute(title=title, style=style, body="\n".join(sections))


def _categories(gap: dict) -> list[str]:
    """Nothing where there is one: its numbers stand above."""
    if "categories" not in gap:
        return []
    words = (
        "Each alone, with false positives of its own counted apart; elsewhere on this page recall is the mean over "
        "them, each with the same weight."
    )
    return [section("Each category", "categories", words, category_tables(gap))]


def _optional(evidence: Evidence) -> list[str]:
    """Sections whose material may be missing."""
    sections = []
    if evidence.camera:
        sections.append(
            section(
                "The camera",
                "camera",
                "What calibration read off unlabelled real frames; what frames cannot tell stays unknown.",
                camera_section(evidence.camera),
            )
        )
    if evidence.realism:
        sections.append(
            section(
                "How real the pictures look",
                "realism",
                "A simple classifier looks at noise, sharpness, blocks and colour of patches and says whether they are "
                "real: AUC 0.5 is a guess, 1 is certainty. Real are the unlabelled frames, synthetic each rung's "
                "held-out scenes; what the scenes show differs too, so that 0.5 is out of reach for most.",
                realism_section(evidence.realism),
            )
        )
    if evidence.selection:
        sections.append(select_section(evidence.selection))
    if evidence.curves:
        sections.append(
            section(
                "Training",
                "training",
                "Loss of every detector, a line a seed, all on one scale.",
                curve_panels(evidence.curves),
            )
        )
    if evidence.seconds:
        sections.append(
            section(
                "How long it took",
                "durations",
                "Each stage when it last ran on this machine.",
                duration_bars(evidence.seconds),
            )
        )
    return sections
