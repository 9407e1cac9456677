"""Processes that train one network together, started by torchrun: each takes its share of every batch.

What one process with the whole batch would compute is computed, up to the rounding of sums: the losses of the shares
are divided by totals of the whole batch, its statistics normalize (pipeline.detect.whole_batch_norm), and gradients
are added. All processes start from the same weights and make the same updates.

In float64 the losses of one process and of two agree to 1e-14. In float32 they agree to 1e-6 over a few steps;
then rounding grows as it does in one process, where first weights that are changed by 1e-7 of themselves change
the loss by 1e-6 over five steps and by 1e-2 after ten.
"""

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, distributed

from pipeline.detect.network import Network
from pipeline.detect.whole_batch_norm import with_whole_batch_norm
from pipeline.errors import UserError


@dataclass(frozen=True)
class Ranks:
    """This process, number `rank` of `count`, which computes on `device`."""

    rank: int
    count: int
    device: torch.device

    @property
    def is_first(self) -> bool:
        return self.rank == 0

    def spread(self, network: Network) -> Network:
        """The network, on the device of this process and with the statistics of the whole batch; changes it."""
        return (with_whole_batch_norm(network) if self.count > 1 else network).to(self.device)

    def precision(self) -> torch.autocast:
        """Mixed precision on a GPU: bfloat16, which needs no scaling of the loss."""
        return torch.autocast(self.device.type, torch.bfloat16, enabled=self.device.type == "cuda")

    def from_first(self, read: Callable[[], bytes | None]) -> bytes | None:
        """What `read` gives the first process; only there it is called."""
        found = [read() if self.is_first else None]
        if self.count > 1:
            distributed.broadcast_object_list(found)
        return found[0]

    def sum(self, values: Tensor) -> Tensor:
        """The values become their sums over all processes."""
        if self.count > 1:
            distributed.all_reduce(values)
        return values

    def sum_gradients(self, network: Network, loss: Tensor) -> float:
        """All gradients become their sums over all processes, in one message; returns the sum of the losses."""
        if self.count == 1:
            return loss.item()
        gradients = [parameter.grad for parameter in network.parameters()]
        sums = self.sum(torch.cat([*(gradient.flatten() for gradient in gradients), loss.detach().flatten()]))
        sizes = [gradient.numel() for gradient in gradients]
        for gradient, total in zip(gradients, sums[:-1].split(sizes), strict=True):
            gradient.copy_(total.view(gradient.shape))
        return sums[-1].item()


ALONE = Ranks(0, 1, torch.device("cpu"))
"""One process that takes whole batches."""


@contextmanager
def joined(batch: int) -> Iterator[Ranks]:
    """Meet the other processes that torchrun started, to share batches of so many samples.

    On GPUs, one a process, where there are any; else on CPU cores. Raises UserError if there are more processes than
    samples or GPUs.
    """
    rank, local, count = (int(os.environ[name]) for name in ("RANK", "LOCAL_RANK", "WORLD_SIZE"))
    check_count(count, batch)
    device = torch.device("cpu")
    if torch.cuda.is_available():
        check_gpus(int(os.environ["LOCAL_WORLD_SIZE"]), torch.cuda.device_count())
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # cuBLAS adds in a fixed order only with it
        device = torch.device("cuda", local)
        torch.cuda.set_device(device)
    threading.Thread(target=_leave_with_launcher, args=(os.getppid(),), daemon=True).start()
    distributed.init_process_group("nccl" if device.type == "cuda" else "gloo")
    try:
        yield Ranks(rank, count, device)
    finally:
        distributed.destroy_process_group()


def check_count(count: int, batch: int) -> None:
    """Every process needs a sample of every batch."""
    if count > batch:
        raise UserError(f"params.yaml: train.batch: expected a crop at least for each of {count} processes, found "
                        f"{batch}; raise it, or lower --nproc-per-node of torchrun")  # fmt: skip


def check_gpus(processes: int, gpus: int) -> None:
    """Every process needs a GPU of its own."""
    if processes > gpus:
        raise UserError(f"torchrun: expected at most one process for each GPU, found {processes} for {gpus}; lower "
                        '--nproc-per-node, or hide the GPUs with CUDA_VISIBLE_DEVICES=""')  # fmt: skip


def _leave_with_launcher(launcher: int) -> None:
    """Processes of a killed torchrun would train on, and write into what the next run makes."""
    while os.getppid() == launcher:
        time.sleep(0.1)
    os._exit(1)
