import resource

import numpy as np

from pipeline.workers import start_workers


def page_faults(shape):
    """Of making and dropping a frame's arrays again and again, after a first time."""
    faults = []
    for _ in range(20):
        before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
        frames = [np.ones(shape, np.float32) for _ in range(4)]
        del frames
        faults.append(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
    return faults[1:]


def test_workers_get_freed_memory_again_without_page_faults():
    with start_workers(str) as pool:
        for faults in pool.map(page_faults, [(576, 768), (576, 768, 3)]):
            assert sum(faults) < 100  # the smaller array alone has 432 pages
