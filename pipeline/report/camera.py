"""What calibration found: fitted values and how sure they are, what it measured, what the frames cannot tell."""

from collections.abc import Mapping, Sequence

from pipeline.report.svg import escape, tag
from sensors.profile import PARTS, CameraProfile

LONGEST_LIST = 4  # numbers of a list that are written out


def camera_section(calibration: Mapping[str, object]) -> str:
    """calibration: camera.json; what it lacks is left out."""
    ranges = calibration.get("ranges", {}) | together(calibration.get("joint", []))
    fitted = fitted_values(calibration.get("profile", {}), ranges)
    rows = [[key, _shown(value), _shown(ranges[key]) if key in ranges else ""] for key, value in fitted.items()]
    measured = [
        [key, _shown(value)]
        for part in ("measured", "view")
        for key, value in flatten(calibration.get(part, {}))
        if key != "unknown"
    ]
    unknown = [*calibration.get("unknown", []), *calibration.get("view", {}).get("unknown", [])]
    found = [
        _table(("Camera", "Fitted", "Cameras are drawn from"), rows),
        tag("p", "Every other part of the profile is as the camera model has it by default.", class_="muted"),
    ]
    if calibration.get("joint"):
        words = f"{', '.join(calibration['joint'][0])} stand in for each other: each camera has one of " \
                f"{len(calibration['joint'])} sets of values that explain the frames together."
        found.append(tag("p", escape(words), class_="muted"))
    if unknown:
        found += [tag("h3", "What the frames cannot tell"), tag("ul", *(tag("li", escape(words)) for words in unknown))]
    seen = _table(("In the frames", ""), measured)
    return tag("div", tag("div", *found), tag("div", seen), class_="profile")


def together(joint: Sequence[Mapping[str, float]]) -> dict[str, list[float]]:
    """Least and most of every key in sets of values that are drawn as they are."""
    keys = joint[0] if joint else {}
    return {key: [min(values[key] for values in joint), max(values[key] for values in joint)] for key in keys}


def fitted_values(profile: Mapping[str, object], ranges: Mapping[str, object]) -> dict[str, object]:
    """{dotted key: value} of a profile that have a range or are not what `CameraProfile` has by default."""
    parts = {key: {} for key, values in profile.items() if values is not None and key in PARTS}
    default = dict(flatten(CameraProfile.from_dict(parts).to_dict()))
    values = dict(flatten(profile))
    for key in ranges:  # one number of a list, such as isp.gains[0]
        name, _, index = key.rstrip("]").partition("[")
        if index and name in values:
            values[key] = values[name][int(index)]
    return {key: value for key, value in values.items() if key in ranges or value != default.get(key)}


def flatten(value: object, key: str = "") -> list[tuple[str, object]]:
    """(dotted key, plain value) of nested mappings; lists stay whole."""
    if isinstance(value, Mapping):
        prefix = f"{key}." if key else ""
        return [pair for name, inner in value.items() for pair in flatten(inner, f"{prefix}{name}")]
    return [(key, value)]


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    head = tag("thead", tag("tr", *(tag("th", escape(words), scope="col") for words in heads)))
    body = [
        tag("tr", tag("th", tag("code", escape(key)), scope="row"), *(tag("td", cell) for cell in cells))
        for key, *cells in rows
    ]
    return tag("table", head, tag("tbody", *body))


def _shown(value: object) -> str:
    if value is None or value == "unknown":
        return tag("span", "unknown", class_="unknown")
    if isinstance(value, list):
        if len(value) > LONGEST_LIST or (value and isinstance(value[0], list)):
            return escape(f"{len(value)} points")
        return escape((" to " if len(value) == 2 else ", ").join(_number(item) for item in value))
    return escape(_number(value))


def _number(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
