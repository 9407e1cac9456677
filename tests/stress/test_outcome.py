"""Detections made by hand: who was found is known, so recall, kept shares and verdicts are too."""

import csv
import dataclasses
import io

import numpy as np
import pytest

from pipeline.measure.matching import Detections, Truth, match_set
from pipeline.report.stress import LABEL_PX, sentence, spread_labels
from pipeline.stress.levels import STILL, all_levels
from pipeline.stress.outcome import build_outcome, groups
from pipeline.stress.table import outcome_csv, outcome_text
from tests.stress.made_up import PARAMS, STRESS

LADDER = ("plain", "blurred", "noisy")
RUNGS = {"plain": ("places",), "blurred": ("motion_blur",), "noisy": ("noise", "codec")}
SMALL = dataclasses.replace(
    PARAMS, ladder=LADDER, rungs=RUNGS, stress=STRESS,
    evaluate=dataclasses.replace(PARAMS.evaluate, bootstrap_samples=300),
)  # fmt: skip
IMAGES, PEOPLE = 12, 4
BOXES = np.array([[20.0 * i, 0, 20 * i + 10, 30] for i in range(PEOPLE)])


def found(counts):
    """Matches of a detector that finds the first counts[i] people of frame i, and nothing else."""
    truths = [Truth(BOXES, np.zeros(PEOPLE, bool))] * IMAGES
    return {"person": match_set(truths, [Detections(BOXES[:count], np.full(count, 0.9)) for count in counts], 0.5)}


def outcome(loses, kind="motion_blur", test_images=48):
    """loses: {detector: people that it misses on each frame at the levels of `kind`}; elsewhere it finds all."""
    matches = {
        level: {
            name: [found([PEOPLE - (loses.get(name, 0) if level.kind == kind else 0)] * IMAGES)]
            for name in (*LADDER, "real_only")
        }
        for level in all_levels(STRESS)
    }
    return build_outcome(matches, test_images, SMALL)


def test_recall_is_the_share_that_was_found():
    content = outcome({"plain": 1, "real_only": 3})
    assert content["still"]["plain"]["recall"] == content["as_it_is"]["real_only"]["recall"] == 1.0
    detectors = content["kinds"]["motion_blur"]["detectors"]
    assert detectors["plain"]["recall"] == [0.75] * 3 and detectors["real_only"]["recall"] == [0.25] * 3
    assert detectors["plain"]["recall_ci95"] == [[0.75, 0.75]] * 3  # every frame is alike
    assert content["kinds"]["low_light"]["detectors"]["plain"]["recall"] == [1.0] * 3
    assert content["images"] == IMAGES and content["kinds"]["motion_blur"]["people"] == [IMAGES * PEOPLE] * 3


@pytest.mark.parametrize(
    ("loses", "kept", "verdict"),
    [
        ({"plain": 2}, (1.0, 0.5), "holds"),
        ({"blurred": 2}, (0.75, 1.0), "falls"),
        ({"plain": 1, "blurred": 1, "noisy": 1}, (0.75, 0.75), "not told apart"),
        ({}, (1.0, 1.0), "not told apart"),
    ],
)
def test_rungs_with_the_effect_against_rungs_without(loses, kept, verdict):
    said = outcome(loses)["kinds"]["motion_blur"]
    assert said["with_effect"] == ["blurred", "noisy"] and said["without_effect"] == ["plain"]
    result = said["comparison"]
    assert (result["kept_with"], result["kept_without"]) == kept and result["verdict"] == verdict
    assert result["difference"] == pytest.approx(kept[0] - kept[1])
    words = {"holds": "they hold their recall better", "falls": "they lose more", "not told apart": "not told apart"}
    assert words[verdict] in sentence(said) and f"{100 * kept[0]:.1f} %" in sentence(said)


def test_a_difference_on_some_frames_only_is_not_told_apart():
    rng = np.random.default_rng([4])
    matches = {
        level: {
            name: [found(rng.integers(1, PEOPLE + 1, IMAGES) if level != STILL else [PEOPLE] * IMAGES)]
            for name in (*LADDER, "real_only")
        }
        for level in all_levels(STRESS)
    }
    for said in build_outcome(matches, IMAGES, SMALL)["kinds"].values():
        if said["comparison"]:
            low, high = said["comparison"]["difference_ci95"]
            assert low < said["comparison"]["difference"] < high and high - low > 0.02


def test_a_ladder_without_the_effect_has_nothing_to_compare():
    assert groups("rolling_shutter", SMALL) == ([], list(LADDER))
    said = outcome({})["kinds"]["rolling_shutter"]
    assert said["comparison"] is None
    assert sentence(said) == "No rung of this ladder learned with rolling_shutter: there is nothing to compare."
    everywhere = dataclasses.replace(SMALL, rungs={**RUNGS, "plain": ("places", "motion_blur")})
    assert groups("motion_blur", everywhere) == (list(LADDER), [])


def test_the_table_holds_every_number():
    content = outcome({"plain": 1})
    rows = list(csv.DictReader(io.StringIO(outcome_csv(content))))
    assert len(rows) == 4 * len(all_levels(STRESS))
    (row,) = (r for r in rows if (r["kind"], r["severity"], r["detector"]) == ("motion_blur", "2", "plain"))
    assert (row["value"], row["recall"]) == ("6.0", "0.75")
    assert outcome_text(content).count("plain") == 4


def test_names_beside_a_chart_keep_their_order_and_distance():
    ends = {"a": 50.0, "b": 51.0, "c": 200.0, "d": 199.0, "e": 200.0}
    places = spread_labels(ends, 10, 200)
    heights = [places[name] for name in "abdce"]
    assert all(after - before >= LABEL_PX for before, after in zip(heights, heights[1:], strict=False))
    assert min(heights) >= 10 and max(heights) <= 200
