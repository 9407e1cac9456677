"""Shards made by a Ray cluster: of this machine, or an existing one by its address.

Every node needs the packages of requirements.txt and Ray, and sees this repository with data/out under the same path
(a shared volume, or the same image): workers read code, assets, places and calibration from there. What they make goes
straight to a URL, but through this program where the set is a folder, which no other node needs to see.
"""

import os
import socket
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from pipeline.errors import UserError
from pipeline.instructions import AVX2_AT_MOST
from pipeline.shards import worker
from pipeline.shards.plan import RETRIES, Shard
from pipeline.shards.store import Store
from pipeline.shards.worker import Job, Made
from pipeline.workers import KEEP_FREED_MEMORY

INSTALL = "ray==2.60.0"
PATIENCE_S = 10.0  # of who knocks at the address
IN_FLIGHT = 3  # shards for every core: nobody waits, and what comes back fits into memory
REPOSITORY = Path(__file__).parents[2]


def make_on_ray(job: Job, shards: Sequence[Shard], address: str) -> Iterator[Made]:
    """Each as it gets done; a shard whose worker or node died is begun again, RETRIES times.

    Raises UserError where Ray is missing or nothing answers at `address` ("": a cluster of this machine alone), and
    when a shard was begun too often.
    """
    ray = _connected(address)
    try:
        task = ray.remote(num_cpus=1, max_retries=RETRIES)(_make)
        common, waiting, running = ray.put(job), iter(shards), {}
        while True:
            most = IN_FLIGHT * max(1, int(ray.cluster_resources().get("CPU", 1)))
            for shard in islice(waiting, max(0, most - len(running))):
                running[task.remote(common, shard)] = shard
            if not running:
                return
            for ref in ray.wait(list(running))[0]:
                yield _collect(ray, ref, running.pop(ref), job)
    finally:
        ray.shutdown()


def _connected(address: str):
    """The module ray, connected."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # no reports to Ray's makers
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")  # as Ray's next version; this one warns
    try:
        import ray
    except ImportError:
        raise UserError("params.yaml: synth.backend: ray needs the package ray, found none; "
                        f"`pip install {INSTALL}`, or set it to local") from None
    paths = [str(REPOSITORY), os.environ.get("PYTHONPATH", "")]
    environment = {**KEEP_FREED_MEMORY, **worker.ENVIRONMENT, "PYTHONPATH": os.pathsep.join(filter(None, paths))}
    for name, value in AVX2_AT_MOST.items():  # whatever this processor can do: the nodes' may be others
        environment[name] = os.environ.get(name, value)
    try:
        _knock(address)
        ray.init(address or "local", runtime_env={"env_vars": environment}, logging_level="ERROR", log_to_driver=False,
                 include_dashboard=None if address else False)  # fmt: skip
    except (ConnectionError, ValueError, RuntimeError, OSError) as error:
        raise UserError(f"params.yaml: synth.ray_address: expected a Ray cluster of version {ray.__version__} at "
                        f"{address!r}, found: {error}; start one, or correct the address") from None  # fmt: skip
    return ray


def _knock(address: str) -> None:
    """Raises OSError or ValueError where nobody listens at host:port; Ray itself tries for minutes."""
    if address not in ("", "auto"):
        host, _, port = address.rpartition(":")
        socket.create_connection((host, int(port)), PATIENCE_S).close()


def _make(job: Job, shard: Shard) -> tuple[dict[str, bytes] | None, float]:
    """On a node: the files, unless they were written already; CPU time [s]."""
    if not worker._worker:
        worker.start(job)
    files, core_s = worker.make(shard)
    if Store(job.roots[shard.split]).is_local:
        return files, core_s
    worker.write(job, shard, files)
    return None, core_s


def _collect(ray, ref, shard: Shard, job: Job) -> Made:
    try:
        files, core_s = ray.get(ref)
    except ray.exceptions.RayTaskError as error:
        raise error.cause from None  # what went wrong there, as if it went wrong here
    except ray.exceptions.RayError as error:
        raise UserError(f"{shard.name}: begun {1 + RETRIES} times on Ray, and its worker or node died each time: "
                        f"{str(error).splitlines()[0]} What is finished is kept: run it again") from None  # fmt: skip
    if files is not None:
        worker.write(job, shard, files)
    return Made(shard, core_s)
