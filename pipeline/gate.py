"""The verdict: `python -m pipeline.gate` says one sentence; exit code 0 passed, 1 failed, 2 cannot tell.

Reads params.yaml and data/report/gap.json and nothing else, so it runs on a bare clone.
"""

import json
import math
import sys
from pathlib import Path

from pipeline.compare.fingerprint import SCHEMA, fingerprint
from pipeline.compare.verdict import signed
from pipeline.config import load_params
from pipeline.errors import UserError
from pipeline.params import Params

PASSED, FAILED, CANNOT_TELL = 0, 1, 2


def judge(gap: dict, params: Params) -> tuple[int, str]:
    """Exit code and sentence for the content of gap.json; raises UserError if it cannot be told."""
    gate = params.gate
    _check_current(gap, params)
    gap_value, (_, gap_high) = _number_and_interval(gap, gate.rung, "gap")
    recall, (recall_low, _) = _number_and_interval(gap, gate.rung, "recall_real")
    reasons = []
    if gap_high > gate.max_gap:
        reasons.append(f"the gap may be as large as {signed(gap_high)}, allowed is {signed(gate.max_gap)}")
    if recall_low < gate.min_real_recall:
        reasons.append(
            f"real recall may be as low as {recall_low:.3f}, required is {gate.min_real_recall:.3f}"
        )
    if reasons:
        measured = f"(measured: gap {signed(gap_value)}, real recall {recall:.3f})"
        return FAILED, f"FAILED: on rung {gate.rung} {' and '.join(reasons)} {measured}."
    return PASSED, (
        f"PASSED: on rung {gate.rung} the gap is {signed(gap_value)}, at most {signed(gap_high)} "
        f"(allowed {signed(gate.max_gap)}), and real recall is {recall:.3f}, at least {recall_low:.3f} "
        f"(required {gate.min_real_recall:.3f})."
    )


def read_gap(path: str | Path) -> dict:
    """The content of gap.json; raises UserError if it is missing or no JSON object."""
    path = Path(path)
    try:
        gap = json.loads(path.read_text(encoding="utf-8"))
    except OSError:
        raise UserError(f"{path} is missing; run `dvc repro`") from None
    except ValueError:
        raise UserError(f"{path} is not valid JSON; run `dvc repro` to write it anew") from None
    if not isinstance(gap, dict):
        raise UserError(f"{path} holds no JSON object; run `dvc repro` to write it anew")
    return gap


def _check_current(gap: dict, params: Params) -> None:
    if gap.get("schema") != SCHEMA:
        raise UserError(f"gap.json has schema {gap.get('schema')!r}, expected {SCHEMA}; run `dvc repro`")
    rungs = gap.get("rungs")
    if not isinstance(rungs, dict) or not isinstance(rungs.get(params.gate.rung), dict):
        raise UserError(
            f"gap.json has no rung {params.gate.rung!r} (gate.rung in params.yaml); run `dvc repro`"
        )
    if gap.get("params_sha256") != fingerprint(params):
        raise UserError(
            "gap.json was measured with other parameters than params.yaml holds now; run `dvc repro`"
        )


def _number_and_interval(gap: dict, rung: str, key: str) -> tuple[float, tuple[float, float]]:
    """rungs.<rung>.<key> and <key>_ci95: finite numbers, low <= high."""
    values = gap["rungs"][rung]
    value, interval = values.get(key), values.get(f"{key}_ci95")
    if not _finite(value):
        raise UserError(f"gap.json: rungs.{rung}.{key} is {value!r}, expected a number; run `dvc repro`")
    good = isinstance(interval, list) and len(interval) == 2 and all(map(_finite, interval))
    if not good or interval[0] > interval[1]:
        raise UserError(
            f"gap.json: rungs.{rung}.{key}_ci95 is {interval!r}, expected [low, high]; run `dvc repro`"
        )
    return value, (interval[0], interval[1])


def _finite(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def run(params_path: str | Path = "params.yaml", gap_path: str | Path = "data/report/gap.json") -> int:
    """Print the verdict and return the exit code."""
    try:
        params = load_params(params_path)
        code, sentence = judge(read_gap(gap_path), params)
    except UserError as error:
        code, sentence = CANNOT_TELL, f"CANNOT TELL: {'; '.join(str(error).splitlines())}"
    print(sentence)
    return code


if __name__ == "__main__":
    sys.exit(run())
