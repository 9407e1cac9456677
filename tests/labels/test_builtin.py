import dataclasses
from pathlib import Path

import pytest

from pipeline.config import load_params
from pipeline.errors import UserError
from pipeline.labels.builtin import checkpoint
from tests.fabricated import REPOSITORY


def test_a_network_of_our_own_is_needed():
    params = load_params(REPOSITORY / "params.yaml")
    assert checkpoint("site", 1, params) == Path("data/out/train/site/seed1.pt")
    foreign = dataclasses.replace(params, detector=dataclasses.replace(params.detector, kind="command"))
    with pytest.raises(UserError, match="detector.kind: expected builtin, .* found command"):
        checkpoint("site", 1, foreign)
