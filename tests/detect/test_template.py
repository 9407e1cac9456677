import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from pipeline.config import params_and_problems
from pipeline.detect.template import fill

SHIPPED = Path(__file__).parents[2] / "params.yaml"
TRAIN, PREDICT = "t {train_annotations} {model}", "p {model} {images} {output}"


def problems(**detector):
    raw = yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))
    raw["detector"] |= detector
    return params_and_problems(raw)[1]


def test_words_arrive_as_they_are():
    """What a program really gets, with everything that a shell would eat."""
    values = {"model": "/a b/$HOME;`c` 'd'", "output": "{images}"}
    template = "X -c 'import sys; print(sys.argv[1:])' --model={model} {output} '{\"a\": {b c}}' {model}{model}"
    words = fill(template, values)
    words[0] = sys.executable
    told = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    model = values["model"]
    assert told == str([f"--model={model}", "{images}", '{"a": {b c}}', model + model]) + "\n"


def test_commands_are_wanted_only_where_they_are_used():
    assert problems() == problems(train_command=TRAIN, predict_command=PREDICT) == []
    assert problems(kind="command", train_command=TRAIN, predict_command=PREDICT) == []
    told = problems(kind="command", train_command=TRAIN)
    assert told == ["detector.predict_command: detector.kind is command, expected a command line, found none"]


@pytest.mark.parametrize(("changes", "expected"), [
    ({"train_command": "t {train_annotation} {train_annotations} {model}"},
     "detector.train_command: unknown placeholder {train_annotation}; known are {train_images}, {train_annotations}"),
    ({"train_command": "t {train_annotations}"}, "detector.train_command: expected {model} in the command"),
    ({"predict_command": "p {model} {output}"}, "detector.predict_command: expected {images} or {image_list} in"),
    ({"predict_command": "p 'x"}, "detector.predict_command: expected a command line, found \"p 'x\" (No closing"),
    ({"kind": "comand"}, "detector.kind: unknown value 'comand'; expected one of builtin, command; did you mean"),
])  # fmt: skip
def test_problems_are_told_with_what_is_known(changes, expected):
    told = problems(**changes)
    assert len(told) == 1 and told[0].startswith(expected)
