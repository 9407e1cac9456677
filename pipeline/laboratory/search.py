"""Whether augmentations that a search found on a proxy still help at full size: a sentence and a row each."""

from collections.abc import Mapping

from pipeline.compare.verdict import effect_of
from pipeline.report.markup import interval, pretty, section
from pipeline.report.svg import escape, tag

HEADS = ("", "Policy", "Recall on the proxy", "Gain there", "Recall at full size", "Gain there", "Verdict")


def search_section(found: Mapping) -> str:
    """found: search.json, as `python -m pipeline.search` writes it."""
    proxy, full, validation = found["proxy"], found["full"], found["validation"]
    intro = (
        f"{escape(found['sentence'])} {found['trials']} policies were tried on a proxy of {proxy['images']} images and "
        f"{proxy['steps']} steps of {escape(found['rung'])}; the best were trained again with {found['seeds']} seeds, "
        f"on the proxy and on {full['images']} images and {full['steps']} steps. Gains are over no policy, paired by "
        f"seed, on {validation['frames']} labelled real training frames from which no detector here learned; never on "
        "the test frames. The policies were chosen on these frames, so that their gains are, if anything, too high."
    )
    none = {"policy": "no policy", **found["none"]}
    rows = [_row("none", none), *(_row(name, policy) for name, policy in found["policies"].items())]
    head = tag("thead", tag("tr", *(tag("th", words, scope="col") for words in HEADS)))
    return section("Search for augmentations", "search", intro,
                   tag("table", head, tag("tbody", *rows), class_="cards"))  # fmt: skip


def _row(name: str, policy: Mapping) -> str:
    cells = [_cell("policy", escape(policy["policy"]))]
    for size, words in (("proxy", "on the proxy"), ("full", "at full size")):
        cells.append(_cell(f"recall {words}", f"{policy[f'recall_{size}']:.3f}"))
        cells.append(_cell(f"gain {words}", _gain(policy, size)))
    cells.append(_cell("verdict", escape(policy.get("verdict", "the measure of all"))))
    return tag("tr", tag("th", escape(name.replace("_", " ")), scope="row"), *cells)


def _gain(policy: Mapping, size: str) -> str:
    ends = policy.get(f"{size}_gain_ci95")
    if ends is None:
        return "\u2013"
    tone = effect_of(ends) if effect_of(ends) != "none" else "muted"
    return tag("span", f"{pretty(policy[f'{size}_gain'])} {interval(ends, True)}", class_=tone)


def _cell(label: str, content: str) -> str:
    return tag("td", content, data_label=label)
