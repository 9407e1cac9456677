"""The same set in both formats; the tar files are read by the library webdataset, the checksums by sha256sum."""

import json
import shutil
import subprocess

import numpy as np
import pytest

from pipeline.detect.dataset import PackedSet
from pipeline.errors import DataError
from pipeline.shards.pack import pack_folder
from pipeline.shards.read import plain_folder
from tests.shards.root import Root
from tests.stages.test_synth import digests

webdataset = pytest.importorskip("webdataset")


@pytest.fixture(scope="module")
def made(inputs, tmp_path_factory):
    """(folder of both sets, digests of the one in folders, of the one in tar shards), made once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(inputs)
        root, keep = Root(inputs, patch), tmp_path_factory.mktemp("made")
        as_folder = root.run("noise")
        shutil.copytree(root.set_of("noise"), keep / "folder")
        as_tar = root.set(format="webdataset").run("noise")
        shutil.copytree(root.set_of("noise"), keep / "tar" / "noise")
    return keep, as_folder, as_tar


@pytest.fixture
def both(made, root, tmp_path):
    """(train split as a folder, train split in tar shards, digests of both sets); the second may be damaged."""
    keep, as_folder, as_tar = made
    root.set(format="webdataset")
    shutil.copytree(keep / "tar/noise", tmp_path / "noise")
    return keep / "folder/train", tmp_path / "noise/train", as_folder, as_tar


def test_the_library_reads_what_the_folder_has(both):
    plain, sharded, as_folder, as_tar = both
    tars = [str(path) for path in sorted(sharded.glob("shards/*.tar"))]
    assert len(tars) == 4  # of 10 scenes, 3 in each
    samples = list(webdataset.WebDataset(tars, shardshuffle=False))
    coco = json.loads((plain / "annotations.json").read_text())
    assert [sample["__key__"] for sample in samples] == [image["file_name"][:-4] for image in coco["images"]]
    for sample, image in zip(samples, coco["images"], strict=True):
        assert sample["jpg"] == (plain / "images" / image["file_name"]).read_bytes()
        labels = json.loads(sample["json"])
        assert labels["image"] == image
        wanted = [row for row in coco["annotations"] if row["image_id"] == image["id"]]
        assert [{**row, "id": 0} for row in labels["annotations"]] == [{**row, "id": 0} for row in wanted]
    test = {name: digest for name, digest in as_folder.items() if name.startswith("test/")}
    assert test == {name: digest for name, digest in as_tar.items() if name.startswith("test/")}


def test_sha256sum_finds_every_file_as_its_checksum_says(both, root):
    _, sharded, _, _ = both
    lists = sorted(sharded.glob("shards/0*.sha256"))
    done = subprocess.run(["sha256sum", "--check", "--strict", *lists], cwd=sharded.parent, capture_output=True,
                          text=True)  # fmt: skip
    assert done.returncode == 0 and done.stdout.count(": OK") == 2 * len(lists) == 8


def test_two_and_eight_processes_make_the_same_bytes(both, root):
    as_tar = both[3]
    assert root.run("noise", 2) == as_tar
    assert root.run("noise", 8) == as_tar


def test_training_gets_the_same_from_both(both, tmp_path):
    plain, sharded, _, _ = both
    (tmp_path / "b").mkdir()
    first, second = pack_folder(plain, 0.5, tmp_path / "a.bin"), pack_folder(sharded, 0.5, tmp_path / "b/b.bin")
    assert first.path.read_bytes() == second.path.read_bytes()
    assert (first.sizes, first.categories) == (second.sizes, second.categories)
    for name in ("boxes", "ignore", "category"):
        for one, other in zip(getattr(first, name), getattr(second, name), strict=True):
            np.testing.assert_array_equal(one, other)
    assert [path.name for path in (tmp_path / "b").iterdir()] == ["b.bin"]
    assert set(PackedSet.__dataclass_fields__) == {"path", "sizes", "boxes", "ignore", "category", "categories"}


def test_who_needs_files_gets_the_same_folder(both):
    plain, sharded, _, _ = both
    assert plain_folder(plain) == plain
    assert digests(plain_folder(sharded)) == digests(plain)


@pytest.mark.parametrize("suffix", ["tar", "json"])
def test_a_damaged_shard_is_one_sentence(both, suffix, tmp_path):
    _, sharded, _, _ = both
    path = sharded / f"shards/00002.{suffix}"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(DataError, match=f"train/shards/00002.{suffix}: expected a file with SHA-256 .*synth@noise"):
        pack_folder(sharded, 0.5, tmp_path / "pixels.bin")
    path.unlink()
    with pytest.raises(DataError, match=f"00002.{suffix}: expected a file with SHA-256 .* found none"):
        pack_folder(sharded, 0.5, tmp_path / "pixels.bin")
