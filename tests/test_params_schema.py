"""The JSON Schema says about params.yaml what the loader says, read by the package jsonschema."""

import copy
import json
from pathlib import Path

import jsonschema
import numpy as np
import pytest
import yaml

from pipeline.config import params_and_problems
from pipeline.fields import walk
from pipeline.params import Params
from tests.test_config import ONE_PROBLEM, changed

REPOSITORY = Path(__file__).parents[1]
SHIPPED = yaml.safe_load((REPOSITORY / "params.yaml").read_text(encoding="utf-8"))
FILE = REPOSITORY / "pipeline/params.schema.json"
VALIDATOR = jsonschema.Draft202012Validator(json.loads(FILE.read_text(encoding="utf-8")))

# What spans several values no schema can tell; only the loader refuses it.
SPANS_VALUES = {
    "low above high", "severities in the wrong order", "a severity twice", "more seeds than trained", "unknown rung",
    "two crowds", "mesh of unknown size", "size from nothing", "duplicate rung", "gate off the ladder", "no background",
}  # fmt: skip


def test_it_is_a_schema_that_accepts_the_shipped_file_which_names_it():
    jsonschema.Draft202012Validator.check_schema(VALIDATOR.schema)
    jsonschema.Draft7Validator.check_schema(VALIDATOR.schema)  # the version that editors know best
    assert VALIDATOR.is_valid(SHIPPED)
    first = (REPOSITORY / "params.yaml").read_text(encoding="utf-8").splitlines()[0]
    assert first == f"# yaml-language-server: $schema={FILE.relative_to(REPOSITORY)}"


@pytest.mark.parametrize("name", ONE_PROBLEM)
def test_it_refuses_what_the_loader_refuses(name, tmp_path):
    path = changed(tmp_path, ONE_PROBLEM[name][0])
    assert VALIDATOR.is_valid(yaml.safe_load(path.read_text())) == (name in SPANS_VALUES)


def sections(raw):
    """Every mapping of plain data, as long as its keys are the loader's and not the user's."""
    yield raw
    for name, value in raw.items():
        if isinstance(value, dict) and name != "rungs":
            yield from sections(value)


def wrong_or_right(old, rng):
    """A value near an old one: of another type or length, just inside or far outside of most bounds."""
    odd = [None, True, "", "0.5", [], {}, -1, 0, 1, 2.5, 10**30, -1e30, 0.5, 64, float("inf")]
    if isinstance(old, list) and old and rng.random() < 0.8:
        item = wrong_or_right(old[0], rng)
        count = len(old) + int(rng.integers(-1, 2)) * int(rng.random() < 0.4)
        return [item] * count
    if type(old) in (int, float) and rng.random() < 0.6:
        value = type(old)(old * 10.0 ** rng.uniform(-8, 8) * rng.choice([1, 1, 1, -1]))
        return int(value) if isinstance(old, int) else value
    return odd[rng.integers(len(odd))]


def mutate(raw, rng):
    """One key of a copy of `raw` removed, added, or given another value."""
    raw = copy.deepcopy(raw)
    every = [section for section in sections(raw) if section]
    section = every[rng.integers(len(every))]
    name = list(section)[rng.integers(len(section))]
    way = rng.random()
    if way < 0.1:
        del section[name]
    elif way < 0.2:
        section[name + "s"] = section[name]
    else:
        section[name] = wrong_or_right(section[name], rng)
    return raw


def spans_values(problem):
    """Is this a problem that the schema need not see?"""
    words = ("is above high", "from mild to hard", "more than train.seeds", "is not described under rungs",
             "is named twice", "are of kind people", "expected heights above 0", "is not on the ladder",
             "the first rung needs a background", "unknown placeholder", "in the command",
             "expected a command line")  # fmt: skip
    return any(word in problem for word in words)


def agree(raw):
    """Fail unless schema and loader say the same; returns what they say."""
    problems = [problem for problem in params_and_problems(raw)[1] if not spans_values(problem)]
    assert VALIDATOR.is_valid(raw) == (not problems), (problems, differences(SHIPPED, raw))
    return not problems


def test_schema_and_loader_agree_at_the_bounds_of_every_number():
    for key, field in walk(Params):
        if "bounds" not in field.metadata:
            continue
        low, high = field.metadata["bounds"]
        nudge = 1 if isinstance(low, int) else 1e-9 * abs(high)
        for value, right in ((low, True), (high, True), (low - nudge, False), (high + nudge, False)):
            raw = copy.deepcopy(SHIPPED)
            *parents, last = key.split(".")
            section = raw
            for name in parents:
                section = section[name]
            section[last] = [value] * len(section[last]) if isinstance(section[last], list) else value
            assert agree(raw) == right, (key, value)


def test_schema_and_loader_agree_on_random_changes():
    """But for 2.0, which is a whole number in JSON Schema and not in YAML, and is left out here."""
    rng = np.random.default_rng([20])
    verdicts = [agree(mutate(SHIPPED, rng)) for _ in range(400)]
    assert 0.1 < np.mean(verdicts) < 0.9  # both answers were tried


def differences(old, new):
    return [(name, new.get(name)) for name in {**old, **new} if old.get(name) != new.get(name)]
