import dataclasses
import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from pycocotools.coco import COCO

from pipeline.data.coco import read_coco
from pipeline.data.files import read_image
from pipeline.errors import UserError
from pipeline.shards import worker
from pipeline.stages import synth
from tests import fabricated

ENVIRONMENT = {**os.environ, "PYTHONPATH": str(fabricated.REPOSITORY), "OMP_NUM_THREADS": "1"}


def digests(folder):
    """relative path -> sha256 of every file below a folder."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def stage(root, rung):
    command = [sys.executable, "-m", "pipeline.stages.synth", rung]
    return subprocess.Popen(
        command, cwd=root, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def finished(process):
    """What the stage said, (stdout, stderr); a stage that hangs is ended, and fails the test."""
    try:
        return process.communicate(timeout=60)
    except subprocess.TimeoutExpired:
        process.kill()
        pytest.fail(f"the stage hangs, having said: {process.communicate()[1][-2000:]}")


def state_of(pid):
    """(state, parent) of a process, from /proc; None where it is gone."""
    try:
        words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return words[0], int(words[1])


def children(process):
    pids = [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]
    return [pid for pid in pids if (state_of(pid) or ("", 0))[1] == process.pid]


def is_running(pid):
    return (state_of(pid) or ("Z", 0))[0] not in "ZX"


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    folder = tmp_path_factory.mktemp("synth")
    fabricated.write_inputs(folder, fabricated.tiny_params(train_images=10, test_images=4))
    return folder


@pytest.fixture
def run(root, monkeypatch):
    """run(rung, workers) -> digests of the data set that the stage makes."""

    def _run(rung, workers):
        monkeypatch.chdir(root)
        monkeypatch.setattr(os, "cpu_count", lambda: workers)
        synth.run(rung)
        return digests(root / "data/out/synth" / rung)

    return _run


def test_one_worker_and_two_make_the_same_bytes(run, root):
    alone, together = run("noise", 1), run("noise", 2)
    assert alone == together
    assert sum(name.endswith(".jpg") for name in alone) == 14 and len(alone) == 16
    assert work_folders(root) == []


def test_the_data_set_is_coco(run, root, capsys):
    run("noise", 1)
    for split, count in (("train", 10), ("test", 4)):
        folder = root / "data/out/synth/noise" / split
        coco = COCO(str(folder / "annotations.json"))
        assert len(coco.getImgIds()) == count and coco.getCatIds() == [1]
        ours = read_coco(folder / "annotations.json", folder / "images")  # raises if anything is wrong
        for image in ours.images:
            assert read_image(folder / "images" / image.file_name).shape == (144, 192, 3)
            theirs = coco.loadAnns(coco.getAnnIds(imgIds=image.id, iscrowd=None))
            boxes, crowd = ours.boxes(image.id)
            np.testing.assert_allclose(
                boxes, [[x, y, x + w, y + h] for x, y, w, h in (a["bbox"] for a in theirs)], atol=1e-3
            )
            for annotation, ignored in zip(theirs, crowd, strict=True):
                for key in ("visible_fraction", "truncation"):
                    assert 0 <= annotation[key] <= 1
                shown = annotation["visible_fraction"] * (1 - annotation["truncation"])
                assert ignored == (shown < 0.5) or abs(shown - 0.5) < 2e-3
                assert annotation["blur_px"] >= 0 and np.isfinite(annotation["skew_px"])
        assert len(ours.annotations) >= count


def test_a_camera_without_codec_gives_its_pixels_as_they_are(run):
    files = run("randomized", 1)
    assert sum(name.endswith(".bmp") for name in files) == 14


def work_folders(root):
    return list((root / "data/out/progress").glob("synth-*"))


def wait_for_first_shard(process, root):
    deadline = time.monotonic() + 60
    while not list((root / "data/out/progress").glob("synth-noise-*/*/shards/0*.sha256")):
        assert process.poll() is None and time.monotonic() < deadline, finished(process)
        time.sleep(0.01)


def kill_in_the_middle(root):
    """Kill the stage as soon as it has finished a shard; returns the processes that it had started."""
    process = stage(root, "noise")
    wait_for_first_shard(process, root)
    workers = children(process)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    deadline = time.monotonic() + 20
    while any(is_running(pid) for pid in workers):  # they do not wait for jobs that never come
        assert time.monotonic() < deadline
        time.sleep(0.05)


def finished_files(root):
    """{name: inode} of the images of shards that have their checksums."""
    (work,) = work_folders(root)
    lines = [line for path in work.rglob("0*.sha256") for line in path.read_text().splitlines()]
    names = [line.split("  ")[1] for line in lines]
    return {name: (work / name).stat().st_ino for name in names if "/images/" in name}


def test_a_killed_run_leaves_the_old_data_set_whole_and_a_new_run_makes_only_what_is_missing(run, root, capsys):
    wanted = run("noise", 1)
    old = root / "data/out/synth/noise/old"
    old.write_text("the data set of before")
    before = digests(old.parent)
    kill_in_the_middle(root)
    assert digests(old.parent) == before
    kept = finished_files(root)
    assert 4 <= len(kept) < 14
    capsys.readouterr()
    assert run("noise", 2) == wanted
    assert {name: (old.parent / name).stat().st_ino for name in kept} == kept  # the very files of the killed run
    assert f"synth: {-(-len(kept) // 4)} of 4 shards were finished before and are kept" in capsys.readouterr().out
    assert work_folders(root) == [] and not old.exists()


@pytest.mark.parametrize("damage", ["changed", "cut off", "missing", "checksums"])
def test_a_damaged_shard_is_found_and_made_again_with_a_warning(damage, run, root, capsys):
    wanted = run("noise", 1)
    kill_in_the_middle(root)
    name = sorted(finished_files(root))[0]
    (work,) = work_folders(root)
    content = bytearray((work / name).read_bytes())
    if damage == "changed":
        content[len(content) // 2] ^= 1  # a single bit
    if damage == "cut off":
        del content[-1:]
    (work / name).write_bytes(content)
    if damage == "missing":
        (work / name).unlink()
    if damage == "checksums":
        name = name.split("/")[0] + "/shards/00000.sha256"
        (work / name).write_text("nothing")
    assert run("noise", 2) == wanted
    warnings = [line for line in capsys.readouterr().err.splitlines() if "warning" in line]
    assert len(warnings) == 1 and name in warnings[0] and warnings[0].endswith("is made again")


def test_what_other_parameters_left_unfinished_is_not_used_and_removed(run, root):
    wanted = run("noise", 1)
    kill_in_the_middle(root)
    params = root / "params.yaml"
    shipped = params.read_text()
    params.write_text(shipped.replace("shard_scenes: 4 ", "shard_scenes: 3 "))
    assert run("noise", 1) == wanted  # other shards, the same files
    params.write_text(shipped)
    assert work_folders(root) == []


def test_shards_of_a_worker_that_was_killed_are_begun_anew(run, root):
    """As the system does when memory runs out."""
    wanted = run("noise", 1)
    process = stage(root, "noise")
    wait_for_first_shard(process, root)
    for pid in children(process):
        os.kill(pid, signal.SIGKILL)
    _, error = finished(process)
    assert process.returncode == 0, error
    assert "warning: a worker died; " in error
    assert digests(root / "data/out/synth/noise") == wanted


def always_dies(job):
    os.kill(os.getpid(), signal.SIGKILL)


def test_workers_that_always_die_end_the_run(run, root, monkeypatch):
    monkeypatch.setattr(worker, "start", always_dies)
    with pytest.raises(UserError, match="workers died 4 times without making a shard.*enough memory"):
        run("noise", 1)


def test_a_missing_recipe_is_one_sentence_and_leaves_what_was_there(root):
    process = stage(root, "fog")
    _, error = finished(process)
    assert process.returncode == 2
    assert error == "data/out/recipes/fog.json: the recipe is missing; run `dvc repro` or " \
        "`python -m pipeline.stages.recipes` first\n"  # fmt: skip
    assert not (root / "data/out/synth/fog").exists()


def test_an_input_that_changed_behind_dvc_is_one_sentence(root):
    """A worker finds it; the program still says it once, without a traceback, and makes nothing."""
    path = root / "data/out/recipes/site.json"
    recipe = json.loads(path.read_text())
    path.write_text(json.dumps({**recipe, "plate_sha256": "0" * 64}))
    process = stage(root, "site")
    _, error = finished(process)
    assert process.returncode == 2
    assert "plate.png: missing, or not what the recipe of rung site names" in error
    assert len(error.splitlines()) == 1
    assert not (root / "data/out/synth/site").exists()


def test_counts_of_the_recipe_are_what_is_made(root, tmp_path, monkeypatch):
    params = fabricated.tiny_params(train_images=3, test_images=1, people_range=(0, 0))
    params = dataclasses.replace(params, ladder=("composite",))
    fabricated.write_inputs(tmp_path, params)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    synth.run("composite")
    folder = tmp_path / "data/out/synth/composite/train"
    train = read_coco(folder / "annotations.json", folder / "images")
    assert [image.file_name for image in train.images] == ["00000.bmp", "00001.bmp", "00002.bmp"]
    assert train.annotations == []
