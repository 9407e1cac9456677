"""The checkpoints of the builtin detector, for what looks into it or learns on from it."""

from pathlib import Path

from pipeline.errors import UserError
from pipeline.measure import folders
from pipeline.params import Params


def checkpoint(name: str, seed: int, params: Params) -> Path:
    """The file of a rung's detector. Raises UserError if detectors are trained by a command."""
    if params.detector.kind != "builtin":
        raise UserError(
            f"params.yaml: detector.kind: expected builtin, whose network can be learned on from, found "
            f"{params.detector.kind}; set it for this"
        )
    return folders.trained(name, seed, "builtin")
