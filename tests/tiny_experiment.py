"""A tiny experiment in a folder of its own, on a machine whose clock jumps and that has no network.

Only the stage assets is not run: building the body model alone takes a minute. A made-up atlas stands where
its output would be, and `dvc commit` enters it as current, so the stages below it run as they always do.
"""

import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import yaml

from pipeline.data.coco import Annotation, Image, write_coco
from pipeline.scene.view import View
from tests import fabricated

HOSTILE = fabricated.REPOSITORY / "tests/hostile"  # a machine whose clock jumps and that has no network
WIDTH, HEIGHT, FRAMES = 320, 240, 130
LADDER = ["composite", "noise"]
TINY = {
    "ladder": LADDER,
    "real": {
        "name": "made-up walkers", "video_path": "walkers.avi", "package": "",
        "calibration_frames": [0, 89], "train_frames": [0, 89], "test_frames": [100, 129],
    },
    "scenes": {
        "width_px": WIDTH, "height_px": HEIGHT, "train_images": 6, "test_images": 3,
        "person_height_px_range": [24.0, 90.0],
    },
    "effects": {"places": {"train_places": 2, "test_places": 1, "focal_px_range": [300.0, 500.0]}},
    "detector": {"stem_channels": 8, "channels": [8, 8, 8], "blocks": [0, 0, 0], "head_channels": 8},
    "train": {"seeds": 2, "steps": 3, "batch": 2, "crop_px": 64},
    "evaluate": {"bootstrap_samples": 100},
    "stress": {
        "images": 2, "motion_blur_px": [4.0], "rolling_shutter_skew_px": [8.0], "electrons_at_white": [50.0],
        "jpeg_quality": [20, 5],
    },
    "gate": {"rung": "noise"},
}  # fmt: skip


def walkers():
    """Frames of dark blocks that walk before a noisy plate, each as tall as a person on its row; boxes."""
    rng = np.random.default_rng([1])
    view = View(WIDTH, HEIGHT, 4.5, 16.0, 1.25 * WIDTH)
    plate = cv2.GaussianBlur(rng.uniform(60, 240, (HEIGHT, WIDTH, 3)).astype(np.float32), (0, 0), 3)
    plate[:, WIDTH // 2 :] += 25
    feet = np.linspace(view.row_with_person_height(28.0), HEIGHT - 6, 6)
    starts, speeds = rng.uniform(0, WIDTH, 6), rng.choice([-1, 1], 6) * rng.uniform(2, 4, 6)
    for number in range(FRAMES):
        frame, boxes = plate.copy(), []
        for foot, start, speed in zip(feet, starts, speeds, strict=True):
            height = view.person_height_px(foot)
            x, half = (start + speed * number) % WIDTH, 0.17 * height
            box = max(round(x - half), 0), round(foot - height), min(round(x + half), WIDTH), round(foot)
            if box[2] - box[0] > 3:
                frame[box[1] : box[3], box[0] : box[2]] = (20, 25, 40)
                boxes.append(box)
        yield np.clip(frame + rng.normal(0, 2, frame.shape), 0, 255).astype(np.uint8), boxes


def merge(params, changes):
    for key, value in changes.items():
        if isinstance(value, dict):
            merge(params[key], value)
        else:
            params[key] = value
    return params


def stages_in(said):
    """The stages that ran, by what `dvc repro` said."""
    return set(re.findall(r"Running stage '([^']+)'", said))


class Experiment:
    """A copy of the repository with tiny parameters."""

    def __init__(self, root):
        self.root = root
        for name in ("pipeline", "sensors"):
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(fabricated.REPOSITORY / name, root / name, ignore=ignored)
        (root / ".dvc").mkdir()
        for folder in ("data/real", "data/own", "data/report", "examples"):
            (root / folder).mkdir(parents=True)
        for name in ("dvc.yaml", ".dvcignore", ".gitignore", ".dvc/config", "data/real/standing.json",
                     "data/own/README.md", "examples/torchvision_detector.py",
                     "data/report/select.json"):  # fmt: skip
            shutil.copy(fabricated.REPOSITORY / name, root / name)
        self._write_real_frames()
        params = yaml.safe_load((fabricated.REPOSITORY / "params.yaml").read_text(encoding="utf-8"))
        TINY["real"]["video_sha256"] = hashlib.sha256((root / "walkers.avi").read_bytes()).hexdigest()
        self.write_params(merge(params, TINY))
        subprocess.run(["git", "init", "--quiet"], cwd=root, check=True)
        fabricated.atlas().save(root / "data/out/assets")
        (root / "data/out/assets/contact_sheet.png").write_bytes(b"")
        self.dvc("commit", "--force", "assets")

    def _write_real_frames(self):
        codec = cv2.VideoWriter_fourcc(*"MJPG")
        video = cv2.VideoWriter(str(self.root / "walkers.avi"), codec, 10.0, (WIDTH, HEIGHT))
        images, annotations = [], []
        for number, (frame, boxes) in enumerate(walkers()):
            video.write(frame[..., ::-1])
            if number % 10 == 9:
                images.append(Image(number, f"frame_{number:04d}.png", WIDTH, HEIGHT))
                annotations += [Annotation(len(annotations) + i, number, box) for i, box in enumerate(boxes)]
        video.release()
        write_coco(self.root / "data/real/pedestrians.json", images, annotations)

    def write_params(self, params):
        self.params = params
        (self.root / "params.yaml").write_text(yaml.safe_dump(params, sort_keys=False), encoding="utf-8")

    def start(self, *command, output=subprocess.PIPE):
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        quiet = {"DVC_NO_ANALYTICS": "1", "DVC_SITE_CACHE_DIR": str(self.root / ".dvc/tmp/site")}
        quiet["PYTHONPATH"] = str(HOSTILE)  # modules come from the experiment's own folder
        return subprocess.Popen(
            [sys.executable, "-m", *command], cwd=self.root, text=True, start_new_session=True,
            env={**os.environ, **quiet, "PATH": path}, stdout=output, stderr=subprocess.STDOUT,
        )  # fmt: skip

    def dvc(self, *words):
        """What dvc printed."""
        process = self.start("dvc", *words)
        output, _ = process.communicate()
        assert process.returncode == 0, output[-3000:]
        return output

    def repro(self, *words):
        """The stages that ran."""
        return stages_in(self.dvc("repro", *words))

    def kill_while_it_makes(self, path):
        """Start `dvc repro` and kill it and all that it started as soon as there is a `path`, a pattern."""
        process = self.start("dvc", "repro")
        deadline = time.monotonic() + 120
        while not any(self.root.glob(path)):
            assert process.poll() is None, process.communicate()[0][-3000:]
            assert time.monotonic() < deadline
            time.sleep(0.005)
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()

    def read(self, path):
        return (self.root / path).read_text(encoding="utf-8")


