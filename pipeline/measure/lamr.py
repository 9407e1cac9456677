"""Log-average miss rate: one number for the whole curve of misses against false positives per image.

Dollar, Wojek, Schiele, Perona: Pedestrian Detection: An Evaluation of the State of the Art, PAMI 2012.
"""

import numpy as np

from pipeline.measure.matching import Matches
from pipeline.measure.recall import recall_at_fppi

FPPI_POINTS = np.logspace(-2, 0, 9)


def log_average_miss_rate(matches: Matches) -> float:
    """The geometric mean of the miss rate at nine FPPI values from 0.01 to 1, evenly spaced in log.

    The miss rate at an FPPI is that of the last point of the curve that does not exceed it, else 1.
    """
    misses = np.array([1 - recall_at_fppi(matches, fppi) for fppi in FPPI_POINTS])
    return float(np.exp(np.log(np.maximum(misses, 1e-10)).mean()))
