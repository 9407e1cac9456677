"""Which instructions libraries use under our programs, by what they say themselves."""

import os
import subprocess
import sys

import pytest

from pipeline.instructions import AVX2_AT_MOST, use_common_instructions

WIDE = "flags\t\t: fpu sse2 avx avx2 fma avx512f avx512dq\n"
NARROW = "flags\t\t: fpu sse2 avx avx2 fma\n"
PROGRAM = """
import ctypes, glob, os
import pipeline
import numpy, torch
from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__
print("numpy", *(name for name in __cpu_dispatch__ if __cpu_features__[name]))
for path in glob.glob(os.path.join(os.path.dirname(numpy.__file__), "..", "numpy.libs", "*openblas*")):
    name = ctypes.CDLL(path).scipy_openblas_get_corename64_
    name.restype = ctypes.c_char_p
    print("openblas", name().decode())
torch.nn.functional.conv2d(torch.ones(4, 8, 64, 64), torch.ones(16, 8, 3, 3))
"""


@pytest.fixture
def environment(monkeypatch):
    for name in AVX2_AT_MOST:
        monkeypatch.setenv(name, "")  # so that what the test sets is taken back
        monkeypatch.delenv(name)


def _set(tmp_path, text):
    path = tmp_path / "cpuinfo"
    path.write_text(text)
    use_common_instructions(path)
    return {name: os.environ[name] for name in AVX2_AT_MOST if name in os.environ}


def test_a_wide_processor_is_narrowed(environment, tmp_path):
    assert _set(tmp_path, WIDE) == AVX2_AT_MOST


def test_what_the_user_has_set_stays(environment, monkeypatch, tmp_path):
    monkeypatch.setenv("ONEDNN_MAX_CPU_ISA", "DEFAULT")
    assert _set(tmp_path, WIDE) == {**AVX2_AT_MOST, "ONEDNN_MAX_CPU_ISA": "DEFAULT"}


def test_other_processors_are_left_alone(environment, tmp_path):
    assert _set(tmp_path, NARROW) == {}
    use_common_instructions(tmp_path / "not there")
    assert not AVX2_AT_MOST.keys() & os.environ.keys()


def test_libraries_of_a_program_use_no_avx_512(environment):
    told = {**os.environ, "ONEDNN_VERBOSE": "1"}
    said = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True, env=told).stdout
    lines, words = said.lower().splitlines(), ("numpy ", "openblas ", ",isa:")
    of_numpy, of_blas, of_onednn = ([line for line in lines if word in line] for word in words)
    assert of_numpy and of_onednn  # NumPy of another build may have another BLAS
    for line in of_numpy + of_blas + of_onednn:
        assert not any(word in line for word in ("512", "skylakex", "cooperlake", "sapphirerapids")), line


def test_the_tests_themselves_use_none():
    from numpy._core._multiarray_umath import __cpu_features__

    assert not any(__cpu_features__.get(name) for name in AVX2_AT_MOST["NPY_DISABLE_CPU_FEATURES"].split())
