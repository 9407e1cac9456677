"""The proofs: one module each in this folder."""

import importlib

PROOFS = {
    "emva": "The sensor, judged by the reference implementation of EMVA 1288",
    "shutter": "Rolling shutter and motion blur, against one render per line and fine time step",
    "labels": "Labels, against the same slow reference",
    "optics": "The lens",
    "calibration": "Calibration: known cameras found again in footage that they made",
    "intervals": "Intervals of what a gate needs, in simulated experiments whose truth is known",
}


def claims_of(name, full):
    """The claims of one proof; each module has `claims(full)`, a sample of itself where full is False."""
    return importlib.import_module(f"tests.prove.{name}").claims(full)
