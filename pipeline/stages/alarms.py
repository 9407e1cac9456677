"""alarms: does training go wrong in a known way? -> data/out/alarms/alarms.json, and the log. Opt-in.

Their numbers are metrics of DVC's, in data/report/alarms.json.

Trains the gate's rung, real_only and their twins without augmentation; see pipeline/alarms/experiment.py.
"""

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from pipeline.alarms.curves import FEWEST_STEPS, Curve
from pipeline.alarms.experiment import VALIDATION, Arm, arms_of, judge, subset, train_all
from pipeline.alarms.finding import Finding, rounded
from pipeline.alarms.overlap import overlap
from pipeline.compare.fingerprint import fingerprint
from pipeline.config import load_params
from pipeline.data.files import sha256_of, write_json
from pipeline.errors import UserError, main
from pipeline.measure import folders
from pipeline.measure.results import TestSet, load_test_set
from pipeline.params import Params

OUT = folders.OUT / "alarms"
METRICS = folders.REPORT / "alarms.json"


def run() -> None:
    """Train, judge, and say everything. Raises UserError where data are missing or too few."""
    params = load_params()
    check(params)
    arms = arms_of(params)
    with tempfile.TemporaryDirectory(prefix="alarms-") as scratch:
        seen, truths = train_all(arms, params, Path(scratch))
    findings, curves = judge(arms, seen, truths, params)
    findings.append(overlap(splits_of(arms)))
    write_json(OUT / "alarms.json", content_of(findings, curves, arms, params))
    write_json(METRICS, metrics_of(findings))
    for finding in findings:
        print(finding.line())
    print(f"{OUT / 'alarms.json'}: {sum(finding.fired for finding in findings)} of {len(findings)} alarms went off")


def check(params: Params) -> None:
    if params.detector.kind != "builtin":
        raise UserError(f"params.yaml: detector.kind: expected builtin, whose training can be watched, found "
                        f"{params.detector.kind}; set it for this")  # fmt: skip
    if params.train.steps < FEWEST_STEPS:
        raise UserError(f"params.yaml: train.steps: expected at least {FEWEST_STEPS} for curves over training, found "
                        f"{params.train.steps}; raise it")  # fmt: skip


def splits_of(arms: Sequence[Arm]) -> dict[str, TestSet]:
    """All that is learned from, validates or is tested on, by name."""
    rung, real_only = arms
    frames, validation = load_test_set(folders.real_set("train")), real_only.sets[VALIDATION]
    rest = [i for i, image_id in enumerate(frames.image_ids) if image_id not in validation.image_ids]
    return {
        f"{rung.name} training": load_test_set(rung.folder.parent),
        f"{rung.name} held out": load_test_set(folders.synth_set(rung.name)),
        "real training": subset(frames, rest),
        "real validation": validation,
        "test": load_test_set(folders.real_set("test")),
    }


def metrics_of(findings: Sequence[Finding]) -> dict:
    """For `dvc metrics`: {alarm: {detector: fired and its single numbers}}."""
    metrics: dict[str, dict] = {}
    for finding in findings:
        single = {name: value for name, value in finding.numbers.items() if isinstance(value, (int, float))}
        metrics.setdefault(finding.alarm, {})[finding.detector] = {"fired": int(finding.fired)} | single
    return metrics


def content_of(findings: Sequence[Finding], curves: Mapping[str, Mapping[str, Curve]], arms: Sequence[Arm],
               params: Params) -> dict:
    """alarms.json."""
    labels = {folder / "annotations.json" for folder in
              (*(arm.folder.parent for arm in arms), folders.synth_set(params.gate.rung))}
    return {
        "schema": 1,
        "params_sha256": fingerprint(params),
        "made_from": {path.as_posix(): sha256_of(path) for path in sorted(labels)},
        "seeds": params.train.seeds,
        "validation": {arm.name: [path.name for path in arm.sets[VALIDATION].paths] for arm in arms},
        "findings": [vars(finding) for finding in findings],
        "recall": {name: {at: {"steps": curve.steps.tolist(), "values": rounded(*curve.values)}
                          for at, curve in sets.items()} for name, sets in curves.items()},
    }


if __name__ == "__main__":
    main(run)
