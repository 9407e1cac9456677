"""Shards made by processes of this machine, one for every core."""

import os
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import as_completed
from concurrent.futures.process import BrokenProcessPool

from pipeline.errors import UserError
from pipeline.shards import worker
from pipeline.shards.plan import RETRIES, Shard
from pipeline.shards.worker import Job, Made
from pipeline.workers import start_workers


def make_locally(job: Job, shards: Sequence[Shard]) -> Iterator[Made]:
    """Each as it gets done. When a worker dies, all begin anew with the shards that are left.

    Raises UserError when that happened RETRIES times more without a shard getting done in between.
    """
    os.environ.update(worker.ENVIRONMENT)
    left, deaths = dict.fromkeys(shards), 0
    while left:
        for made in _until_one_dies(job, list(left)):
            deaths = 0
            del left[made.shard]
            yield made
        if left:
            deaths += 1
            if deaths > RETRIES:
                raise UserError(f"workers died {deaths} times without making a shard; is there enough memory for "
                                f"{os.cpu_count()} of them? What is finished is kept: run it again")  # fmt: skip
            print(f"warning: a worker died; {len(left)} shards are begun anew", file=sys.stderr)


def _until_one_dies(job: Job, shards: Sequence[Shard]) -> Iterator[Made]:
    with start_workers(worker.start, job) as pool:
        try:
            for future in as_completed([pool.submit(worker.make_and_write, shard) for shard in shards]):
                if not isinstance(future.exception(), BrokenProcessPool):
                    yield future.result()
        except BrokenProcessPool:  # before all were submitted
            pass
        finally:
            pool.shutdown(cancel_futures=True)
