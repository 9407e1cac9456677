"""A whole measured run in a folder, made without networks: real frames, rungs, results, curves, durations."""

import dataclasses
import json
import shutil

import numpy as np

from pipeline.config import load_params
from pipeline.data.coco import PERSON, Annotation, Image, write_coco
from pipeline.data.files import write_image, write_json, write_text
from pipeline.measure import folders
from pipeline.measure.matching import Detections
from pipeline.measure.results import load_test_set
from pipeline.stress.folders import level_set
from pipeline.stress.levels import all_levels
from sensors import CameraProfile
from sensors.isp import Isp
from sensors.noise import Sensor
from tests.measure.experiment import PARAMS_FILE

WIDTH, HEIGHT = 160, 120


def make_run(folder, monkeypatch, categories=(PERSON,)):
    """Fill `folder`, work in it, and replace `predict` by a detector that finds most people (or what there is)."""
    monkeypatch.chdir(folder)
    shutil.copy(PARAMS_FILE, folder / "params.yaml")
    params = load_params()
    for split in ("train", "test"):
        make_set(folders.real_set(split), 9, "frame_{:04d}.png", 1, categories)
    for rung in params.ladder:
        make_set(folders.synth_set(rung), 6, "{:05d}.jpg", 2, categories)
    for level in all_levels(params.stress):
        make_set(level_set(level), 3, "frame_{:04d}.jpg", 3, categories)
    for name in (*params.ladder, folders.REAL_ONLY):
        curve = [f"{seed},{step},0.0,{3 / (1 + step)}" for seed in range(2) for step in range(8)]
        write_text(
            folders.OUT / "train" / name / "curve.csv", "\n".join(["seed,step,epoch,loss", *curve]) + "\n"
        )
    write_json(folders.OUT / "calibration" / "camera.json", made_up_camera())
    write_json(folders.OUT / "realism" / "auc.json", made_up_realism(params.ladder))
    write_json(folders.REPORT / "select.json", made_up_selection())
    write_json(folders.OUT / "durations" / "assets.json", {"stage": "assets", "seconds": 61.5})
    for stage in ("evaluate", "transfer", "stress"):
        monkeypatch.setattr(f"pipeline.stages.{stage}.predict", find_most)
    return params


def made_up_camera():
    """camera.json as the stage calibrate writes it, of a camera whose read noise alone was found."""
    profile = CameraProfile(sensor=Sensor(read_noise_e=3.25), isp=Isp(gains=(1.5, 1.0, 1.25))).to_dict()
    ranges = {"isp.gains[0]": [1.25, 1.75], "isp.saturation": [0.5, 1.5]}
    return {"profile": profile, "ranges": ranges, "measured": {"camera": "static"}, "unknown": ["shutter: it stands"],
            "view": {"pitch_deg": 18.0, "unknown": ["focal_px: nobody lies"]}}


def made_up_realism(ladder):
    """auc.json as the stage realism writes it."""
    curves = {"noise": [[20.0, 1.5], [200.0, 2.5]], "power": [[0.0156, 9000.0], [0.1, 300.0], [0.5, 12.0]]}
    rung = {"auc": 0.8, "auc_ci95": [0.7, 0.9], "strongest": ["blockiness", "saturation", "noise_dark"]}
    return {"real": curves, "rungs": {name: rung | curves for name in ladder}}


def made_up_selection(rung="site"):
    """select.json as `python -m pipeline.select --measure` writes it, of whatever detectors."""
    recall = {"recall_before": [0.7, 0.72], "recall_random": [0.8, 0.82], "recall_selected": [0.81, 0.9]}
    return {"made_from": {}, "rung": rung, "steps": 3, "sentence": "Selected frames beat nobody."} | recall


def make_set(folder, count, name, seed, categories=(PERSON,)):
    rng = np.random.default_rng(seed)
    images, annotations = [], []
    for i in range(count):
        images.append(Image(i + 1, name.format(i), WIDTH, HEIGHT))
        write_image(folder / "images" / name.format(i), rng.integers(0, 255, (HEIGHT, WIDTH, 3), np.uint8))
        for x in range(5, 120, 40):
            height = int(rng.integers(30, 80))
            kind = categories[len(annotations) % len(categories)].id
            box = (x, 20, x + 20, 20 + height)
            annotations.append(Annotation(len(annotations) + 1, i + 1, box, x > 80, category_id=kind))
    write_coco(folder / "annotations.json", images, annotations, categories)


def find_most(detectors, paths, wanted, params, title):
    """Instead of networks: the annotated people, a few missing, a false alarm beside them."""
    truths = {}
    for folder in {path.parents[1] for path in paths}:
        test_set = load_test_set(folder)
        truths |= dict(zip(test_set.paths, test_set.truths, strict=True))
    table = []
    for row, detector in enumerate(detectors):
        rng = np.random.default_rng([row, len(str(detector))])
        found = []
        for path in paths:
            truth = truths[path]
            hit = rng.random(len(truth.boxes)) < 0.8
            boxes, names = truth.boxes[hit], truth.category[hit]
            if rng.random() < 0.5:
                boxes, names = np.concatenate([boxes, [[120, 60, 150, 110]]]), np.append(names, truth.category[0])
            found.append(Detections(boxes, rng.random(len(boxes)), names))
        table.append(found)
    return table


def hostile(gap, name='<script>alert("x")</script>'):
    """The same gap.json with one rung, and the real set, called `name`."""
    text = json.dumps(gap)
    victim = list(gap["rungs"])[1]
    return json.loads(
        text.replace(f'"{victim}"', json.dumps(name)).replace(
            json.dumps(gap["real"]["name"]), json.dumps(name)
        )
    )


def renamed(params, name='<script>alert("x")</script>'):
    """params with the second rung called `name`, past the checks of load_params."""
    victim = params.ladder[1]
    ladder = tuple(name if rung == victim else rung for rung in params.ladder)
    rungs = {name if rung == victim else rung: effects for rung, effects in params.rungs.items()}
    return dataclasses.replace(params, ladder=ladder, rungs=rungs)
