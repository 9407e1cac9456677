"""The judge of transfer against gains that were planted."""

import numpy as np
import pytest

from pipeline.measure.categories import match_categories
from pipeline.measure.matching import Detections, Truth
from pipeline.params import EvaluateParams
from pipeline.search.training import FULL, PROXY
from pipeline.search.transfer import NONE, estimate_all, judge, over

FRAMES, PEOPLE, SEEDS = 48, 6, 3
SETTINGS = EvaluateParams(iou=0.5, fppi=1.0, low_fppi=0.1, bootstrap_samples=400, block_frames=4, transfer_images=1)
BOXES = np.array([[30.0 * i, 0, 30.0 * i + 20, 40] for i in range(PEOPLE)])
NAMES = np.full(PEOPLE, "person")


def planted(recall, key):
    """Matches of a detector for each seed that finds this share of the people, by chance, and nothing else."""
    per_seed = []
    for seed in range(SEEDS):
        found = np.random.default_rng([key, seed]).random((FRAMES, PEOPLE)) < recall
        truths = [Truth(BOXES, np.zeros(PEOPLE, bool), NAMES)] * FRAMES
        detections = [Detections(BOXES[row], np.full(row.sum(), 0.9), NAMES[row]) for row in found]
        per_seed.append(match_categories(truths, detections, ["person"], SETTINGS.iou))
    return per_seed


def judged(proxy, full):
    """What is said of a policy with these recalls, where no policy has 0.6 on the proxy and 0.8 at full size."""
    matches = {
        NONE: {PROXY: planted(0.6, 1), FULL: planted(0.8, 2)},
        "ours": {PROXY: planted(proxy, 3), FULL: planted(full, 4)},
    }
    return judge("ours", estimate_all(matches, SETTINGS, 7))


@pytest.mark.parametrize(
    "proxy, full, verdict, words",
    [
        (0.8, 0.95, "transferred", "transferred: it helps"),
        (0.8, 0.8, "did not transfer", "at full size no gain can be told from chance"),
        (0.8, 0.6, "did not transfer", "helps on the proxy, and hurts at full size"),
        (0.6, 0.95, "helped at full size only", "helps at full size, though"),
        (0.6, 0.8, "nothing to transfer", "had nothing to transfer"),
        (0.4, 0.6, "hurt", "hurts at full size, and did not help"),
    ],
)
def test_planted_gains_are_recognized(proxy, full, verdict, words):
    told = judged(proxy, full)
    assert told["verdict"] == verdict and words in told["sentence"]
    for gain, truth in ((told["proxy_gain"], proxy - 0.6), (told["full_gain"], full - 0.8)):
        assert gain == pytest.approx(truth, abs=0.06)
    assert told["lost"] == pytest.approx(told["proxy_gain"] - told["full_gain"], abs=1e-3)
    low, high = told["lost_ci95"]
    assert low < told["lost"] < high


def test_the_same_detections_have_exactly_no_gain():
    matches = {name: {PROXY: planted(0.6, 1), FULL: planted(0.8, 2)} for name in (NONE, "ours")}
    told = judge("ours", estimate_all(matches, SETTINGS, 7))
    assert told["full_gain"] == told["proxy_gain"] == 0 and told["full_gain_ci95"] == [0, 0]
    assert told["verdict"] == "nothing to transfer"


def test_a_gain_of_one_seed_alone_is_not_told_from_chance():
    """Each frame is sure, but of three seeds only one gains: pairing by seed must not hide that."""
    better = planted(1.0, 2)
    matches = {
        NONE: {PROXY: planted(0.6, 1), FULL: planted(0.8, 2)},
        "ours": {PROXY: planted(0.8, 3), FULL: [better[0], *planted(0.8, 2)[1:]]},
    }
    told = judge("ours", estimate_all(matches, SETTINGS, 7))
    assert told["full_gain"] > 0.05 and told["verdict"] == "did not transfer"


def test_over_another_policy_is_the_difference_of_their_gains():
    matches = {name: {PROXY: planted(0.6, 1), FULL: planted(recall, key)}
               for name, recall, key in ((NONE, 0.8, 2), ("hand", 0.7, 3), ("ours", 0.9, 4))}  # fmt: skip
    recalls = estimate_all(matches, SETTINGS, 7)
    difference = judge("ours", recalls)["full_gain"] - judge("hand", recalls)["full_gain"]
    assert over("ours", "hand", recalls)["gain"] == pytest.approx(difference, abs=2e-4)
    assert over("ours", "hand", recalls)["effect"] == "helped"
