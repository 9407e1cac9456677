"""A small experiment without networks: matches, metrics and a transfer table for the default ladder."""

import dataclasses
from pathlib import Path

import numpy as np

from pipeline.compare.gap import build_gap
from pipeline.config import load_params
from pipeline.measure.summary import flatten
from tests.measure.random_sets import correlated_matches

PARAMS_FILE = Path(__file__).parents[2] / "params.yaml"


def small_params(**evaluate):
    params = load_params(PARAMS_FILE)
    settings = dataclasses.replace(params.evaluate, bootstrap_samples=300, **evaluate)
    return dataclasses.replace(params, evaluate=settings)


def small_matches(params, frames=30, levels=None):
    """{detector: {"real", "synth": [{"person": Matches} a seed]}}; `levels`: how good each rung is on real frames."""
    rng = np.random.default_rng(0)
    levels = levels or np.linspace(-1, 3, len(params.ladder))
    seeds = range(params.train.seeds)
    matches = {
        rung: {
            "real": [with_heights(correlated_matches(rng, frames, 0.5, level=level), rng) for _ in seeds],
            "synth": [{"person": correlated_matches(rng, 40, 0.0, level=3.0)} for _ in seeds],
        }
        for rung, level in zip(params.ladder, levels, strict=True)
    }
    matches["real_only"] = {
        "real": [with_heights(correlated_matches(rng, frames, 0.5, level=1), rng) for _ in seeds]
    }
    return matches


def with_heights(matches, rng):
    """By category; the same people in every detector's matches, 40 to 120 px tall."""
    heights = np.random.default_rng(9).uniform(40, 120, len(matches.person_box))
    zeros = np.zeros(len(heights))
    boxes = np.stack([zeros, zeros, zeros + 30, heights], axis=1)
    return {"person": dataclasses.replace(matches, person_box=boxes)}


def small_gap(params, matches=None):
    matches = matches or small_matches(params)
    low = f"recall_fppi_{params.evaluate.low_fppi:g}"
    numbers = {"recall": 0.5, low: 0.25, "ap50": 0.5, "ap": 0.25, "lamr": 0.5, "iou": 0.75}
    metrics = {name: {} for name in matches}
    for name, kinds in matches.items():
        for kind in kinds:
            metrics[name] |= flatten([numbers] * params.train.seeds, kind)
    columns = [*params.ladder, "real"]
    recall = [[0.5] * len(columns) for _ in matches]
    transfer = {"rows": list(matches), "columns": columns, "recall": recall}
    return build_gap(matches, metrics, transfer, 24, "0" * 64, params)
