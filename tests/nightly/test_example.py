"""The chessboard example, whole; it needs the package archive."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np

from pipeline.data.coco import read_coco
from tests import fabricated


def test_it_ends_with_a_verdict_and_finds_boards(tmp_path):
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    command = ["sh", str(fabricated.REPOSITORY / "examples/chessboard/run.sh"), str(tmp_path)]
    done = subprocess.run(
        command, env={**os.environ, "PATH": path}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    verdict = {0: "PASSED", 1: "FAILED"}
    assert done.returncode in verdict, done.stdout[-3000:]
    assert done.stdout.splitlines()[-1].startswith(verdict[done.returncode])
    assert (tmp_path / "data/report/index.html").read_text(encoding="utf-8").lower().startswith("<!doctype html>")
    gap = json.loads((tmp_path / "data/report/gap.json").read_text(encoding="utf-8"))
    best = max(rung["recall_real"] for rung in gap["rungs"].values())
    assert best > share_that_one_box_finds(tmp_path / "data/out/real", iou=0.5)


def share_that_one_box_finds(real, iou):
    """Of the boards in the test pictures, those that a box finds which always is where they are on average."""
    train, test = (read_coco(real / split / "annotations.json", None, None) for split in ("train", "test"))
    train, test = (np.array([annotation.box for annotation in split.annotations]) for split in (train, test))
    guess = train.mean(axis=0)
    low, high = np.maximum(test[:, :2], guess[:2]), np.minimum(test[:, 2:], guess[2:])
    common = np.prod(np.clip(high - low, 0, None), axis=1)
    areas = np.prod(test[:, 2:] - test[:, :2], axis=1) + np.prod(guess[2:] - guess[:2])
    return np.mean(common / (areas - common) >= iou)
