"""What a key of params.yaml says about itself: what it does, its unit, and the values that it may have.

The fields of pipeline/params.py are made here and hold all of it as metadata. The checks, the comments in params.yaml,
`--explain` and the JSON Schema read it from there, so it is written once.
"""

import dataclasses
from collections.abc import Iterator

UNITS = {  # of names that end so, longer endings first
    "deg_s": "deg/s", "px_s": "px/s", "m_s": "m/s", "e_s": "e-/s",
    "deg": "deg", "px": "px", "m": "m", "us": "us", "hz": "Hz", "e": "e-", "dn": "DN",
}  # fmt: skip


def within(low, high, doc, unit="", multiple_of=None):
    """A number, or every number of a list, from low to high. unit: only where the name does not end in one."""
    return _field(doc, bounds=(low, high), unit=unit, multiple_of=multiple_of)


def some_of(choices, doc):
    """A list of some of these words."""
    return _field(doc, choices=tuple(choices))


def one_of(choices, doc):
    """One of these words."""
    return _field(doc, choices=tuple(choices), values=" or ".join(choices))


def switch(doc):
    return _field(doc, values="true or false")


def text(doc, values):
    """A text, or texts. values: what it may be, in words."""
    return _field(doc, values=values)


def a_file(doc, may_be_empty=False):
    """The path of a file that must be there before anything runs."""
    return _field(doc, values='a file or ""' if may_be_empty else "a file", file=True, may_be_empty=may_be_empty)


def a_path(doc, may_be_empty=False):
    """The path of a file or folder that must be there before anything runs."""
    return _field(doc, values='a file, folder or ""' if may_be_empty else "a file or folder", path=True,
                  may_be_empty=may_be_empty)


def section(doc):
    """A group of keys."""
    return _field(doc)


def _field(doc, **metadata):
    return dataclasses.field(metadata={"doc": doc, **metadata})


def walk(kind: type, prefix: str = "") -> Iterator[tuple[str, dataclasses.Field]]:
    """(dotted key, field) of everything in a dataclass, sections before what is in them."""
    for field in dataclasses.fields(kind):
        yield prefix + field.name, field
        if is_section(field):
            yield from walk(field.type, f"{prefix}{field.name}.")


def is_section(field: dataclasses.Field) -> bool:
    return dataclasses.is_dataclass(field.type)


def unit_of(field: dataclasses.Field) -> str:
    """Its unit; empty for pure numbers and for what is no number."""
    ending = next((end for end in UNITS if field.name.removesuffix("_range").endswith(f"_{end}")), None)
    return UNITS[ending] if ending else field.metadata.get("unit", "")


def allowed(field: dataclasses.Field) -> str:
    """The values that a key may have, with their unit: `4..4000 px`."""
    data = field.metadata
    if "bounds" in data:
        low, high = map(short, data["bounds"])
        multiple = f", a multiple of {data['multiple_of']}" if data["multiple_of"] else ""
        return f"{low}..{high} {unit_of(field)}".rstrip() + multiple
    return data["values"] if "values" in data else f"some of {', '.join(data['choices'])}"


def comment_of(field: dataclasses.Field) -> str:
    """What stands behind the key in params.yaml."""
    return field.metadata["doc"] if is_section(field) else f"{field.metadata['doc']} [{allowed(field)}]"


def short(number: float) -> str:
    """8192 as it is, 10**7 as 1e7; nothing is rounded."""
    brief = f"{number:g}".replace("e+0", "e").replace("e+", "e").replace("e-0", "e-")
    return brief if float(brief) == number else str(number)
