"""Learn with float64 weights and batches, where rounding is far below any mistake; alone or started by torchrun.

    python tests/detect/learn_in_double.py PICKLED_ARGUMENTS FOLDER    # every process writes FOLDER/<rank>.pt
"""

import os
import pickle
import sys
from pathlib import Path

import torch

from pipeline.detect.batches import Batch, Batches
from pipeline.detect.loop import learn
from pipeline.detect.network import build
from pipeline.detect.parallel import ALONE, joined


def learn_in_double(packed, detector, train, ranks):
    """(weights and statistics after training, losses)."""
    torch.manual_seed(3)
    torch.set_num_threads(1)
    network, losses = ranks.spread(build(detector, len(packed.categories))).double().train(), []
    share = Batches.share

    def double_share(*args):
        batch = share(*args)
        return Batch(*(values.double() for values in vars(batch).values()))

    Batches.share = double_share
    try:
        learn(network, packed, train, 7, 0, lambda step, epoch, loss: losses.append(loss), ranks=ranks)
    finally:
        Batches.share = share
    return network.state_dict(), losses


if __name__ == "__main__":
    arguments = pickle.loads(Path(sys.argv[1]).read_bytes())
    if "RANK" in os.environ:
        with joined(arguments["train"].batch) as ranks:
            torch.save(learn_in_double(**arguments, ranks=ranks), Path(sys.argv[2]) / f"{ranks.rank}.pt")
    else:
        torch.save(learn_in_double(**arguments, ranks=ALONE), Path(sys.argv[2]) / "0.pt")
