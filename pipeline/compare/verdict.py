"""What the numbers say, in words."""


def effect_of(interval: list[float] | None) -> str:
    """ "start" (no rung before), "helped", "hurt", or "none" if the interval of the gain contains 0."""
    if interval is None:
        return "start"
    low, high = interval
    return "helped" if low > 0 else "hurt" if high < 0 else "none"


def signed(value: float, digits: int = 3) -> str:
    """+0.120 or -0.030; nothing that rounds to 0 has a minus."""
    text = f"{value:+.{digits}f}"
    return f"+{0:.{digits}f}" if float(text) == 0 else text


def false_positives(fppi: float) -> str:
    """1 false positive per image, 0.1 false positives per image."""
    return f"{fppi:g} false positive{'' if fppi == 1 else 's'} per image"


def noun(gap: dict) -> str:
    """What the detector looks for, in the plural."""
    return "objects" if "categories" in gap["real"] else "people"


def rung_sentence(name: str, effect: str, gain: float | None, interval: list[float] | None) -> str:
    """One plain sentence on what a rung did for recall on real frames."""
    if effect == "start":
        return f"{name} is where the ladder starts."
    numbers = (
        f"{signed(gain)} recall on real frames, 95 % interval {signed(interval[0])} to {signed(interval[1])}"
    )
    said = {"helped": "helped", "hurt": "hurt", "none": "had no measurable effect"}[effect]
    return f"{name} {said}: {numbers}."
