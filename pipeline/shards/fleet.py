"""A simulated fleet that makes shards: workers that straggle and die. What does the plan lose, and what does it cost?

The plan is the real one: a shard whose worker died is begun again, RETRIES times in a run; one more death ends the run,
and the next run makes what is missing. A finished shard is never made again.
"""

import heapq
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.shards.plan import RETRIES, Shard

SPREAD = 0.2  # of ln(time of a shard): scenes differ


@dataclass(frozen=True)
class Fleet:
    """stragglers: share of the workers that are `slowness` times slower. deaths_per_h: of each worker.

    restart_s: until a dead worker's place, or an ended run, goes on.
    """

    workers: int
    stragglers: float
    slowness: float
    deaths_per_h: float
    restart_s: float


@dataclass(frozen=True)
class Outcome:
    """times_made: {shard: how often it was finished}. wasted_core_s: on shards that were not finished [s]."""

    times_made: dict[Shard, int]
    runs: int
    deaths: int
    elapsed_s: float
    busy_core_s: float
    wasted_core_s: float


def simulate(shards: Sequence[Shard], scene_s: float, fleet: Fleet, seed: int, spread: float = SPREAD) -> Outcome:
    """Run the plan until every shard is finished. scene_s: CPU time of a scene on a worker that is no straggler [s].

    Every shard has a log-normal factor of mean 1; deaths come at a constant rate while a worker works.
    """
    rng = np.random.default_rng([seed, 0])
    slow = np.where(np.arange(fleet.workers) < round(fleet.stragglers * fleet.workers), fleet.slowness, 1.0)
    factor = dict(zip(shards, rng.lognormal(-spread**2 / 2, spread, len(shards)), strict=True))
    made, runs, deaths, busy_s, wasted_s, now_s = {}, 0, 0, 0.0, 0.0, 0.0
    while len(made) < len(shards):
        waiting, begun = deque(shard for shard in shards if shard not in made), {}
        runs += 1
        free = [(now_s, worker) for worker in range(fleet.workers)]  # (from when on, who)
        running = []  # (end, worker, shard, begin, died)
        while waiting or running:
            while waiting and free and (not running or free[0][0] <= running[0][0]):
                begin, who = heapq.heappop(free)
                shard = waiting.popleft()
                begun[shard] = begun.get(shard, 0) + 1
                needs_s = scene_s * shard.count * slow[who] * factor[shard]
                lives_s = rng.exponential(3600 / fleet.deaths_per_h) if fleet.deaths_per_h else np.inf
                end = begin + min(needs_s, lives_s)
                heapq.heappush(running, (end, who, shard.split, shard.number, shard, begin, lives_s < needs_s))
            now_s, who, *_, shard, begin, died = heapq.heappop(running)
            busy_s += now_s - begin
            heapq.heappush(free, (now_s + died * fleet.restart_s, who))
            if not died:
                made[shard] = made.get(shard, 0) + 1
                continue
            deaths, wasted_s = deaths + 1, wasted_s + now_s - begin
            if begun[shard] > RETRIES:
                cut_s = sum(now_s - row[5] for row in running if row[5] < now_s)
                busy_s, wasted_s, now_s = busy_s + cut_s, wasted_s + cut_s, now_s + fleet.restart_s
                break
            waiting.appendleft(shard)  # as Ray, at once
    return Outcome(made, runs, deaths, now_s, busy_s, wasted_s)
