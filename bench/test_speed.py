"""`pytest bench`: every effect and chain, at two sizes, on one thread and on all of the CPUs."""

import os
import time

import cv2
import pytest
import torch

from bench import ours, peers
from bench.subjects import SIZES

LIBRARIES = {
    "floor": ours.floors,
    "this camera": lambda width, height: ours.effects(width, height) | ours.chains(width, height),
    "albumentations": peers.of_albumentations,
    "kornia": peers.of_kornia,
}
THREADS = {"one thread": 1, "all CPUs": os.cpu_count()}
CPU_TIME = pytest.mark.benchmark(timer=time.process_time)  # not disturbed by whatever else the machine does
CASES = [(library, name) for library, functions in LIBRARIES.items() for name in functions(64, 64)]


@pytest.mark.parametrize("threads", [pytest.param("one thread", marks=CPU_TIME), "all CPUs"])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("library,name", CASES)
def test_speed(benchmark, library, name, size, threads):
    cv2.setNumThreads(THREADS[threads])
    torch.set_num_threads(THREADS[threads])
    width, height = SIZES[size]
    function = LIBRARIES[library](width, height)[name]
    benchmark.extra_info |= {"library": library, "name": name, "size": size, "threads": threads,
                             "megapixels": width * height / 1e6}
    benchmark(function)
