"""The training loop: one network from scratch on one thread, the same bytes on every run."""

import math
from collections.abc import Callable

import numpy as np
import torch

from pipeline.detect.adamw import AdamW
from pipeline.detect.batches import Batches
from pipeline.detect.dataset import PackedSet
from pipeline.detect.loss import detection_loss
from pipeline.detect.muon import Muon
from pipeline.detect.network import Network, build
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
) -> Network:
    """Train run `run` of the experiment with seed `seed`; calls `report(step, epoch, loss)` after every
    step."""
    use_one_thread()
    torch.manual_seed(int(np.random.default_rng([seed, run, WEIGHTS]).integers(2**63)))
    network = build(detector, len(packed.categories)).to(memory_format=torch.channels_last).train()
    optimizers = make_optimizers(network, params)
    batches = Batches(packed, params, seed, run)
    for step in range(len(batches)):
        batch = batches[step]
        logits, distances = network(batch.image)
        loss = detection_loss(
            logits, distances, batch.heat, batch.care, batch.distances, batch.weight, params.label_smoothing)
        network.zero_grad(set_to_none=True)
        loss.backward()
        for optimizer in optimizers:
            optimizer.step(rate(step, len(batches)))
        report(step, batches.epoch(step), loss.item())
    return network.eval()


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
