"""Where the stages that measure find and leave their files, relative to the repository."""

from pathlib import Path

OUT = Path("data/out")
REPORT = Path("data/report")
REAL_ONLY = "real_only"  # the detector that learned from labelled real frames


def real_set(split: str) -> Path:
    return OUT / "real" / split


def synth_set(rung: str) -> Path:
    return OUT / "synth" / rung / "test"


def trained(name: str, seed: int, kind: str) -> Path:
    """The file of the builtin detector; the folder that a command filled."""
    return OUT / "train" / name / (f"seed{seed}.pt" if kind == "builtin" else f"seed{seed}")


def evaluation(name: str) -> Path:
    return OUT / "evaluate" / name


def results(name: str, test_set: str, seed: int) -> Path:
    """COCO results of detector `name` on "synth" (its own rung's test set) or "real"."""
    return evaluation(name) / f"{test_set}_seed{seed}.json"
