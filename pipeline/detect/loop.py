"""The training loop: one network from scratch, a process on one thread, the same bytes on every run."""

import math
from collections.abc import Callable

import numpy as np
import torch

from pipeline.detect.adamw import AdamW
from pipeline.detect.batches import Batch, Batches
from pipeline.detect.checkpoint import EVERY, Checkpoints, packed_state, restore
from pipeline.detect.dataset import PackedSet
from pipeline.detect.loss import detection_loss, loss_totals
from pipeline.detect.muon import Muon
from pipeline.detect.network import Network, build
from pipeline.detect.parallel import ALONE, Ranks
from pipeline.params import NetworkParams, TrainParams

WEIGHTS = 0  # key of the random stream

WARM_UP = 0.15
"""Share of the steps in which the learning rate rises."""


def train(
    packed: PackedSet,
    detector: NetworkParams,
    params: TrainParams,
    seed: int,
    run: int,
    report: Callable[[int, float, float], None],
    checkpoints: Checkpoints | None = None,
    ranks: Ranks = ALONE,
) -> Network:
    """Train run `run` of the experiment with seed `seed`; calls `report(step, epoch, loss)` after every
    step.

    checkpoints: where it goes on from, and leaves its state every EVERY steps and at the end. ranks: of the processes
    that share every batch; each of them calls this, and gets the same network.
    """
    use_one_thread()
    torch.manual_seed(int(np.random.default_rng([seed, run, WEIGHTS]).integers(2**63)))
    network = build(detector, len(packed.categories)).to(memory_format=torch.channels_last).train()
    learn(ranks.spread(network), packed, params, seed, run, report, checkpoints, ranks)
    return network.cpu().eval()


def learn(
    network: Network,
    packed: PackedSet,
    params: TrainParams,
    seed: int,
    run: int,
    report: Callable[[int, float, float], None] = lambda step, epoch, loss: None,
    checkpoints: Checkpoints | None = None,
    ranks: Ranks = ALONE,
) -> None:
    """All steps of a training, from the weights that the network has or from the last checkpoint."""
    optimizers = make_optimizers(network, params)
    batches = Batches(packed, params, seed, run)
    known = ranks.from_first(checkpoints.read) if checkpoints else None
    losses = restore(known, network, optimizers) if known else []
    for step, loss in enumerate(losses):
        report(step, batches.epoch(step), loss)
    for step in range(len(losses), len(batches)):
        batch = batches.share(step, ranks.rank, ranks.count).to(ranks.device)
        losses.append(differentiate(network, batch, params.label_smoothing, ranks))
        for optimizer in optimizers:
            optimizer.step(rate(step, len(batches)))
        report(step, batches.epoch(step), losses[-1])
        if checkpoints and ranks.is_first and ((step + 1) % EVERY == 0 or step + 1 == len(batches)):
            checkpoints.write(packed_state(network, optimizers, losses))


def differentiate(network: Network, batch: Batch, smoothing: float, ranks: Ranks) -> float:
    """Leave the gradient of the loss of a whole batch in the network; returns that loss. batch: this rank's share."""
    totals = ranks.sum(loss_totals(batch.heat, batch.care, batch.weight))
    with ranks.precision():
        logits, distances = network(batch.image)
    exact = batch.heat.dtype
    loss = detection_loss(logits.to(exact), distances.to(exact), batch.heat, batch.care, batch.distances, batch.weight,
                          smoothing, totals)  # fmt: skip
    network.zero_grad(set_to_none=True)
    loss.backward()
    return ranks.sum_gradients(network, loss)


def use_one_thread() -> None:
    """Sums in one order whatever the number of cores: the same bytes on every machine of one kind."""
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    torch.utils.deterministic.fill_uninitialized_memory = False  # nothing reads it; saves a fifth of the time


def make_optimizers(network: Network, params: TrainParams) -> list[Muon | AdamW]:
    """Muon for the kernels inside the network; AdamW for its two ends, biases and normalization."""
    ends = {id(parameter) for end in (network.stem, network.output) for parameter in end.parameters()}
    inner = [p for p in network.parameters() if p.ndim > 1 and id(p) not in ends]
    others = [p for p in network.parameters() if p.ndim == 1 or id(p) in ends]
    return [
        Muon(inner, params.kernel_learning_rate, params.weight_decay),
        AdamW(others, params.learning_rate, params.weight_decay),
    ]


def rate(step: int, steps: int) -> float:
    """Share of the highest learning rate: rises along a line, then falls along a cosine to nothing."""
    done = (step + 1) / (steps + 1)
    if done < WARM_UP:
        return done / WARM_UP
    return 0.5 + 0.5 * math.cos(math.pi * (done - WARM_UP) / (1 - WARM_UP))
