"""Many simulated experiments through the real code: what the intervals cover, what is said, what the gate does."""

import dataclasses
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipeline.compare.fingerprint import fingerprint
from pipeline.compare.interval import gain_interval, gap_interval, recall_interval
from pipeline.compare.recalls import measure_recalls
from pipeline.compare.verdict import effect_of
from pipeline.config import load_params
from pipeline.gate import FAILED, judge
from tests.statistics.simulate import experiment

PARAMS = load_params(Path(__file__).parents[2] / "params.yaml")


@dataclass(frozen=True)
class Ends:
    """Intervals of one number in many experiments: low, high (experiments,), and the truth."""

    low: np.ndarray
    high: np.ndarray
    truth: float

    def covered(self):
        return float(np.mean((self.low <= self.truth) & (self.truth <= self.high)))


def repeat(world, real, synth=(), experiments=2000, samples=150, seed=0, block=PARAMS.evaluate.block_frames):
    """{"recall" (of the first detector), "gap" (its), "gain" (of the second over the first): Ends}."""
    ends = {}
    for k in range(experiments):
        found = experiment(np.random.default_rng([seed, k]), world, real, synth)
        recalls = measure_recalls(found, settings(seed + k, samples, block))
        ends.setdefault("recall", []).append(recall_interval(recalls[0]["real"]))
        if synth:
            ends.setdefault("gap", []).append(gap_interval(recalls[0]["synth"], recalls[0]["real"]))
        if len(real) > 1:
            ends.setdefault("gain", []).append(gain_interval(recalls[1]["real"], recalls[0]["real"]))
    truth = {
        "recall": real[0],
        "gap": synth[0] - real[0] if synth else None,
        "gain": real[1] - real[0] if len(real) > 1 else None,
    }
    return {name: Ends(*np.transpose(pairs), truth[name]) for name, pairs in ends.items()}


def called(gain, effect):
    """The share of experiments that call the gain `effect`."""
    return float(np.mean([effect_of([low, high]) == effect for low, high in zip(gain.low, gain.high, strict=True)]))


def tripped(found, min_real_recall, max_gap=1.0):
    """The share of experiments that the gate fails; a gap that was not simulated is 0."""
    gate = dataclasses.replace(PARAMS.gate, min_real_recall=min_real_recall, max_gap=max_gap)
    params = dataclasses.replace(PARAMS, gate=gate)
    frame = {"schema": 1, "params_sha256": fingerprint(params)}
    recall = found["recall"]
    none = np.zeros(len(recall.low))
    gap = found.get("gap", Ends(none, none, 0.0))
    codes = []
    for k in range(len(recall.low)):
        rung = {"recall_real": recall.truth, "recall_real_ci95": [recall.low[k], recall.high[k]]}
        rung |= {"gap": gap.truth, "gap_ci95": [gap.low[k], gap.high[k]]}
        codes.append(judge(frame | {"rungs": {gate.rung: rung}}, params)[0])
    return float(np.mean(np.array(codes) == FAILED))


def settings(seed, samples, block=PARAMS.evaluate.block_frames):
    evaluate = dataclasses.replace(PARAMS.evaluate, bootstrap_samples=samples, block_frames=block)
    return dataclasses.replace(PARAMS, seed=seed, evaluate=evaluate)
