"""python -m pipeline.stages.loader, on a few pictures and one core."""

import json

import numpy as np
import pytest
import yaml

from pipeline.augment.transforms import TRANSFORMS
from pipeline.data.coco import Annotation, Image, write_coco
from pipeline.data.files import write_image
from pipeline.laboratory.loader import loader_section
from pipeline.loading import augmentations, waiting
from pipeline.measure import folders
from pipeline.stages import loader
from tests.fabricated import REPOSITORY, picture


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("os.cpu_count", lambda: 1)
    monkeypatch.setattr(waiting, "STEPS", 3)
    monkeypatch.setattr(waiting, "WARM_UP", 1)
    monkeypatch.setattr(augmentations, "REPEATS", 2)
    raw = yaml.safe_load((REPOSITORY / "params.yaml").read_text())
    raw["detector"] |= {"stem_channels": 4, "channels": [4, 4, 4], "blocks": [0, 0, 0], "head_channels": 4}
    raw["train"] |= {"batch": 2, "crop_px": 32}
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(raw))
    folder = folders.synth_set("site").with_name("train")
    images = [Image(i, f"{i}.png", 96, 64) for i in range(1, 4)]
    for image in images:
        write_image(folder / "images" / image.file_name, picture(np.random.default_rng([image.id]), 96, 64))
    write_coco(folder / "annotations.json", images, [Annotation(i.id, i.id, (20, 10, 36, 50)) for i in images])


def test_the_table_is_whole(project, capsys):
    loader.run()
    content = json.loads((loader.OUT / "loader.json").read_text())
    assert list(content["ms_per_image"]) == ["crop", *TRANSFORMS]
    assert min(content["ms_per_image"].values()) > 0
    assert [step["workers"] for step in content["steps"]] == [0, 1] and content["cores"] == 1
    for step in content["steps"]:
        assert step["share"] == pytest.approx(
            step["waiting_ms"] / (step["waiting_ms"] + step["learning_ms"]), abs=0.001)
    assert content["warns"] == content["sentence"].startswith("Data loading idles")
    assert capsys.readouterr().out.rstrip().endswith(content["sentence"])
    section = loader_section(content)
    assert section.count("<tr>") == 2 + len(content["ms_per_image"]) + 2 and "as it trains today" in section


def test_workers_draw_the_batches_of_training_in_their_order(project):
    """Whatever is drawn ahead by whom: batch i is batch i."""
    drawn = []

    class Pool:
        def submit(self, function, step):
            drawn.append(step)
            return Job(step)

    class Job:
        def __init__(self, step):
            self.step = step

        def result(self):
            return self.step

        def cancel(self):
            drawn.remove(self.step)

    assert list(waiting._ahead(Pool(), 2)) == [0, 1, 2, 3] == drawn
