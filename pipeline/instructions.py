"""The same numbers from processors with and without AVX-512: libraries may use AVX2, and no wider instructions.

NumPy, OpenBLAS and oneDNN (PyTorch's convolutions) choose by processor how they add up and approximate functions.
With AVX-512 the last bits of calibration, places and networks come out differently, and training turns that into other
detectors, whose recall differs as that of other seeds. The libraries read these variables once, when they are imported.
A variable that the user has set stays.
"""

import os
from pathlib import Path

CPU_INFO = Path("/proc/cpuinfo")
AVX2_AT_MOST = {
    "NPY_DISABLE_CPU_FEATURES": "AVX512F AVX512CD AVX512_SKX AVX512_CLX AVX512_CNL AVX512_ICL",
    "OPENBLAS_CORETYPE": "Haswell",
    "ONEDNN_MAX_CPU_ISA": "AVX2",
}


def use_common_instructions(cpu_info: Path = CPU_INFO) -> None:
    """For libraries that are imported from now on. Nothing where there is no AVX-512 to leave out."""
    if cpu_info.is_file() and " avx512f" in cpu_info.read_text(encoding="utf-8", errors="replace"):
        for name, value in AVX2_AT_MOST.items():
            os.environ.setdefault(name, value)
