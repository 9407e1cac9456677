"""params.yaml -> `Params`; all problems of the file at once, those of single keys and those that span several."""

import argparse
import dataclasses
from pathlib import Path

from pipeline.augment.names import mirroring_problems
from pipeline.build import build, nearest, sound
from pipeline.categories import check_categories
from pipeline.detect.template import TASKS, command_problems
from pipeline.errors import UserError, main
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
    for check in (check_ladder, check_stress, check_audit, check_detector, check_synth):
        problems += check(raw)
    return params, problems


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
    problems = check_order(raw, "stress", HARDER, "severity", "hard")
    seeds, trained = sound(int, section, "seeds"), sound(int, train, "seeds")
    if seeds is not None and trained is not None and seeds > trained:
        problems.append(f"stress.seeds: {seeds} is more than train.seeds ({trained}); lower it or train more")
    return problems


def check_order(raw, name, directions, step, end):
    """Lists of the section `name` that grow (1) or fall (-1), and are not empty."""
    section = raw.get(name) if isinstance(raw, dict) else None
    problems = []
    for key, direction in directions.items():
        values = sound(tuple[float, ...], section, key)
        if values == ():
            problems.append(f"{name}.{key}: the list is empty; name at least one {step}")
        steps = [after - before for before, after in zip(values or (), (values or ())[1:], strict=False)]
        if any(change * direction <= 0 for change in steps):
            way = "grow" if direction > 0 else "fall"
            problems.append(f"{name}.{key}: expected values that {way}, from mild to {end}, found {section[key]}")
    return problems


def check_audit(raw):
    return check_order(raw, "audit", {"strengths": 1}, "strength", "strong")


def check_detector(raw):
    section = raw.get("detector") if isinstance(raw, dict) else None
    kind, code = sound(str, section, "kind"), sound(str, section, "code")
    commands = {key: sound(str, section, key) for key in TASKS}
    problems = command_problems(kind, commands)
    if kind == "command" and code is not None:
        problems += unwatched_code({key: command for key, command in commands.items() if command}, code)
    return problems


def check_synth(raw):
    """A place elsewhere is for tar files only: what reads image files reads them here. It is the same from anywhere."""
    section = raw.get("synth") if isinstance(raw, dict) else None
    output, problems = sound(str, section, "output"), []
    if output and sound(str, section, "format") == "folder":
        problems.append(f"synth.output: {output!r} needs synth.format webdataset, found folder; set it, or leave "
                        'output ""')  # fmt: skip
    if output and "://" not in output and not Path(output).is_absolute():
        problems.append(f"synth.output: expected a URL or an absolute folder, found {output!r}, which a queued "
                        f"experiment loses with its folder; write {str(Path(output).absolute())!r}")  # fmt: skip
    return problems


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
