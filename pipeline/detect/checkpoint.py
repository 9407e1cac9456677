"""Checkpoints of a training: a killed one goes on from its last one, and ends with the bytes of an undisturbed one.

No random state is kept: batch i is the same whenever it is drawn.
"""

import hashlib
import io
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import torch

from pipeline.data.files import write_bytes
from pipeline.detect.adamw import AdamW
from pipeline.detect.muon import Muon
from pipeline.detect.network import Network

EVERY = 100
"""Steps from one checkpoint to the next."""


class Checkpoints:
    """The last two states of one training, `path` and the one before it.

    A file is the SHA-256 of its content in hexadecimal, a line end, and the content: the two cannot come apart. Files
    are not forced to the disk, which takes longer than a step: what a power failure spoils the checksum finds.
    """

    def __init__(self, path: Path):
        self.path, self.previous = path, path.with_name(f"previous-{path.name}")

    def write(self, content: bytes) -> None:
        """Keep a state, atomically; the last one becomes the previous one."""
        if self.path.exists():
            os.replace(self.path, self.previous)
        write_bytes(self.path, _checksum(content) + b"\n" + content)

    def read(self) -> bytes | None:
        """The newest state that is whole; None if there is none. Warns on stderr of every damaged one."""
        for path in (self.path, self.previous):
            if not path.exists():
                continue
            checksum, _, content = path.read_bytes().partition(b"\n")
            if checksum == _checksum(content):
                return content
            print(f"warning: {path}: expected a checkpoint with SHA-256 {checksum[:64].decode(errors='replace')!r}, "
                  f"found {_checksum(content).decode()}: it is damaged, and is made again from an earlier state",
                  file=sys.stderr)  # fmt: skip
            path.unlink()
        return None


def _checksum(content: bytes) -> bytes:
    return hashlib.sha256(content).hexdigest().encode()


def packed_state(network: Network, optimizers: Sequence[Muon | AdamW], losses: list[float]) -> bytes:
    """All that the rest of a training depends on, after as many steps as there are losses."""
    buffer = io.BytesIO()
    states = [optimizer.state_dict() for optimizer in optimizers]
    torch.save({"network": network.state_dict(), "optimizers": states, "losses": losses}, buffer)
    return buffer.getvalue()


def restore(content: bytes, network: Network, optimizers: Sequence[Muon | AdamW]) -> list[float]:
    """Undo `packed_state`; returns the losses of the steps that are done. Runs no code of the file's."""
    state = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    network.load_state_dict(state["network"])
    for optimizer, known in zip(optimizers, state["optimizers"], strict=True):
        optimizer.load_state_dict(known)
    return state["losses"]
