"""The audit finds what was planted in a small world: see planted.py."""

from dataclasses import replace

import numpy as np
import pytest

from pipeline.audit.measure import draws, measure
from pipeline.augment.transforms import TRANSFORMS
from tests.audit.planted import Expert, audited, small_params, witnesses, world


def forgets(sample, strength, rng, mates):
    """Labels stay where things are gone: each thing is painted over with probability `strength`; noise of labels."""
    image = sample.image.copy()
    image[0, 0] += 1  # something changes always: it is not drawn again until a thing is lost
    for (x0, y0, x1, y1), chance in zip(sample.boxes.astype(int), rng.random(len(sample.boxes)), strict=True):
        if chance < strength:
            image[y0:y1, x0:x1] = 30
    return replace(sample, image=image)


def tints(sample, strength, rng, mates):
    """All of the picture becomes greener: nothing that the expert looks at changes."""
    image = sample.image.astype(np.int16)
    image[..., 1] += round(40 * strength)
    image[..., 0] -= round(40 * strength) // 2
    image[..., 2] -= round(40 * strength) - round(40 * strength) // 2
    return replace(sample, image=np.clip(image, 0, 255).astype(np.uint8))


@pytest.fixture(scope="module")
def found():
    curves, strongest = small_params(), small_params(strengths=(1.0,))
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(TRANSFORMS, "forgets", forgets)
        patch.setitem(TRANSFORMS, "tints", tints)
        found = audited(measure, ["vertical_flip", "forgets"], curves, witnesses(curves, Expert()))
        others = ["flip", "rotate", "mixup_naive", "tints"]
        return found | audited(measure, others, strongest, witnesses(strongest, Expert()))


def test_a_mirror_that_the_expert_does_not_mind_keeps_every_label(found):
    row = found["flip"]["at"][-1]
    assert row["recall_change"] == 0 and row["verdict"] != "corrupts"
    assert found["flip"]["shape"] == "flat"


def test_upside_down_is_a_cliff_at_the_mildest_strength(found):
    assert found["vertical_flip"]["turns"]["corrupts"] == 0.1
    assert found["vertical_flip"]["at"][0]["recall_change"] == -1
    assert found["vertical_flip"]["shape"] == "cliff"


def test_a_quarter_turn_corrupts(found):
    assert found["rotate"]["at"][-1]["verdict"] == "corrupts"


def test_labels_that_go_wrong_one_by_one_are_a_smooth_decay(found):
    assert found["forgets"]["shape"] == "smooth"
    losses = [row["recall_change"] for row in found["forgets"]["at"]]
    assert losses == sorted(losses, reverse=True)
    assert losses[2] == pytest.approx(-0.5, abs=0.12) and losses[-1] == -1  # at strength 0.5 and 1


def test_blended_boxes_lose_overlap_and_corrupt(found):
    last = found["mixup_naive"]["at"][-1]
    assert last["verdict"] == "corrupts" and last["iou_change_ci95"][1] < -0.05


def test_a_tint_shifts_and_keeps_the_label(found):
    last = found["tints"]["at"][-1]
    assert last["verdict"] == "shifts" and last["recall_change"] == 0 and last["objects"]["auc"] > 0.9


def test_who_does_not_mind_which_way_is_up_finds_a_vertical_flip_harmless():
    params = small_params(strengths=(1.0,))
    found = audited(measure, ["vertical_flip"], params, witnesses(params, Expert(upright=False)))
    row = found["vertical_flip"]["at"][0]
    assert row["recall_change"] == 0 and row["verdict"] != "corrupts"


def test_mates_are_of_the_same_fold_and_never_the_frame_itself():
    frames = world()
    for i, sample in enumerate(frames.samples):
        mates = frames.mates(i)
        assert len(mates) == 2 and all(mate is not sample for mate in mates)
        assert all(any(mate is frames.samples[k] for k in np.flatnonzero(frames.fold == frames.fold[i]))
                   for mate in mates)


def test_what_acts_now_and_then_is_judged_where_it_acts():
    frames, params = world(), small_params(draws=3)
    for index in range(6):
        for made in draws(frames, index, "flip", 0.1, params):
            np.testing.assert_array_equal(made.image, frames.samples[index].image[:, ::-1])


def test_every_strength_draws_the_same_places():
    frames, params = world(), small_params()
    mild, strong = (next(draws(frames, 0, "erasing", s, params)) for s in (0.1, 0.2))
    again = next(draws(frames, 0, "erasing", 0.1, params))
    np.testing.assert_array_equal(mild.image, again.image)
    assert not np.array_equal(mild.image, strong.image)
