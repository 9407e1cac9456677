import numpy as np

from pipeline.compare.transfer import recall_table
from pipeline.measure.matching import match_set
from pipeline.measure.recall import recall_at_fppi
from pipeline.measure.results import TestSet
from tests.measure.experiment import small_params
from tests.measure.random_sets import random_set


def test_a_detector_may_have_seen_only_the_first_images_of_a_set():
    params = small_params()
    truths, found = random_set(np.random.default_rng(0), images=20)
    sets = {"a": TestSet(list(range(20)), [], truths)}
    detections = {("x", "a", seed): found[:9] for seed in range(params.train.seeds)}
    table = recall_table(["x"], sets, detections, ["person"], params)
    expected = recall_at_fppi(match_set(truths[:9], found[:9], params.evaluate.iou), params.evaluate.fppi)
    assert table == {"rows": ["x"], "columns": ["a"], "recall": [[round(expected, 4)]]}
