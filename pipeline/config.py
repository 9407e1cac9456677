"""params.yaml -> frozen dataclasses; all problems of the file at once, each with the nearest right name."""

import argparse
import dataclasses
import difflib
import math
import types
from typing import get_args, get_origin

from pipeline.augment.names import mirroring_problems
from pipeline.categories import check_categories
from pipeline.detect.template import TASKS, command_problems
from pipeline.errors import UserError, main
from pipeline.fields import variants
from pipeline.params import CategoryParams, EffectParams, Params, StepParams
from pipeline.watched import unwatched_code
from pipeline.yaml_file import read_yaml

BACKGROUNDS = ("photographs", "places", "site")
HARDER = {"motion_blur_px": 1, "rolling_shutter_skew_px": 1, "electrons_at_white": -1, "jpeg_quality": -1}


def load_params(path="params.yaml"):
    """Read and check params.yaml; returns `Params`. Raises UserError naming every wrong key, one a line."""
    params, problems = params_and_problems(read_yaml(path))
    if problems:
        raise UserError("\n".join(f"{path}: {problem}" for problem in problems))
    return params


def params_and_problems(raw):
    """Plain data -> (`Params`, or None where a key is missing; a sentence for every problem)."""
    problems = []
    params = build(Params, raw, "", problems)
    assets = raw.get("assets") if isinstance(raw, dict) else None
    categories = sound(dict[str, CategoryParams], assets, "categories")
    problems += [] if categories is None else check_categories(categories)
    train = raw.get("train") if isinstance(raw, dict) else None
    policy = sound(tuple[tuple[StepParams, ...], ...], train, "policy")
    chiral = [name for name, category in (categories or {}).items() if category.chiral]
    problems += mirroring_problems(policy or (), chiral)
    return params, problems + check_ladder(raw) + check_stress(raw) + check_detector(raw)


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
        values[name] = build(_type(field), raw[name], prefix + name, problems)
        if len(problems) == before:
            problems += _check_value(field, values[name], prefix + name)
    return kind(**values) if len(values) == len(fields) else None


def _type(field):
    return field.type if isinstance(field.type, type | types.GenericAlias) else eval(field.type)


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


def check_ladder(raw):
    """What single values cannot tell: rungs and effects that exist, a gate on the ladder, a first background.

    Looks at the sections of the file that are sound in themselves, so that all problems are found in one go.
    """
    ladder = sound(tuple[str, ...], raw, "ladder")
    rungs = sound(dict[str, tuple[str, ...]], raw, "rungs")
    gate = sound(str, raw.get("gate"), "rung") if isinstance(raw, dict) else None
    problems = []
    if ladder == ():
        problems.append("ladder: the list is empty; name at least one rung")
    for name in dict.fromkeys(ladder or ()):
        if rungs is not None and name not in rungs:
            problems.append(f"ladder: rung {name!r} is not described under rungs{nearest(name, rungs)}")
        if ladder.count(name) > 1:
            problems.append(f"ladder: rung {name!r} is named twice")
    for rung, effects in (rungs or {}).items():
        problems += _check_rung(rung, effects)
    if ladder and gate is not None and gate not in ladder:
        problems.append(f"gate.rung: {gate!r} is not on the ladder; expected one of {', '.join(ladder)}")
    first = (rungs or {}).get(ladder[0]) if ladder else None
    if first is not None and not set(BACKGROUNDS) & set(first):
        choices = ", ".join(BACKGROUNDS)
        problems.append(f"rungs.{ladder[0]}: the first rung needs a background: one of {choices}")
    return problems


def _check_rung(rung, effects):
    known = [field.name for field in dataclasses.fields(EffectParams)]
    choices = ", ".join(known)
    problems = []
    if not rung.replace("_", "").isalnum() or not rung.isascii() or rung == "real_only":
        problems.append(f"rungs.{rung}: a rung's name is made of letters, digits and _, and is not real_only")
    for effect in effects:
        if effect not in known:
            hint = nearest(effect, known)
            problems.append(f"rungs.{rung}: unknown effect {effect!r}; known effects: {choices}{hint}")
    return problems


def check_stress(raw):
    """Severities that go from mild to hard, and no more seeds than there are detectors of a rung."""
    section = raw.get("stress") if isinstance(raw, dict) else None
    train = raw.get("train") if isinstance(raw, dict) else None
    problems = []
    for key, direction in HARDER.items():
        values = sound(tuple[float, ...], section, key)
        if values == ():
            problems.append(f"stress.{key}: the list is empty; name at least one severity")
        steps = [after - before for before, after in zip(values or (), (values or ())[1:], strict=False)]
        if any(step * direction <= 0 for step in steps):
            way = "grow" if direction > 0 else "fall"
            problems.append(f"stress.{key}: expected values that {way}, from mild to hard, found {section[key]}")
    seeds, trained = sound(int, section, "seeds"), sound(int, train, "seeds")
    if seeds is not None and trained is not None and seeds > trained:
        problems.append(f"stress.seeds: {seeds} is more than train.seeds ({trained}); lower it or train more")
    return problems


def check_detector(raw):
    section = raw.get("detector") if isinstance(raw, dict) else None
    kind, code = sound(str, section, "kind"), sound(str, section, "code")
    commands = {key: sound(str, section, key) for key in TASKS}
    problems = command_problems(kind, commands)
    if kind == "command" and code is not None:
        problems += unwatched_code({key: command for key, command in commands.items() if command}, code)
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


def run(*words):
    """The command line: check params.yaml, explain a key, print the schema, write the comments anew."""
    from pipeline import check_params, comments, explain, schema  # here, because they import this module

    parser = argparse.ArgumentParser(prog="python -m pipeline.config", description=run.__doc__)
    task = parser.add_mutually_exclusive_group(required=True)
    file = {"metavar": "FILE", "nargs": "?", "const": "params.yaml"}
    task.add_argument("--check", help="is the file sound, and are the files there that it names?", **file)
    task.add_argument("--explain", help="what a key or a section does, its values, what reruns", metavar="KEY")
    task.add_argument("--schema", help="print the JSON Schema of params.yaml", action="store_true")
    task.add_argument("--document", help="write the comment behind every key of the file anew", **file)
    chosen = parser.parse_args(words)
    if chosen.check:
        return check_params.run(chosen.check)
    if chosen.document:
        return comments.run(chosen.document)
    print(explain.explain(chosen.explain) if chosen.explain is not None else schema.schema_text(), end="")


if __name__ == "__main__":
    main(run)
