"""How long a training step waits for its batch: as it is, in one thread, and with workers that draw ahead."""

import math
import multiprocessing
import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

import cv2
import numpy as np

from pipeline.detect.batches import Batch, Batches
from pipeline.detect.dataset import PackedSet
from pipeline.params import Params

STEPS, WARM_UP = 25, 5  # measured, and before them
AHEAD = 2  # batches for each worker that are drawn or wait
MOST_WAITING = 0.1  # of a step

_batches: list[Batches] = []  # of this process


@dataclass(frozen=True)
class Step:
    """A training step: medians [ms] of waiting for the batch, and of learning from it."""

    waiting_ms: float
    learning_ms: float

    @property
    def share(self) -> float:
        """Of the step that waits."""
        return self.waiting_ms / (self.waiting_ms + self.learning_ms)


def measure_step(packed: PackedSet, params: Params, workers: int) -> Step:
    """Train some steps with so many worker processes that draw ahead; 0: the trainer draws itself, as it does today."""
    if not workers:
        batches = Batches(packed, params.train, params.seed, 0)
        return _train(packed, params, (batches[step % len(batches)] for step in range(WARM_UP + STEPS)))
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, context, _start, (packed, params)) as pool:
        list(pool.map(_nothing, range(workers)))  # they have started
        return _train(packed, params, _ahead(pool, AHEAD * workers))


def _ahead(pool: ProcessPoolExecutor, depth: int) -> Iterator[Batch]:
    waiting = deque(pool.submit(_draw, step) for step in range(depth))
    try:
        for step in range(depth, depth + WARM_UP + STEPS):
            batch = waiting.popleft().result()
            waiting.append(pool.submit(_draw, step))
            yield batch
    finally:
        for job in waiting:
            job.cancel()


def _train(packed: PackedSet, params: Params, batches: Iterator[Batch]) -> Step:
    import torch

    from pipeline.detect.loop import make_optimizers, rate, use_one_thread
    from pipeline.detect.loss import detection_loss
    from pipeline.detect.network import build

    use_one_thread()
    torch.manual_seed(0)
    network = build(params.detector, len(packed.categories)).to(memory_format=torch.channels_last).train()
    optimizers = make_optimizers(network, params.train)
    times = []
    for step in range(WARM_UP + STEPS):
        start = time.perf_counter()
        batch = next(batches)
        drawn = time.perf_counter()
        loss = detection_loss(*network(batch.image), batch.heat, batch.care, batch.distances, batch.weight,
                              params.train.label_smoothing)  # fmt: skip
        network.zero_grad(set_to_none=True)
        loss.backward()
        for optimizer in optimizers:
            optimizer.step(rate(step, params.train.steps))
        times.append((drawn - start, time.perf_counter() - drawn))
    batches.close()
    waiting, learning = 1000 * np.median(times[WARM_UP:], axis=0)
    return Step(float(waiting), float(learning))


def workers_to_feed(drawing_ms: float, learning_ms: float) -> int:
    """How many workers draw so fast that at most MOST_WAITING of a step waits.

    n workers deliver a batch every drawing_ms / n; a step takes that or learning_ms, whichever is longer.
    """
    return max(1, math.ceil(drawing_ms * (1 - MOST_WAITING) / learning_ms - 1e-9))


def sentence_of(steps: dict[int, Step]) -> tuple[bool, str]:
    """Whether to warn, and what to say. steps: {workers: what was measured}, 0 among them."""
    own = steps[0]
    cores = 1 + workers_to_feed(own.waiting_ms, own.learning_ms)
    numbers = (f"{own.share:.0%} of a training step of {own.waiting_ms + own.learning_ms:.0f} ms draws its batch "
               f"({own.waiting_ms:.1f} ms), in the same thread")  # fmt: skip
    if own.share <= MOST_WAITING:
        return False, f"Data loading does not idle the trainer: {numbers} (allowed {MOST_WAITING:.0%})."
    with_workers = ", ".join(f"{step.share:.0%} with {n}" for n, step in steps.items() if n)
    return True, (f"Data loading idles the trainer: {numbers} (allowed {MOST_WAITING:.0%}). Workers that draw ahead "
                  f"leave, measured here, {with_workers}; {cores} cores for each training would feed it.")  # fmt: skip


def _start(packed: PackedSet, params: Params) -> None:
    cv2.setNumThreads(1)
    import torch

    torch.set_num_threads(1)
    _batches[:] = [Batches(packed, params.train, params.seed, 0)]


def _draw(step: int) -> Batch:
    return _batches[0][step % len(_batches[0])]


def _nothing(_: int) -> None:
    """A first job, so that a worker is there."""
