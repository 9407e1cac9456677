"""The page of the laboratory: the claims and what became of them, then every part that has run."""

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from string import Template

import pipeline.report
from pipeline.laboratory.alarms import alarms_section
from pipeline.laboratory.audit import STYLE
from pipeline.laboratory.claims import CONFIRMED, REFUTED, UNSEEN, UNTOLD, Claim, Found, claims_of
from pipeline.laboratory.learning import learning_section
from pipeline.laboratory.loader import loader_section
from pipeline.laboratory.search import search_section
from pipeline.report.markup import section
from pipeline.report.svg import escape, tag

REPORT = Path(pipeline.report.__file__).parent
TONES = {CONFIRMED: "good", REFUTED: "bad", UNTOLD: "open", UNSEEN: "open"}
SECTIONS: Mapping[str, tuple[str, Callable[[Mapping], str]]] = {
    "search": ("Search", search_section),
    "curves": ("Learning curves", learning_section),
    "alarms": ("Alarms", alarms_section),
    "loader": ("Loader", loader_section),
}


def build_page(found: Found, audit: str) -> str:
    """One HTML text without any reference to the outside. audit: its section, or ""."""
    parts = {"audit": ("Audit", audit)} if audit else {}
    parts |= {part: (name, build(found[part])) for part, (name, build) in SECTIONS.items() if found.get(part)}
    anchors = {"curves": "learning"}
    links = [tag("a", name, href=f"#{anchors.get(part, part)}") for part, (name, _) in parts.items()]
    body = [
        tag("h1", "When augmentation helps, when it hurts"),
        tag("p", "Measured on labelled real training frames that are never augmented when they validate, and never on "
                 "the test frames, but for the recall of the ladder.", class_="lead"),
        tag("nav", *links),
        section("Claims", "claims", "What is said, and what was measured on this camera; brackets are 95 % intervals.",
                claims_table(claims_of(found))),
        *(text for _, text in parts.values()),
    ]  # fmt: skip
    style = "".join((REPORT / name).read_text(encoding="utf-8") for name in ("charts.css", "style.css")) + STYLE
    template = Template((REPORT / "page.html").read_text(encoding="utf-8"))
    return template.substitute(title="When augmentation helps, when it hurts", style=style, body="\n".join(body))


def claims_table(claims: Sequence[Claim]) -> str:
    heads = ("What is said", "Measured", "Verdict")
    rows = [
        tag(
            "tr",
            tag("th", escape(claim.said), scope="row"),
            tag("td", escape(re.sub(r"(?<=[ \[])-", "\u2212", claim.measured))),
            tag("td", tag("span", claim.verdict, class_=f"pill {TONES[claim.verdict]}")),
        )
        for claim in claims
    ]
    head = tag("thead", tag("tr", *(tag("th", words, scope="col") for words in heads)))
    return tag("table", head, tag("tbody", *rows), class_="claims")
