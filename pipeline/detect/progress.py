"""Where an unfinished training keeps its checkpoints: below data/out/progress, away from the outputs that DVC removes.

A folder of its own for everything that the trained bytes depend on. It may be deleted at any time.
"""

from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

import cv2
import numpy as np

from pipeline.data.key import key_of
from pipeline.detect.dataset import PackedSet
from pipeline.params import Params

PROGRESS = Path("data/out/progress")
CODE = ("augment", "detect")  # packages


def progress_folder(name: str, packed: PackedSet, params: Params) -> Path:
    """The folder of the training `name` on a packed set."""
    labels = [array.tobytes().hex() for group in (packed.boxes, packed.ignore, packed.category) for array in group]
    settings = [
        params.seed, asdict(params.detector), asdict(params.train),
        packed.sizes, labels, [asdict(one) for one in packed.categories],
        np.__version__, cv2.__version__, version("torch"),  # to import torch would take longer than all else here
    ]  # fmt: skip
    return PROGRESS / f"train-{name}-{key_of(settings, [packed.path], CODE)}"
