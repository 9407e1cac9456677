"""What is known so far, below data/out/progress: a killed search goes on from there.

Kept in a folder of its own for everything that a result depends on. It is no output of the experiment, and may be
deleted at any time.
"""

from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

from pipeline.data.key import key_of
from pipeline.measure import folders
from pipeline.measure.matching import Detections
from pipeline.measure.results import TestSet, read_results, write_results
from pipeline.params import Params

CODE = ("augment", "detect", "labels", "measure", "search")  # packages that every result depends on
PARAMS = ("seed", "train", "detector", "decoding", "evaluate")


def progress_folder(program: str, params: Params, files: Iterable[Path]) -> Path:
    """program: the name of its package and of its section in params. files: all that it reads."""
    values = asdict(params)
    settings = {name: values[name] for name in (*PARAMS, program)} | {"rung": params.gate.rung}
    key = key_of(settings, files, dict.fromkeys((*CODE, program)))
    return folders.OUT / "progress" / f"{program}-{key}"


class Trained:
    """Detections on the validation frames of trainings that are done, one file each."""

    def __init__(self, folder: Path, validation: TestSet):
        self.folder, self.validation = folder, validation

    def file(self, name: str) -> Path:
        return self.folder / f"{name}.json"

    def has(self, name: str) -> bool:
        return self.file(name).is_file()

    def keep(self, name: str, found: list[Detections]) -> None:
        write_results(self.file(name), self.validation.image_ids, found, self.validation.categories)

    def read(self, name: str) -> list[Detections]:
        return read_results(self.file(name), self.validation.image_ids, self.validation.categories)
