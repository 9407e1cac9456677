"""Re-exposed real frames: a chart a kind of stress, what it says in words, and how the pictures look."""

from collections.abc import Mapping, Sequence

from pipeline.measure.results import TestSet
from pipeline.report.markup import heat_table, pretty
from pipeline.report.stress_shots import shot_row
from pipeline.report.svg import drawing, escape, line, polyline, tag, text

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 540, 250, 34, 116, 10, 40
LABEL_PX = 14  # names at the lines' ends keep this distance
TITLES = {
    "motion_blur": "Motion blur",
    "rolling_shutter": "Rolling shutter",
    "low_light": "Low light",
    "compression": "Compression",
}


def stress_panels(outcome: dict, pictures: Mapping[str, TestSet], real_only: str) -> str:
    """outcome: results.json of the stage stress. pictures: {level: its re-exposed frames}."""
    lowest = min(min(series) for kind in outcome["kinds"] for series in recalls_of(outcome, kind).values())
    floor = min(int(10 * lowest) / 10, 0.9)
    panels = []
    for kind, said in outcome["kinds"].items():
        names = ["as_it_is", "still", *(f"{kind}_{i}" for i in range(1, len(said["values"]) + 1))]
        heads = ["as is", "still", *(f"{value:g}" for value in said["values"])]
        series = recalls_of(outcome, kind)
        table = heat_table(said["unit"], list(series), [(head, "") for head in heads], list(series.values()))
        panels.append(
            tag("h3", TITLES[kind])
            + tag(
                "div",
                stress_chart(TITLES[kind], said, heads, series, floor, real_only),
                tag("div", tag("p", escape(sentence(said))), tag("details", tag("summary", "Numbers"), table)),
                class_="stress",
            )
            + shot_row([pictures[name] for name in names], heads, TITLES[kind])
        )
    return _legend() + "".join(panels)


def recalls_of(outcome: dict, kind: str) -> dict[str, list[float]]:
    """{detector: recall on frames as they are, exposed again without stress, and at every level}."""
    return {
        name: [outcome["as_it_is"][name]["recall"], outcome["still"][name]["recall"], *of["recall"]]
        for name, of in outcome["kinds"][kind]["detectors"].items()
    }


def introduction(outcome: dict) -> str:
    """What these pictures are, and what exposing again costs by itself; finished markup."""
    names = outcome["still"]
    cost = sum(outcome["still"][n]["recall"] - outcome["as_it_is"][n]["recall"] for n in names) / len(names)
    seeds = outcome["seeds"]
    some = "the first training seed" if seeds == 1 else f"{seeds} training seeds"
    covers = "; the intervals cover frames, not the luck of training" if seeds == 1 else ""
    return (
        f"Not real frames: {outcome['images']} real test frames as the light of a second camera that shakes, sees "
        "little, or saves space. Labels move with the light. Nothing learns from these pictures and the gate does "
        "not use them. <b>As is</b>: the frames' own pixels, cut to the part that all pictures show. <b>Still</b>: "
        "exposed again with nothing added, "
        f"which by itself changes recall by {pretty(100 * cost, 1)} points on average over the detectors. "
        f"Recall at the operating point of each picture set, {some}{covers}. Rungs with and without an effect differ "
        "in whatever else the ladder adds between them."
    )


def sentence(said: dict) -> str:
    """Whether the rungs that learned with an effect hold their recall where the others lose theirs."""
    effect, result = said["effect"], said["comparison"]
    if result is None:
        missing = "without" if said["with_effect"] else "with"
        return f"No rung of this ladder learned {missing} {effect}: there is nothing to compare."
    shares = [_share(result[f"kept_{group}"], result[f"kept_{group}_ci95"]) for group in ("with", "without")]
    low, high = (pretty(100 * end, 1) for end in result["difference_ci95"])
    words = {
        "holds": "they hold their recall better",
        "falls": "they lose more",
        "not told apart": "the two are not told apart",
    }
    return (
        f"Over the levels, rungs that learned with {effect} ({len(said['with_effect'])}) keep {shares[0]} of the "
        f"recall that they have on still frames, rungs that learned without ({len(said['without_effect'])}) keep "
        f"{shares[1]}. Difference {pretty(100 * result['difference'], 1)} points, 95 % interval {low} to {high}: "
        f"{words[result['verdict']]}."
    )


def _share(value: float, ends: Sequence[float]) -> str:
    return f"{100 * value:.1f} % ({100 * ends[0]:.1f} to {100 * ends[1]:.1f})"


def stress_chart(title: str, said: dict, heads: list[str], series: dict, floor: float, real_only: str) -> str:
    """Recall from left (the frame as it is) to right (the hardest level), a line a detector."""
    bottom, right = HEIGHT - BOTTOM, WIDTH - RIGHT

    def place(step: int, recall: float) -> tuple[float, float]:
        x = LEFT + 14 + step / (len(heads) - 1) * (right - LEFT - 20)
        return x, TOP + (1 - recall) / (1 - floor) * (bottom - TOP)

    parts = []
    for tick in range(round(10 * floor), 11, 1 if floor >= 0.5 else 2):
        y = place(0, tick / 10)[1]
        parts += [line(LEFT, y, right, y, "grid"), text(LEFT - 6, y + 4, f"{tick / 10:g}", "small", "end")]
    parts += [text(place(i, 1)[0], bottom + 16, head, "small", "middle") for i, head in enumerate(heads)]
    parts.append(text((LEFT + right) / 2, bottom + 34, said["unit"], "small", "middle"))
    ends = {name: place(len(values) - 1, values[-1])[1] for name, values in series.items()}
    label_y = spread_labels(ends, TOP + 6, bottom)
    for name, values in series.items():
        group = "only" if name == real_only else "with" if name in said["with_effect"] else "without"
        points = [place(i, value) for i, value in enumerate(values)]
        hover = tag("title", escape(f"{name}: {', '.join(f'{value:.2f}' for value in values)}"))
        leader = line(points[-1][0] + 3, points[-1][1], right + 12, label_y[name], "leader")
        words = text(right + 15, label_y[name] + 4, _short(name), f"small name-{group}")
        parts.append(tag("g", hover, polyline(points, f"stress-{group}"), leader, words))
    return drawing(WIDTH, HEIGHT, *parts, label=f"{title}: recall of every detector against severity")


def spread_labels(ends: Mapping[str, float], top: float, bottom: float) -> dict[str, float]:
    """Heights for the names beside the lines' ends: in the ends' order, LABEL_PX apart, inside the chart."""
    order = sorted(ends, key=lambda name: ends[name])
    places: list[float] = []
    for name in order:
        places.append(max(ends[name], places[-1] + LABEL_PX if places else top))
    limit = max(bottom, top + LABEL_PX * (len(order) - 1))
    for i in range(len(order) - 1, -1, -1):
        places[i] = min(places[i], limit)
        limit = places[i] - LABEL_PX
    return dict(zip(order, places, strict=True))


def _short(name: str) -> str:
    return name if len(name) <= 15 else name[:14] + "\u2026"


def _legend() -> str:
    keys = {"with": "learned with the effect", "without": "learned without it", "only": "real_only"}
    marks = [tag("span", tag("i", class_=f"line-{key}"), words) for key, words in keys.items()]
    return tag("div", *marks, class_="key")
