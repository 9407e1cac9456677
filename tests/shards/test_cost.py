import json

import pytest

from pipeline.errors import UserError
from pipeline.shards import cost


def rung(folder, name, images, image_bytes, core_s):
    """A finished rung: so many pictures of so many bytes, and labels of 100."""
    for number in range(images):
        path = folder / f"data/out/synth/{name}/train/images/{number}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x" * image_bytes)
    (folder / f"data/out/synth/{name}/train/annotations.json").write_bytes(b"x" * 100)
    durations = folder / "data/out/durations"
    durations.mkdir(parents=True, exist_ok=True)
    told = {"core_s": core_s, "images": 2 * images}  # the held-out images count too
    (durations / f"shards-{name}.json").write_text(json.dumps(told))


def test_the_table_is_the_arithmetic_of_a_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rung(tmp_path, "one", images=10, image_bytes=49_990, core_s=7.2)
    line = cost.table({"one": cost.measured("one")})[-1]
    # 20 images in 7.2 s; 10 * 49990 + 100 bytes for 10 images
    assert line == "| `one` | 2.8 | 50 | 100 core-h, 50 GB | 100,000 core-h, 50 TB |"


def test_without_a_run_it_says_what_to_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match="shards-site.json.*run `dvc repro --force --single-item synth@site`"):
        cost.measured("site")
