"""Plain data -> frozen dataclasses, with a sentence for every key that is unknown, missing or wrong."""

import dataclasses
import difflib
import math
import types
from typing import get_args, get_origin

from pipeline.fields import variants


def build(kind, raw, key, problems):
    """Turn plain YAML data into `kind` (a dataclass or a field type); append sentences to `problems`."""
    if dataclasses.is_dataclass(kind):
        return _build_dataclass(kind, raw, key, problems)
    origin, args = get_origin(kind), get_args(kind)
    if origin is dict:
        if not isinstance(raw, dict):
            return _wrong(key, "a mapping", raw, problems)
        return {str(name): build(args[1], value, f"{key}.{name}", problems) for name, value in raw.items()}
    if origin is tuple:
        return _build_tuple(args, raw, key, problems)
    if isinstance(kind, types.UnionType):
        return _build_variant(variants(kind), raw, key, problems)
    if kind is float and type(raw) is int:
        raw = float(raw) if abs(raw) < 1e300 else math.inf
    if type(raw) is not kind:
        return _wrong(key, f"a {kind.__name__}", raw, problems)
    if kind is float and not math.isfinite(raw):
        return _wrong(key, "a finite number", raw, problems)
    return raw


def _build_tuple(args, raw, key, problems):
    if not isinstance(raw, list):
        return _wrong(key, "a list", raw, problems)
    if args[-1] is not Ellipsis:
        if len(raw) != len(args):
            return _wrong(key, f"a list of {len(args)} numbers [low, high]", raw, problems)
        return tuple(build(arg, value, key, problems) for arg, value in zip(args, raw, strict=True))
    return tuple(build(args[0], value, f"{key}[{i}]", problems) for i, value in enumerate(raw))


def _build_variant(kinds, raw, key, problems):
    """The dataclass that the key `kind` names."""
    if not isinstance(raw, dict) or raw.get("kind") not in list(kinds):
        return _wrong(key, f"a mapping with the key kind, one of {', '.join(kinds)}", raw, problems)
    return _build_dataclass(kinds[raw["kind"]], raw, key, problems)


def _build_dataclass(kind, raw, key, problems):
    if not isinstance(raw, dict):
        return _wrong(key or "the file", "a mapping of keys", raw, problems)
    fields = {field.name: field for field in dataclasses.fields(kind)}
    prefix = f"{key}." if key else ""
    for name in raw:
        if name not in fields:
            near = difflib.get_close_matches(str(name), fields, n=1)
            hint = f"; did you mean {prefix}{near[0]}?" if near else f"; known keys: {', '.join(fields)}"
            problems.append(f"{prefix}{name}: unknown key{hint}")
    values = {}
    for name, field in fields.items():
        if name not in raw:
            problems.append(f"{prefix}{name}: missing; add it ({_describe(field)})")
            continue
        before = len(problems)
        values[name] = build(field.type, raw[name], prefix + name, problems)
        if len(problems) == before:
            problems += _check_value(field, values[name], prefix + name)
    return kind(**values) if len(values) == len(fields) else None


def _describe(field):
    low, high = field.metadata.get("bounds", (None, None))
    name = getattr(field.type, "__name__", str(field.type))
    return f"{name} between {low} and {high}" if low is not None else name


def _check_value(field, value, key):
    """Bounds, choices, and low <= high of a `_range`."""
    problems = []
    values = value if isinstance(value, tuple) else (value,)
    if "bounds" in field.metadata:
        low, high = field.metadata["bounds"]
        wrong = [v for v in values if not low <= v <= high]
        problems += [f"{key}: {v} is out of range; expected between {low} and {high}" for v in wrong]
        step = field.metadata["multiple_of"]
        problems += [f"{key}: expected a multiple of {step}, found {v}" for v in values if step and v % step]
    if "choices" in field.metadata:
        choices = field.metadata["choices"]
        for v in values:
            if v not in choices:
                hint = nearest(v, choices)
                problems.append(f"{key}: unknown value {v!r}; expected one of {', '.join(choices)}{hint}")
        if not values:
            problems.append(f"{key}: the list is empty; expected some of {', '.join(choices)}")
    if field.name.endswith("_range") and len(values) == 2 and values[0] > values[1]:
        problems.append(f"{key}: low {values[0]} is above high {values[1]}; write [low, high]")
    return problems


def sound(kind, raw, key):
    """raw[key] as `kind`, or None where it is missing or wrong, which `build` reports."""
    problems = []
    value = build(kind, raw[key], key, problems) if isinstance(raw, dict) and key in raw else None
    return None if problems else value


def nearest(name, known):
    near = difflib.get_close_matches(str(name), known, n=1)
    return f"; did you mean {near[0]}?" if near else ""


def _wrong(key, expected, found, problems):
    problems.append(f"{key}: expected {expected}, found {found!r}")
    return None
