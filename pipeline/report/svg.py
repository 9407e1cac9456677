"""SVG and HTML elements as text; every attribute and every text is escaped."""

from html import escape


def tag(name: str, *children: str, **attributes: object) -> str:
    """An element; `children` are finished markup; `class_` and `data_label` become class and data-label."""
    words = [name]
    for key, value in attributes.items():
        if value is not None:
            shown = number(value) if isinstance(value, float) else str(value)
            words.append(f'{key.rstrip("_").replace("_", "-")}="{escape(shown, quote=True)}"')
    return f"<{' '.join(words)}>{''.join(children)}</{name}>"


def number(value: float) -> str:
    """At most 2 decimals, no trailing zeros, never -0."""
    shown = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if shown == "-0" else shown


def text(x: float, y: float, words: str, class_: str = "ink", anchor: str | None = None) -> str:
    return tag("text", escape(words), x=float(x), y=float(y), class_=class_, text_anchor=anchor)


def line(x0: float, y0: float, x1: float, y1: float, class_: str) -> str:
    return tag("line", x1=float(x0), y1=float(y0), x2=float(x1), y2=float(y1), class_=class_)


def rect(x: float, y: float, width: float, height: float, class_: str, radius: float = 0) -> str:
    return tag(
        "rect",
        x=float(x),
        y=float(y),
        width=float(width),
        height=float(height),
        rx=radius or None,
        class_=class_,
    )


def dot(x: float, y: float, radius: float, class_: str, title: str | None = None) -> str:
    hover = [tag("title", escape(title))] if title else []
    return tag("circle", *hover, cx=float(x), cy=float(y), r=float(radius), class_=class_)


def polyline(points: list[tuple[float, float]], class_: str) -> str:
    return tag("polyline", points=" ".join(f"{number(x)},{number(y)}" for x, y in points), class_=class_)


def drawing(width: float, height: float, *children: str, label: str, class_: str | None = None) -> str:
    """A whole <svg> with a text for those who cannot see it."""
    return tag(
        "svg",
        *children,
        viewBox=f"0 0 {number(width)} {number(height)}",
        role="img",
        aria_label=label,
        class_=class_,
    )
