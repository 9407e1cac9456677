"""Alarms during training: a row each, with its sentence."""

from collections.abc import Mapping

from pipeline.report.markup import section
from pipeline.report.svg import escape, tag


def alarms_section(content: Mapping) -> str:
    """content: alarms.json, as the stage `alarms` writes it."""
    fired = sum(finding["fired"] for finding in content["findings"])
    intro = (
        f"{fired} of {len(content['findings'])} went off. Of detectors that were trained anew and measured while they "
        "learned: on training images, on held-out ones, and on labelled real training frames that validate; never on "
        "the real test frames."
    )
    rows = [tag("tr", tag("th", escape(finding["alarm"].replace("_", " ")), scope="row"),
                tag("td", "alarm" if finding["fired"] else "quiet", class_="hurt" if finding["fired"] else "helped"),
                tag("td", escape(finding["sentence"].replace(" -", " \u2212"))))
            for finding in sorted(content["findings"], key=lambda finding: not finding["fired"])]  # fmt: skip
    return section("Alarms during training", "alarms", intro, tag("table", tag("tbody", *rows), class_="cards"))
