"""Where the stress test leaves its files, relative to the repository."""

from pathlib import Path

from pipeline.measure.folders import OUT, REPORT
from pipeline.stress.levels import Level

FRAMES = OUT / "reexposed"  # COCO, a folder a level
RESULTS = OUT / "stress" / "results.json"
TABLE = REPORT / "stress.csv"
CAMERA = OUT / "calibration" / "camera.json"


def level_set(level: Level) -> Path:
    return FRAMES / level.name
