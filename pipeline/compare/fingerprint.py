"""Which parameters and which schema gap.json belongs to, so that the gate can tell an old one."""

import dataclasses
import hashlib
import json

from pipeline.params import Params

SCHEMA = 1  # of gap.json


def fingerprint(params: Params) -> str:
    """SHA-256 over every parameter but those of gate, stress test and laboratory, which gap.json does not use, and of
    who makes the scenes, on which no pixel depends."""
    values = dataclasses.asdict(params)
    for section in ("synth", "gate", "stress", "audit", "search", "curves"):
        del values[section]
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()
