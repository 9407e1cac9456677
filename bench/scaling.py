"""Do twice as many processes make twice as many images? The same shards of a rung, by every backend -> docs/scaling.md.

    python -m bench.scaling [RUNG] [IMAGES] [ROUNDS]

needs a finished `dvc repro`, a machine that does nothing else, and for its rows the packages of requirements-scale.txt.
Without arguments: the gate's rung, 400 images, 3 rounds.
"""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

from pipeline.config import load_params
from pipeline.data.files import write_text
from pipeline.scene.recipe import read_recipe
from pipeline.shards.local import make_locally
from pipeline.shards.plan import Shard, shards_of
from pipeline.shards.ray_cluster import make_on_ray
from pipeline.shards.worker import Job, Made
from pipeline.stages.synth import RECIPES, STOCK

OUT = Path("docs/scaling.md")
IMAGES, ROUNDS = 400, 3
NODE_MEMORY = 80 * 2**20  # bytes of a node's object store, the least that Ray takes
HEAD = """# Scaling

Written by `python -m bench.scaling`: {images} images of the rung `{rung}`, each way in turn, {rounds} rounds; medians.
Per second: between the first finished shard and the last; from start: the starting of processes and their loading
included. Efficiency: images per second, over those of one process in the same round times the number of processes.
Programs of their own know nothing of each other: what they lose, the machine's cores take from each other.

| who makes them | processes | images per second | efficiency | from start |
|---|---|---|---|---|
"""
RUNGS_HEAD = """
## Every rung

As many images as a default run makes of each, by `backend: local` with {cores} processes; medians of {rounds} rounds.

| rung | images per second | from start |
|---|---|---|
"""

Make = Callable[[Job, list[Shard]], Iterator[Made]]


@dataclass(frozen=True)
class Rate:
    """Images per second: between the first finished shard and the last, and from the start."""

    steady: float
    whole: float


def local(processes: int) -> Make:
    """A process for every core that Python counts."""

    def make(job: Job, shards: list[Shard]) -> Iterator[Made]:
        with patch("os.cpu_count", return_value=processes):
            yield from make_locally(job, shards)

    return make


@contextmanager
def ray_nodes(nodes: int) -> Iterator[Make]:
    """A cluster on this machine whose nodes have one core each."""
    from ray.cluster_utils import Cluster

    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "object_store_memory": NODE_MEMORY})
    try:
        for _ in range(nodes):
            cluster.add_node(num_cpus=1, object_store_memory=NODE_MEMORY)
        yield lambda job, shards: make_on_ray(job, shards, cluster.address)
    finally:
        cluster.shutdown()


def measured(make: Make, job: Job, shards: list[Shard]) -> Rate:
    """One run, into a folder that is removed afterwards."""
    with tempfile.TemporaryDirectory(prefix="scaling-") as folder:
        started, done, images = time.monotonic(), [], []
        for made in make(Job(job.recipe, job.stock, {"train": folder}, job.tarred), shards):
            done.append(time.monotonic())
            images.append(made.shard.count)
    return Rate(sum(images[1:]) / (done[-1] - done[0]), sum(images) / (done[-1] - started))


def apart(programs: int, job: Job, shards: list[Shard]) -> Rate:
    """As many programs of one process each, at the same time."""
    with ThreadPoolExecutor(programs) as pool, patch("os.cpu_count", return_value=1):
        rates = list(pool.map(lambda _: measured(make_locally, job, shards), range(programs)))
    return Rate(sum(rate.steady for rate in rates), sum(rate.whole for rate in rates))


def one_round(job: Job, shards: list[Shard], cores: int, with_ray: bool) -> dict[tuple[str, int], Rate]:
    rates = {("one process", 1): measured(local(1), job, shards)}
    rates["`backend: local`", cores] = measured(local(cores), job, shards)
    share = shards[: max(2, len(shards) // cores)]
    rates["programs of their own", cores] = apart(cores, job, share)
    for nodes in (1, cores) if with_ray else ():
        with ray_nodes(nodes) as make:
            rates[f"`backend: ray`, {nodes} node{'s' * (nodes > 1)}", nodes] = measured(make, job, shards)
    return rates


def page(rung: str, images: int, rounds: list[dict[tuple[str, int], Rate]]) -> str:
    rows = []
    for name, processes in rounds[0]:
        rates = [one[name, processes] for one in rounds]
        shares = [one[name, processes].steady / (processes * one["one process", 1].steady) for one in rounds]
        steady, whole = (statistics.median(getattr(rate, key) for rate in rates) for key in ("steady", "whole"))
        rows.append(f"| {name} | {processes} | {steady:.1f} | {statistics.median(shares):.0%} | {whole:.1f} |")
    return HEAD.format(rung=rung, images=images, rounds=len(rounds)) + "\n".join(rows) + "\n"


def every_rung(images: int, cores: int, shard_scenes: int, rungs: Sequence[str], rounds: int) -> str:
    """A table of rates, and of all rungs one after the other."""
    shards, found = shards_of({"train": images}, shard_scenes), {}
    for rung in rungs:
        rates = [measured(local(cores), job_of(rung), shards) for _ in range(rounds)]
        found[rung] = Rate(*(statistics.median(getattr(rate, key) for rate in rates) for key in ("steady", "whole")))
    found["all"] = Rate(*(statistics.harmonic_mean(getattr(rate, key) for rate in found.values())
                          for key in ("steady", "whole")))  # fmt: skip
    rows = [f"| {rung} | {rate.steady:.1f} | {rate.whole:.1f} |" for rung, rate in found.items()]
    return RUNGS_HEAD.format(cores=cores, rounds=rounds) + "\n".join(rows) + "\n"


def job_of(rung: str) -> Job:
    return Job(read_recipe(RECIPES / f"{rung}.json"), tuple(path.resolve() for path in STOCK), {}, frozenset())


def run(rung: str = "", images: str = str(IMAGES), rounds: str = str(ROUNDS)) -> None:
    params = load_params()
    rung, cores = rung or params.gate.rung, os.cpu_count() or 1
    job, shards = job_of(rung), shards_of({"train": int(images)}, params.synth.shard_scenes)
    try:
        import ray  # noqa: F401
    except ImportError:
        print("no package ray: its rows are left out", file=sys.stderr)
    text = page(rung, int(images), [one_round(job, shards, cores, "ray" in sys.modules) for _ in range(int(rounds))])
    default = params.scenes.train_images + params.scenes.test_images
    text += every_rung(default, cores, params.synth.shard_scenes, params.ladder, int(rounds))
    write_text(OUT, text)
    print(text)


if __name__ == "__main__":
    run(*sys.argv[1:])
