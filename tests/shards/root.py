"""A folder in which the stage synth runs."""

import os
import subprocess
import sys

import yaml

from pipeline.stages import synth
from tests import fabricated
from tests.stages.test_synth import digests


class Root:
    """A folder with all that the stage synth reads: 10 and 4 scenes in shards of 3."""

    def __init__(self, folder, monkeypatch):
        self.folder, self.monkeypatch = folder, monkeypatch
        self.params = yaml.safe_load((fabricated.REPOSITORY / "params.yaml").read_text(encoding="utf-8"))
        self.environment = {"PYTHONPATH": str(fabricated.REPOSITORY), "OMP_NUM_THREADS": "1"}
        self.set()

    def set(self, **values):
        """Of the section synth."""
        self.params["synth"] |= {"backend": "local", "ray_address": "", "shard_scenes": 3, "format": "folder",
                                 "output": "", **values}  # fmt: skip
        (self.folder / "params.yaml").write_text(yaml.safe_dump(self.params), encoding="utf-8")
        return self

    def run(self, rung, workers=1):
        """In this process; returns the digests of the set."""
        self.monkeypatch.setattr(os, "cpu_count", lambda: workers)
        synth.run(rung)
        return digests(self.set_of(rung))

    def start(self, rung, *python):
        """In a process of its own, with `environment`."""
        command = [sys.executable, *(python or ("-m", "pipeline.stages.synth")), rung]
        return subprocess.Popen(command, cwd=self.folder, env={**os.environ, **self.environment},
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)  # fmt: skip

    def finish(self, rung):
        """As `start`; what it said, (exit code, stdout, stderr)."""
        process = self.start(rung)
        out, err = process.communicate(timeout=300)
        return process.returncode, out, err

    def set_of(self, rung):
        return self.folder / "data/out/synth" / rung
