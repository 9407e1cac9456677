"""What a key of params.yaml does, which values it may have, and which stages run again when it changes."""

import dataclasses
import difflib
from pathlib import PurePosixPath
from typing import get_args, get_origin

from pipeline.config import load_params
from pipeline.errors import UserError
from pipeline.fields import allowed, comment_of, is_section, kinds_of, unit_of, walk
from pipeline.params import Params
from pipeline.yaml_file import read_yaml

NAMES = {int: "whole number", float: "number", bool: "switch", str: "text"}


def explain(key: str, params_path: str = "params.yaml", dvc_path: str = "dvc.yaml") -> str:
    """Lines about a key or a section. Raises UserError with the nearest name when there is no such key."""
    fields = dict(walk(Params, read_yaml(params_path)))
    if key not in fields:
        raise UserError(f"{key}: unknown key{_nearest(key, list(fields))}")
    params = load_params(params_path)
    if is_section(fields[key]):
        return _section(key, fields, params)
    field = fields[key]
    stages = read_yaml(dvc_path)["stages"]
    readers = readers_of(key, stages)
    facts = {
        "type": kind_of(field),
        "values": allowed(field),
        "unit": unit_of(field) or "none",
        "now": shown(value_of(params, key)),
        "used by": ", ".join(readers),
        "then rerun": ", ".join(stages_after(readers, stages)),
        "of rungs": ", ".join(rungs_with(key, params)),
    }
    lines = [f"{key}: {field.metadata['doc']}"]
    return "\n".join(lines + [f"  {name:12}{fact}" for name, fact in facts.items() if fact]) + "\n"


def _section(key: str, fields: dict, params: Params) -> str:
    """A line for every key of a section."""
    deep = 1 if kinds_of(fields[key]) else 0  # named groups: their keys
    inside = [name for name in fields if name.startswith(f"{key}.") and name[len(key) + 1 :].count(".") == deep]
    lines = [f"{key}: {fields[key].metadata['doc']}"]
    for name in inside:
        now = "" if is_section(fields[name]) else shown(value_of(params, name))
        entry = f"{name[len(key) + 1 :]}: {now}"
        lines.append(f"  {entry:46}  {comment_of(fields[name])}")
    return "\n".join(lines) + "\n"


def _nearest(key: str, known: list[str]) -> str:
    """The keys that are most like `key`, as a whole or in their last name."""
    of_name = {}
    for other in known:
        of_name.setdefault(other.rpartition(".")[2], []).append(other)
    name = key.rpartition(".")[2]
    near = of_name.get(name) or difflib.get_close_matches(key, known, n=1, cutoff=0.8)
    near = near or [other for like in difflib.get_close_matches(name, of_name, n=1) for other in of_name[like]]
    top = ", ".join(other for other in known if "." not in other)
    return f"; did you mean {' or '.join(near)}?" if near else f"; expected one of {top}, or a key of these"


def kind_of(field: dataclasses.Field) -> str:
    """Its type in words."""
    args = get_args(field.type)
    if get_origin(field.type) is dict:
        return "mapping"
    if get_origin(field.type) is not tuple:
        return NAMES[field.type]
    if get_origin(args[0]) is tuple:
        return "list of lists of mappings"
    if args[-1] is Ellipsis:
        return f"list of {NAMES[args[0]]}s"
    if len(args) == 2:
        return f"[low, high], {NAMES[args[0]]}s"
    return f"list of {len(args)} {NAMES[args[0]]}s"


def value_of(params: Params, key: str):
    value = params
    for name in key.split("."):
        value = value[name] if isinstance(value, dict) else getattr(value, name)
    return value


def shown(value) -> str:
    """A value as params.yaml writes it."""
    if dataclasses.is_dataclass(value):
        return f"{{{shown(vars(value))}}}"
    if isinstance(value, dict):
        return ", ".join(f"{name}: {shown(item)}" for name, item in value.items())
    if isinstance(value, tuple):
        return f"[{', '.join(map(shown, value))}]"
    return str(value).lower() if isinstance(value, bool) else str(value) or '""'


def rungs_with(key: str, params: Params) -> list[str]:
    """The only rungs that a key of `effects` reaches: those from the first on that has its effect."""
    if key.split(".")[0] != "effects":
        return []
    effect = key.split(".")[1]
    first = [i for i, rung in enumerate(params.ladder) if effect in params.rungs[rung]][:1]
    return [*params.ladder[first[0] :]] if first else ["none on the ladder"]


def readers_of(key: str, stages: dict) -> list[str]:
    """The stages of dvc.yaml whose `params` name the key, or a section that it is in."""
    read = {name: stage.get("params", []) for name, stage in stages.items()}
    return [name for name, keys in read.items() if any(f"{key}.".startswith(f"{other}.") for other in keys)]


def stages_after(first: list[str], stages: dict) -> list[str]:
    """The stages that need, directly or not, what those of `first` make, without them; in the file's order."""
    reached = list(first)
    for name in reached:  # grows as it goes
        made = [path for kind in ("outs", "metrics") for path in _paths(stages[name].get(kind, []))]
        for other, stage in stages.items():
            needed = _paths(stage.get("deps", []))
            if other not in reached and any(overlap(a, b) for a in made for b in needed):
                reached.append(other)
    return [name for name in stages if name in reached and name not in first]


def _paths(entries: list) -> list[PurePosixPath]:
    """Entries of dvc.yaml are paths, or mappings of a path to its options."""
    return [PurePosixPath(path) for entry in entries for path in ([entry] if isinstance(entry, str) else entry)]


def overlap(a: PurePosixPath, b: PurePosixPath) -> bool:
    """Is one of them the other or inside it?"""
    return a == b or a in b.parents or b in a.parents
