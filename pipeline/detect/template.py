"""Command lines with placeholders: what a user writes in params.yaml to train and ask a detector of their own.

A template is split into words as a shell would, and placeholders are filled in word by word: a path with spaces stays
one word, and no shell ever reads it.
"""

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Task:
    """What a template may ask for, {placeholder: meaning}, and what it must: at least one of each group."""

    placeholders: Mapping[str, str]
    needed: tuple[tuple[str, ...], ...]


TASKS = {
    "train_command": Task(
        {
            "train_images": "folder of the training images",
            "train_annotations": "their COCO file",
            "validation_images": "folder of the images that are held back",
            "validation_annotations": "their COCO file; who asks for it trains on nine tenths of the images",
            "seed": "a whole number, another for every training",
            "model": "empty folder for the trained detector",
        },
        (("train_annotations",), ("model",)),
    ),
    "predict_command": Task(
        {
            "model": "the folder that the training filled",
            "images": "folder of the images",
            "image_list": "COCO file of these images with ids and sizes, and of the categories; no annotations",
            "output": "COCO results to write",
        },
        (("model",), ("images", "image_list"), ("output",)),
    ),
}
PLACEHOLDER = re.compile(r"\{(\w+)\}")


def command_problems(kind: str | None, templates: Mapping[str, str | None]) -> list[str]:
    """A line for everything that is wrong with the commands, by name; None: wrong already, and said elsewhere."""
    problems = []
    for name, template in templates.items():
        if template:
            problems += template_problems(template, TASKS[name], f"detector.{name}")
        elif template == "" and kind == "command":
            problems.append(f"detector.{name}: detector.kind is command, expected a command line, found none")
    return problems


def template_problems(template: str, task: Task, key: str) -> list[str]:
    """A line for everything that is wrong with a template; `key` is its name in params.yaml."""
    try:
        words = shlex.split(template)
    except ValueError as error:
        return [f"{key}: expected a command line, found {template!r} ({error}); correct its quotes"]
    asked = [name for word in words for name in PLACEHOLDER.findall(word)]
    known = ", ".join(f"{{{name}}}" for name in task.placeholders)
    problems = [
        f"{key}: unknown placeholder {{{name}}}; known are {known}"
        for name in dict.fromkeys(asked)
        if name not in task.placeholders
    ]
    for group in task.needed:
        if not set(group) & set(asked):
            wanted = " or ".join(f"{{{name}}}" for name in group)
            problems.append(f"{key}: expected {wanted} in the command, found {template!r}; add it")
    return problems


def asks_for(template: str, placeholder: str) -> bool:
    return f"{{{placeholder}}}" in template


def fill(template: str, values: Mapping[str, object]) -> list[str]:
    """The words of the command, placeholders replaced."""
    return [PLACEHOLDER.sub(lambda match: str(values[match[1]]), word) for word in shlex.split(template)]
