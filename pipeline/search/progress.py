"""What is known so far, below data/out/search_progress: a killed search goes on from there.

Kept in a folder of its own for everything that a result depends on: another parameter, picture or line of code is
another search. It is no output of the experiment, and may be deleted at any time.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

from pipeline.data.files import sha256_of
from pipeline.measure import folders
from pipeline.measure.matching import Detections
from pipeline.measure.results import TestSet, read_results, write_results
from pipeline.params import Params
from pipeline.search.training import Bench, Task

CODE = ("augment", "detect", "measure", "search")  # packages that a result depends on
PARAMS = ("seed", "search", "train", "detector", "decoding", "evaluate")


def progress_folder(bench: Bench, labels: Iterable[Path]) -> Path:
    """labels: annotations of what is learned from and of what validates."""
    pixels = [packed.path for packed in bench.packed.values()]
    code = [path for name in CODE for path in sorted((Path(__file__).parents[1] / name).glob("*.py"))]
    files = [*pixels, *bench.validation.paths, *labels, *code]
    content = [settings(bench.params), *(sha256_of(path) for path in files)]
    return folders.OUT / "search_progress" / hashlib.sha256(json.dumps(content).encode()).hexdigest()[:16]


def settings(params: Params) -> dict:
    values = asdict(params)
    return {name: values[name] for name in PARAMS} | {"rung": params.gate.rung}


class Trained:
    """Detections on the validation frames of trainings that are done, one file each."""

    def __init__(self, folder: Path, validation: TestSet):
        self.folder, self.validation = folder, validation

    def file(self, name: str, task: Task) -> Path:
        return self.folder / f"{name}-{task.size}-{task.run}.json"

    def has(self, name: str, task: Task) -> bool:
        return self.file(name, task).is_file()

    def keep(self, name: str, task: Task, found: list[Detections]) -> None:
        write_results(self.file(name, task), self.validation.image_ids, found, self.validation.categories)

    def read(self, name: str, task: Task) -> list[Detections]:
        return read_results(self.file(name, task), self.validation.image_ids, self.validation.categories)
