"""Nodes of a Ray cluster die at random moments of the stage synth: does it leave the same bytes, without a second run?

    python -m tests.nightly.kills_of_nodes [KILLS] [SEED]

needs Ray (requirements-scale.txt). Every time, a cluster of two nodes of one core each, beside an idle head, makes
a rung anew; when a random number of shards is finished, and up to a second later, one node is killed (`kill -9` of all
it started), and another one joins. Writes docs/kills_of_nodes.md; exit code 1 if a run failed or its bytes differ.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import psutil
import yaml
from ray.cluster_utils import Cluster

from pipeline.data.files import sha256_of, write_text
from tests import fabricated

OUT = Path("docs/kills_of_nodes.md")
RUNG, SHARD_SCENES = "noise", 3
IMAGES = {"train_images": 120, "test_images": 6}
SHARDS = sum(IMAGES.values()) // SHARD_SCENES
MEMORY = 80 * 1024 * 1024  # bytes of a node's object store, the least that Ray takes
PATIENCE_S = 900
HEAD = """# Killed nodes

Written by `python -m tests.nightly.kills_of_nodes`. The stage synth makes {images} images in {shards} shards on a Ray
cluster of two nodes. One of them is killed up to a second after a random number of shards is finished, and another one
joins. The stage must come to its end without being started again, with the bytes that processes of this machine make.

| drawn shards | shards finished at the kill | exit code | files that differ |
|---|---|---|---|
"""


class Nodes:
    """A cluster of two nodes, beside a head that computes nothing."""

    def __init__(self):
        self.cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "object_store_memory": MEMORY})
        self.nodes = [self._add(), self._add()]

    def _add(self):
        return self.cluster.add_node(num_cpus=1, object_store_memory=MEMORY)

    def kill_one(self, number: int) -> None:
        """`kill -9` of all that the node runs; another one takes its place."""
        node = self.nodes.pop(number)
        for processes in node.all_processes.values():
            for one in processes:
                family = psutil.Process(one.process.pid)
                for process in [family, *family.children(recursive=True)]:
                    process.send_signal(signal.SIGKILL)
        self.cluster.remove_node(node, allow_graceful=False)
        self.nodes.append(self._add())


class Stage:
    """Synth of one rung in a folder of its own."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.params = yaml.safe_load((fabricated.REPOSITORY / "params.yaml").read_text(encoding="utf-8"))

    def start(self, backend: str, address: str = "") -> subprocess.Popen:
        """From the start: what an earlier run has left is removed."""
        for name in ("synth", "progress"):
            shutil.rmtree(self.folder / "data/out" / name, ignore_errors=True)
        self.params["synth"] |= {"backend": backend, "ray_address": address, "shard_scenes": SHARD_SCENES}
        (self.folder / "params.yaml").write_text(yaml.safe_dump(self.params), encoding="utf-8")
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, [fabricated.REPOSITORY, *sys.path[1:]]))}
        return subprocess.Popen([sys.executable, "-m", "pipeline.stages.synth", RUNG], cwd=self.folder, env=environment)

    def finished_shards(self) -> int:
        return len(list(self.folder.glob("data/out/progress/synth-*/*/shards/*.sha256")))

    def made(self) -> dict[str, str]:
        out = self.folder / "data/out/synth" / RUNG
        return {str(path.relative_to(out)): sha256_of(path) for path in out.rglob("*") if path.is_file()}


def one_kill(stage: Stage, nodes: Nodes, rng: np.random.Generator, expected: dict[str, str]) -> list[int] | None:
    """A row of the table; None if the stage was done before."""
    drawn, number, later_s = int(rng.integers(SHARDS)), int(rng.integers(2)), rng.uniform(0, 1)
    process = stage.start("ray", nodes.cluster.address)
    while stage.finished_shards() < drawn and process.poll() is None:
        time.sleep(0.01)
    time.sleep(later_s)
    finished = stage.finished_shards()
    if process.poll() is not None:
        return None
    nodes.kill_one(number)
    code = process.wait(PATIENCE_S)
    found = stage.made()
    differ = [name for name in found.keys() | expected if found.get(name) != expected.get(name)]
    return [drawn, finished, code, len(differ)]


def run(kills: int, seed: int) -> int:
    rng, rows = np.random.default_rng([seed]), []
    with tempfile.TemporaryDirectory(prefix="kills-") as folder:
        stage = Stage(Path(folder).resolve())
        fabricated.write_inputs(stage.folder, fabricated.tiny_params(**IMAGES))
        stage.start("local").wait(PATIENCE_S)
        expected = stage.made()
        nodes = Nodes()
        while len(rows) < kills:
            row = one_kill(stage, nodes, rng, expected)
            rows += [row] if row else []
            print(row or "too late", flush=True)
        nodes.cluster.shutdown()
    lines = [f"| {' | '.join(map(str, row))} |\n" for row in rows]
    failed = sum(row[2] != 0 or row[3] != 0 for row in rows)
    head = HEAD.format(images=sum(IMAGES.values()), shards=SHARDS)
    write_text(OUT, f"{head}{''.join(lines)}\nKills: {len(rows)}. Of them failed, or with other bytes: {failed}.\n")
    return int(bool(failed) or not expected)


if __name__ == "__main__":
    raise SystemExit(run(int(sys.argv[1]) if sys.argv[1:] else 12, int(sys.argv[2]) if sys.argv[2:] else 0))
