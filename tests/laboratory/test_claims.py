"""The rules by which claims are judged, each on results that it must confirm, refute or leave open."""

import copy

import pytest

from pipeline.laboratory.claims import CONFIRMED, REFUTED, RULES, UNSEEN, UNTOLD, as_markdown, claims_of
from tests.laboratory.made_up import made_up, made_up_audit


def verdict(said, **parts):
    """Of the one claim that begins with these words."""
    (claim,) = [claim for claim in claims_of(made_up() | parts) if claim.said.startswith(said)]
    return claim.verdict


def audit_with(name, **values):
    """The made-up audit, where every strength of a transform has these values."""
    audit = made_up_audit()
    for row in audit["transforms"][name]["at"]:
        row.update(values)
    return audit


def test_every_claim_is_in_the_table_with_its_command():
    text = as_markdown(claims_of(made_up()))
    assert all(f"| {said} |" in text for said, _, _ in RULES)
    assert "`dvc repro lab/dvc.yaml:audit`" in text and "`make repro`" in text
    assert all(line.count("|") == 5 for line in text.splitlines() if line.startswith("|"))


def test_what_has_not_run_is_left_out():
    found = made_up()
    del found["search"], found["audit"]
    assert {claim.command for claim in claims_of(found)} == {
        f"dvc repro lab/dvc.yaml:{part}" for part in ("alarms", "curves", "loader")} | {"make repro"}  # fmt: skip


def test_what_was_refused_is_not_judged():
    said = [claim.said for claim in claims_of({"audit": made_up_audit(refused=("flip", "vertical_flip"))})]
    assert len(said) == 3 and not any("mirror" in words or "cliff" in words for words in said)


@pytest.mark.parametrize(("flip", "expected"), [("safe", CONFIRMED), ("shifts", REFUTED), ("corrupts", REFUTED)])
def test_mild_transforms(flip, expected):
    assert verdict("Transforms within", audit=audit_with("flip", verdict=flip)) == expected


@pytest.mark.parametrize(
    ("shape", "worst", "expected"),
    [("cliff", "corrupts", CONFIRMED), ("smooth", "corrupts", REFUTED), ("cliff", "safe", REFUTED)],
)
def test_a_cliff(shape, worst, expected):
    audit = made_up_audit(worst)
    audit["transforms"]["vertical_flip"]["shape"] = shape
    assert verdict("A symmetry", audit=audit) == expected


@pytest.mark.parametrize(
    ("change", "ends", "expected"),
    [(-0.07, [-0.1, -0.04], CONFIRMED), (-0.07, [-0.2, 0.01], REFUTED), (-0.03, [-0.04, -0.02], REFUTED)],
)
def test_naive_mixup(change, ends, expected):
    assert verdict("Mixup", audit=audit_with("mixup_naive", iou_change=change, iou_change_ci95=ends)) == expected


@pytest.mark.parametrize(("change", "expected"), [(-0.01, CONFIRMED), (-0.06, REFUTED)])
def test_cutmix_and_mosaic(change, expected):
    audit = audit_with("cutmix", iou_change=0.0)
    audit["transforms"]["mosaic"] = copy.deepcopy(audit["transforms"]["cutmix"])
    audit["transforms"]["mosaic"]["at"][1]["iou_change"] = change
    assert verdict("CutMix", audit=audit) == expected


@pytest.mark.parametrize(("worst", "expected"), [("safe", REFUTED), ("shifts", CONFIRMED), ("corrupts", CONFIRMED)])
def test_colour_jitter(worst, expected):
    assert verdict("Strong colour", audit=made_up_audit(worst)) == expected


@pytest.mark.parametrize(("fired", "expected"), [(True, CONFIRMED), (False, UNSEEN)])
def test_underfitting(fired, expected):
    alarms = made_up()["alarms"]
    alarms["findings"][-1]["fired"] = fired
    assert verdict("Stacked", alarms=alarms) == expected


@pytest.mark.parametrize(
    ("judged", "expected"),
    [("transferred", REFUTED), ("did not transfer", CONFIRMED), ("nothing to transfer", UNTOLD)],
)
def test_transfer(judged, expected):
    search = made_up()["search"]
    search["policies"]["trial_7"]["verdict"] = judged
    assert verdict("A policy", search=search) == expected


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [("helped", "hurt", CONFIRMED), ("hurt", "none", REFUTED), ("helped", "helped", REFUTED), ("none", "none", UNTOLD)],
)
def test_small_and_large_sets(first, last, expected):
    curves = made_up()["curves"]
    curves["synthetic"] = [row | {"effect": effect} for row, effect in
                           zip(curves["synthetic"], (first, last), strict=True)]  # fmt: skip
    assert verdict("Augmentation helps", curves=curves) == expected


@pytest.mark.parametrize(("effect", "expected"), [("helped", CONFIRMED), ("hurt", REFUTED), ("none", UNTOLD)])
def test_pretraining_and_shutter(effect, expected):
    found = made_up()
    found["curves"]["real"] = [row | {"effect": effect} for row in found["curves"]["real"]]
    found["gap"]["rungs"]["motion_blur"] = found["gap"]["rungs"]["motion_blur"] | {"effect": effect}
    assert verdict("Synthetic pre-training", **found) == verdict("Without motion blur", **found) == expected


@pytest.mark.parametrize(("warns", "expected"), [(True, CONFIRMED), (False, REFUTED)])
def test_a_waiting_trainer(warns, expected):
    assert verdict("Augmentation starves", loader=made_up()["loader"] | {"warns": warns}) == expected
