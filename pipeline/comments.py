"""The comment behind every key of params.yaml, written from the fields of pipeline/params.py."""

from collections.abc import Iterator
from pathlib import Path

import yaml

from pipeline.config import load_params
from pipeline.fields import comment_of, walk
from pipeline.params import Params

COLUMN = 42  # where comments start, unless the line is longer or its comment stands elsewhere already


def run(path: str) -> None:
    """Write the comments of the file anew; values, order and other lines stay."""
    load_params(path)
    file = Path(path)
    file.write_text(documented(file.read_text(encoding="utf-8")), encoding="utf-8")


def documented(text: str) -> str:
    """The text of params.yaml with the comment of every known key on the key's line."""
    lines = text.split("\n")
    fields = dict(walk(Params, yaml.safe_load(text)))
    for key, line, end in places(yaml.compose(text), fields):
        if key in fields:
            code, old = lines[line][:end], lines[line].find("#", end)
            column = old if old >= end + 2 else max(COLUMN, end + 2)
            lines[line] = f"{code:{column}}# {comment_of(fields[key])}"
    return "\n".join(lines)


def places(mapping: yaml.MappingNode, fields: dict, prefix: str = "") -> Iterator[tuple[str, int, int]]:
    """(dotted key, its line, where the line's code ends) of every key whose comment can stand on its own line."""
    if mapping.flow_style:  # {several: keys, on one: line}
        return
    for name, value in mapping.value:
        key, line = prefix + name.value, name.end_mark.line
        if value.end_mark.line == line:
            yield key, line, value.end_mark.column
        elif value.start_mark.line > line:
            yield key, line, name.end_mark.column + 1
        if any(other.startswith(f"{key}.") for other in fields):
            yield from places(value, fields, f"{key}.")
