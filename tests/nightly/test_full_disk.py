"""The whole tiny experiment on a disk that is full again and again, and grows: it goes on to the same bytes."""

import re
import subprocess

import pytest

from tests.nightly.made import differences, hashes, torn
from tests.tiny_experiment import Experiment

GROWTH_MIB = 5  # the disk grows by so much after each run that was stopped by it
TOLD = re.compile(r"No space left on device|disk is full", re.IGNORECASE)


def used_mib(folder):
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) // 2**20 + 1


def grow(disk, mib):
    subprocess.run(["mount", "-o", f"remount,size={mib}m", str(disk)], check=True)


@pytest.fixture
def disk(tmp_path):
    folder = tmp_path / "disk"
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "tmpfs", str(folder)], capture_output=True).returncode != 0:
        pytest.skip("mounting is not allowed here")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_it_goes_on_whenever_there_is_room_again(tmp_path, disk):
    undisturbed = Experiment(tmp_path / "undisturbed")
    undisturbed.dvc("repro")
    expected = hashes(undisturbed.root)
    experiment = Experiment(disk / "experiment")
    size = used_mib(disk)
    stops = 0
    while True:
        grow(disk, size := size + GROWTH_MIB)
        process = experiment.start("dvc", "repro")
        said, _ = process.communicate()
        assert "Traceback" not in said, said[-3000:]
        assert torn(experiment.root, expected) == []
        if process.returncode == 0:
            break
        stops += 1
        assert TOLD.search(said), said[-3000:]
    print(f"the disk was full {stops} times, and {size} MiB at the end")
    assert stops > 1
    assert differences(experiment.root, expected) == []
