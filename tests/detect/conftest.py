import shutil
from pathlib import Path

import numpy as np
import pytest
import yaml

from pipeline.data.coco import Annotation, Image, write_coco
from pipeline.data.files import write_image
from pipeline.params import DecodingParams, NetworkParams, RandAugmentParams, TrainParams

ROOT = Path(__file__).parents[2]


@pytest.fixture
def detector_params():
    return NetworkParams(
        input_scale=0.5,
        stem_channels=8,
        channels=(16, 16, 24),
        blocks=(1, 1, 1),
        head_channels=16,
    )


@pytest.fixture
def decoding_params():
    return DecodingParams(mirror=False, score_floor=0.05, nms_sigma=0.3, max_detections=100)


@pytest.fixture
def train_params():
    return TrainParams(
        seeds=1,
        steps=4,
        batch=4,
        crop_px=64,
        person_crop_share=0.8,
        kernel_learning_rate=0.05,
        learning_rate=0.004,
        weight_decay=0.01,
        flip=True,
        scale_range=(0.8, 1.25),
        colour_jitter=0.3,
        grey_share=0.1,
        policy=(),
        rand_augment=RandAugmentParams(n=0, strength=0.0),
        label_smoothing=0.0,
    )


@pytest.fixture
def small_dataset(tmp_path):
    """Two images of two bright people each, with an ignore region; the folder that holds annotations.json."""
    folder = tmp_path / "set"
    rng = np.random.default_rng(0)
    images, annotations = [], []
    for index in range(2):
        picture = rng.integers(40, 90, (160, 224, 3), np.uint8)
        boxes = [(20 + 30 * index, 30, 44 + 30 * index, 100), (140, 60, 170, 150)]
        for box in boxes:
            x0, y0, x1, y1 = box
            picture[y0:y1, x0:x1] = rng.integers(180, 250, (1, 1, 3))
            annotations.append(Annotation(len(annotations) + 1, index, box))
        annotations.append(Annotation(len(annotations) + 1, index, (180, 4, 200, 40), iscrowd=True))
        write_image(folder / "images" / f"{index}.png", picture)
        images.append(Image(index, f"{index}.png", 224, 160))
    write_coco(folder / "annotations.json", images, annotations)
    return folder


@pytest.fixture
def project(tmp_path, monkeypatch, small_dataset):
    """A folder with a quick params.yaml and labelled real frames."""
    raw = yaml.safe_load((ROOT / "params.yaml").read_text())
    raw["detector"] |= {"stem_channels": 8, "channels": [8, 8, 8], "blocks": [0, 0, 0], "head_channels": 8}
    raw["train"] |= {"seeds": 2, "steps": 3, "batch": 2, "crop_px": 64}
    folder = tmp_path / "project"
    shutil.copytree(small_dataset, folder / "data/out/real/train")
    (folder / "params.yaml").write_text(yaml.safe_dump(raw))
    monkeypatch.chdir(folder)
    return folder
