"""What the user can mend is one sentence without a traceback, before any scene is made."""

import builtins
import importlib.util
import re

import pytest

from pipeline.config import params_and_problems
from pipeline.errors import UserError
from pipeline.shards import ray_cluster, tar
from tests.fabricated import REPOSITORY


def without(name, monkeypatch):
    """As if the package was not installed."""
    real = builtins.__import__

    def refuse(wanted, *args, **kwargs):
        if wanted.split(".")[0] == name:
            raise ImportError(wanted)
        return real(wanted, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", refuse)


@pytest.mark.parametrize(
    ("package", "settings"), [("ray", {"backend": "ray"}), ("webdataset", {"format": "webdataset"})])
def test_a_missing_package_is_named_with_its_version(package, settings, root, monkeypatch):
    root.set(**settings)
    without(package, monkeypatch)
    with pytest.raises(UserError, match=f"needs the package {package}, found none; `pip install {package}=="):
        root.run("composite")
    assert not root.set_of("composite").exists()


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"backend": "slurm"}, "synth.backend: unknown value 'slurm'; expected one of local, ray"),
        ({"format": "tfrecord"}, "synth.format: unknown value 'tfrecord'; expected one of folder, webdataset"),
        ({"output": "s3://bucket"}, "synth.output: 's3://bucket' needs synth.format webdataset, found folder"),
        ({"shard_scenes": 0}, "synth.shard_scenes: 0 is out of range"),
        ({"format": "webdataset", "output": "a/b"}, "synth.output: expected a URL or an absolute folder, found 'a/b'"),
    ],
)
def test_wrong_values(values, words, root):
    root.set(**values)
    problems = params_and_problems(root.params)[1]
    assert len(problems) == 1 and problems[0].startswith(words)


@pytest.mark.parametrize("output", ["", "/mnt/shards", "s3://bucket/shards"])
def test_places_that_are_the_same_from_anywhere(output, root):
    root.set(format="webdataset", output=output)
    assert params_and_problems(root.params)[1] == []


@pytest.mark.skipif(importlib.util.find_spec("webdataset") is None, reason="needs webdataset")
@pytest.mark.parametrize(
    ("output", "words"),
    [
        ("/proc/nowhere", "/proc/nowhere/composite-[0-9a-f]{16}/writable: expected to write there, found .*Error"),
        ("nfs4://host/x", "nfs4://host/x.*expected a folder or a URL whose file system is installed, found: Protocol"),
    ],
)
def test_an_output_that_takes_nothing(output, words, root):
    root.set(format="webdataset", output=output)
    code, _, error = root.finish("composite")
    assert code == 2 and len(error.splitlines()) == 1, error
    assert re.search(words, error), error
    assert not root.set_of("composite").exists()


def test_the_versions_that_errors_name_are_those_of_the_requirements():
    pinned = (REPOSITORY / "requirements-scale.txt").read_text(encoding="utf-8").split()
    assert {ray_cluster.INSTALL, tar.INSTALL} <= set(pinned)
