"""Where an unfinished training keeps its checkpoints: below data/out/progress, away from the outputs that DVC removes.

A folder of its own for everything that the trained bytes depend on: another parameter, picture or line of code is
another training. It may be deleted at any time.
"""

import hashlib
import json
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

import cv2
import numpy as np

from pipeline.data.files import sha256_of
from pipeline.detect.dataset import PackedSet
from pipeline.params import Params

PROGRESS = Path("data/out/progress")
CODE = ("augment", "detect")  # packages


def progress_folder(name: str, packed: PackedSet, params: Params) -> Path:
    """The folder of the training `name` on a packed set."""
    pipeline = Path(__file__).parents[1]
    code = [path for package in CODE for path in sorted((pipeline / package).glob("*.py"))]
    labels = [array.tobytes().hex() for group in (packed.boxes, packed.ignore, packed.category) for array in group]
    content = [
        params.seed, asdict(params.detector), asdict(params.train),
        packed.sizes, labels, [asdict(one) for one in packed.categories],
        [sha256_of(path) for path in [packed.path, *code]],
        [np.__version__, cv2.__version__, version("torch")],  # to import torch would take longer than all else here
    ]  # fmt: skip
    return PROGRESS / f"train-{name}-{hashlib.sha256(json.dumps(content).encode()).hexdigest()[:16]}"
