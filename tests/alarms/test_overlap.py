import cv2
import numpy as np
import pytest

from pipeline.alarms.overlap import overlap
from pipeline.data.files import read_image, write_image
from pipeline.measure.matching import Truth
from pipeline.measure.results import TestSet
from tests.fabricated import picture

SOMEBODY = Truth(np.array([[10.0, 10, 30, 60]]), np.array([False]))


@pytest.fixture
def splits(tmp_path):
    """Three splits of four pictures, all different."""
    rng = np.random.default_rng([4])
    made = {}
    for name in ("training", "validation", "test"):
        paths = [tmp_path / name / f"{i}.png" for i in range(4)]
        for path in paths:
            write_image(path, picture(rng, 160, 120))
        made[name] = TestSet(list(range(4)), paths, [SOMEBODY] * 4)
    return made


def test_different_pictures_are_quiet(splits):
    finding = overlap(splits)
    assert not finding.fired and finding.sentence == (
        "The splits do not overlap: none of 12 pictures is a copy of one of another split.")


@pytest.mark.parametrize("change", [
    lambda image: image,
    lambda image: np.ascontiguousarray(image[:, ::-1]),
    lambda image: cv2.convertScaleAbs(image, alpha=0.8, beta=12),
])  # fmt: skip
def test_a_training_picture_that_validates_goes_off(splits, change):
    """Also where it was augmented on the way: mirrored, or in other light."""
    write_image(splits["validation"].paths[2], change(read_image(splits["training"].paths[1])))
    finding = overlap(splits)
    assert finding.fired and "12 pictures 1 pairs are copies" in finding.sentence
    assert finding.numbers["pairs"] == [["training: 1.png", "validation: 2.png"]]


def test_a_copy_within_a_split_is_no_overlap(splits):
    write_image(splits["training"].paths[2], read_image(splits["training"].paths[1]))
    assert not overlap(splits).fired
