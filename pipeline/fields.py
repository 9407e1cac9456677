"""What a key of params.yaml says about itself: what it does, its unit, and the values that it may have.

The fields of pipeline/params.py are made here and hold all of it as metadata. The checks, the comments in params.yaml,
`--explain` and the JSON Schema read it from there, so it is written once.
"""

import dataclasses
import types
from collections.abc import Iterator
from typing import get_args, get_origin

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


def kind(name, choices, doc):
    """The key `kind` of a section that has other keys for each of the choices; this one is for `name`."""
    return _field(doc, choices=tuple(choices), values=" or ".join(choices), kind=name)


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


def a_folder(doc, may_be_empty=False):
    """The path of a folder that must be there before anything runs."""
    values = 'a folder or ""' if may_be_empty else "a folder"
    return _field(doc, values=values, folder=True, may_be_empty=may_be_empty)


def groups(doc, values):
    """A list of lists of sections, of any lengths. values: what it may be, in words."""
    return _field(doc, values=values)


def section(doc):
    """A group of keys, or named groups of keys."""
    return _field(doc)


def _field(doc, **metadata):
    return dataclasses.field(metadata={"doc": doc, **metadata})


def walk(kind: type, raw: object = None, prefix: str = "") -> Iterator[tuple[str, dataclasses.Field]]:
    """(dotted key, field) of everything in a dataclass, sections before what is in them.

    raw: plain data of the same shape, which says what named groups there are; None: none.
    """
    for field in dataclasses.fields(kind):
        key, value = prefix + field.name, raw.get(field.name) if isinstance(raw, dict) else None
        yield key, field
        if dataclasses.is_dataclass(field.type):
            yield from walk(field.type, value, f"{key}.")
        elif kinds_of(field) and isinstance(value, dict):
            for name, group in value.items():
                chosen = kinds_of(field).get(group.get("kind")) if isinstance(group, dict) else None
                if chosen:
                    yield from walk(chosen, group, f"{key}.{name}.")


def is_section(field: dataclasses.Field) -> bool:
    """Whether it holds other keys: a group, or named groups."""
    return dataclasses.is_dataclass(field.type) or bool(kinds_of(field))


def kinds_of(field: dataclasses.Field) -> dict[str, type]:
    """{kind: its dataclass} of named groups, a mapping of names to dataclasses with a key `kind`; else empty."""
    args = get_args(field.type)
    named = get_origin(field.type) is dict and isinstance(args[1], types.UnionType)
    return variants(args[1]) if named else {}


def variants(union: types.UnionType) -> dict[str, type]:
    """{kind: dataclass} of dataclasses with a key `kind`."""
    return {one.__dataclass_fields__["kind"].metadata["kind"]: one for one in get_args(union)}


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
