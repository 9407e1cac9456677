import csv
import dataclasses
import io
import json

import numpy as np
import pytest

from pipeline.compare.table import gap_csv, gap_text
from pipeline.compare.verdict import effect_of, signed
from pipeline.measure.recall import recall_at_fppi
from tests.measure.experiment import small_gap, small_matches, small_params

RUNG_KEYS = {
    "recall_synth",
    "recall_real",
    "recall_real_ci95",
    "gap",
    "gap_ci95",
    "recall_real_fppi_0.1",
    "ap50_synth",
    "ap50_real",
    "lamr_real",
    "seeds",
    "gain_over_previous",
    "gain_ci95",
}


@pytest.fixture(scope="module")
def params():
    return small_params()


@pytest.fixture(scope="module")
def matches(params):
    return small_matches(params)


@pytest.fixture(scope="module")
def gap(params, matches):
    return small_gap(params, matches)


def numbers(value):
    if isinstance(value, dict):
        return [n for inner in value.values() for n in numbers(inner)]
    if isinstance(value, list):
        return [n for inner in value for n in numbers(inner)]
    return [value] if isinstance(value, float) else []


def test_schema(gap, params):
    assert gap["schema"] == 1
    assert gap["operating_point"] == {"iou": params.evaluate.iou, "fppi": params.evaluate.fppi}
    assert set(gap["real"]) == {"name", "test_images", "test_boxes"}
    assert list(gap["rungs"]) == list(params.ladder)
    assert all(RUNG_KEYS <= set(rung) for rung in gap["rungs"].values())
    assert {"recall_real", "recall_real_ci95", "train_images"} <= set(gap["real_only"])
    assert set(gap["transfer"]) == {"rows", "columns", "recall"}
    json.dumps(gap, allow_nan=False)


def test_floats_have_four_decimals(gap):
    assert all(round(value, 4) == value for value in numbers(gap))


def test_values_are_means_over_seeds(gap, params, matches):
    for name, rung in gap["rungs"].items():
        real, synth = (
            np.mean([recall_at_fppi(one["person"], params.evaluate.fppi) for one in matches[name][kind]])
            for kind in ("real", "synth")
        )
        assert rung["recall_real"] == pytest.approx(real, abs=1e-4)
        assert rung["gap"] == pytest.approx(synth - real, abs=1e-4)
        assert rung["seeds"] == params.train.seeds


def test_intervals_hold_the_value_and_the_effect_follows_them(gap):
    before = None
    for rung in gap["rungs"].values():
        for key in ("recall_real", "recall_synth", "gap", "difference_to_real_only"):
            low, high = rung[f"{key}_ci95"]
            assert low <= rung[key] <= high
        if before is None:
            assert rung["gain_over_previous"] is rung["gain_ci95"] is rung["helped"] is None
        else:
            gain, (low, high) = rung["gain_over_previous"], rung["gain_ci95"]
            assert gain == pytest.approx(rung["recall_real"] - before, abs=2e-4)
            assert rung["helped"] == (low > 0)
        before = rung["recall_real"]


def test_a_rung_that_changes_nothing_is_not_said_to_help(params):
    matches = small_matches(params, levels=[1.0] * len(params.ladder))
    effects = [rung["effect"] for rung in small_gap(params, matches)["rungs"].values()]
    assert effects.count("none") >= len(params.ladder) - 2


def test_the_same_detector_twice_gains_exactly_nothing(params):
    params = dataclasses.replace(params, train=dataclasses.replace(params.train, seeds=1))
    matches = small_matches(params)
    first, second = params.ladder[:2]
    matches[second] = matches[first]
    rung = small_gap(params, matches)["rungs"][second]
    assert rung["gain_ci95"] == [0.0, 0.0]  # paired: the same frames in every resample
    assert rung["effect"] == "none"


def test_gap_is_deterministic(params, matches, gap):
    assert json.dumps(small_gap(params, matches)) == json.dumps(gap)


def test_csv_has_one_row_a_rung(gap):
    rows = list(csv.DictReader(io.StringIO(gap_csv(gap))))
    assert [row["rung"] for row in rows] == list(gap["rungs"])
    assert rows[0]["gain_over_previous"] == ""
    assert float(rows[-1]["recall_real"]) == list(gap["rungs"].values())[-1]["recall_real"]


def test_table_names_every_rung_and_real_only(gap):
    lines = gap_text(gap).splitlines()
    assert [line.split()[0] for line in lines[1:-1]] == [*gap["rungs"], "real_only"]


def test_effects():
    assert effect_of(None) == "start"
    assert effect_of([0.001, 0.2]) == "helped"
    assert effect_of([-0.2, -0.001]) == "hurt"
    assert effect_of([0.0, 0.2]) == effect_of([-0.1, 0.1]) == effect_of([-0.1, 0.0]) == "none"


def test_signed_numbers():
    assert [signed(v) for v in (0.1234, -0.02, 0.0, -0.0001)] == ["+0.123", "-0.020", "+0.000", "+0.000"]
