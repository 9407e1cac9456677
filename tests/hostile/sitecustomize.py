"""Python imports this first when its folder leads PYTHONPATH: a machine whose clock jumps and that has no network.

It is so for stages and for the workers that they start; DVC, which starts the stages, is left alone.
"""

import os
import sys

if "HOSTILE_MACHINE" in os.environ or any(word.startswith("pipeline.") for word in sys.orig_argv):
    os.environ["HOSTILE_MACHINE"] = "1"  # the workers inherit it

    import random
    import socket
    import time

    YEARS_S = 10 * 365 * 86400.0
    jumps, now = random.Random(os.urandom(8)), time.time

    def jumping_clock():
        return max(0.0, now() + jumps.uniform(-YEARS_S, YEARS_S))

    time.time = jumping_clock
    time.time_ns = lambda: int(1e9 * jumping_clock())

    class NoNetwork(socket.socket):
        """Connects this machine's own processes, and nothing else."""

        def connect(self, address):
            if self.family != socket.AF_UNIX:
                raise RuntimeError(f"a stage uses the network: {address}")
            return super().connect(address)

        connect_ex = sendto = connect

    def no_names(host, *_, **__):
        raise RuntimeError(f"a stage uses the network: {host}")

    socket.socket, socket.getaddrinfo = NoNetwork, no_names
