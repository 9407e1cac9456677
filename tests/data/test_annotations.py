"""Our own annotations of the default real frames."""

import importlib.util
import json
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "data" / "real"


@pytest.fixture(scope="module")
def annotate():
    """The script annotate.py, which is no part of a package; it imports tracks.py beside it."""
    sys.path.insert(0, str(FOLDER))
    try:
        spec = importlib.util.spec_from_file_location("annotate", FOLDER / "annotate.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(FOLDER))
    return module


def test_every_rated_person_has_the_flag_that_the_ratings_give():
    coco = json.loads((FOLDER / "pedestrians.json").read_text(encoding="utf-8"))
    flags = {(a["image_id"], *a["bbox"]): a["iscrowd"] for a in coco["annotations"]}
    ratings = json.loads((FOLDER / "visibility.json").read_text(encoding="utf-8"))
    rated = [(int(frame), r) for frame, entries in ratings.items() for r in entries]
    assert len(rated) == 107
    for frame, rating in rated:
        first, second = rating["hidden_percent"]
        assert flags[(frame, *rating["box"])] == ((first + second) / 2 > 50)


def test_a_rating_replaces_the_flag_and_half_hidden_is_not_more_than_half(annotate):
    items = [([0, 0, 10, 30], 1), ([20, 0, 10, 30], 0), ([40, 0, 10, 30], 1)]
    ratings = [
        {"box": [0, 0, 10, 30], "hidden_percent": [40, 60]},
        {"box": [20, 0, 10, 30], "hidden_percent": [51, 50]},
    ]
    assert [flag for _, flag in annotate.rate(items, ratings)] == [0, 1, 1]


def test_a_rating_of_a_box_that_is_not_there_is_refused(annotate):
    with pytest.raises(ValueError, match=r"visibility.json: .* found none at \[\(5, 5, 9, 9\)\]"):
        annotate.rate([([0, 0, 10, 30], 0)], [{"box": [5, 5, 9, 9], "hidden_percent": [10, 10]}])
