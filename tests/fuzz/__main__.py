"""Millions of spoilt files for the readers of data from elsewhere, guided by which code they reach.

    python -m tests.fuzz [EXECUTIONS] [TARGET]

EXECUTIONS (default 1,000,000) are shared by all targets of tests/fuzz/targets.py, those that are quick getting more;
with TARGET all are for that one. Needs atheris (requirements-audit.txt). Writes docs/fuzz.md; exit code 1 if a reader
ended in anything but a refusal in words: the file that did it then stands in data/out/fuzz.
"""

import json
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

from pipeline.data.files import write_bytes, write_text
from tests.fuzz.targets import TARGETS, seeds_of

OUT, CRASHES = Path("docs/fuzz.md"), Path("data/out/fuzz")
EXECUTIONS = 1_000_000
LARGEST_BYTES = {"params_file": 20_000, "shard_tar": 12_000}  # a whole params.yaml, a whole tar file
OTHERS_BYTES = 600
SHARE = {"yolo_labels": 0.05, "params_file": 0.01, "params_value": 0.02}  # the others share the rest
HEAD = """# Fuzzed readers

Written by `python -m tests.fuzz`. Atheris {version} (libFuzzer) spoils sound files and keeps those that reach new code.
A reader must take a file or refuse it in words (`UserError`); any other exception is a crash. Seed 1.

| target | largest file, bytes | executions | taken | refused in words | crashes |
|---|---|---|---|---|---|
"""


def shares(executions: int) -> dict[str, int]:
    rest = (1 - sum(SHARE.values())) / (len(TARGETS) - len(SHARE))
    return {name: -int(-executions * SHARE.get(name, rest) // 1) for name in TARGETS}


def largest_bytes(name: str) -> int:
    return LARGEST_BYTES.get(name, OTHERS_BYTES)


def fuzz(name: str, executions: int) -> dict:
    """Counts of one target, from a process of its own: libFuzzer ends it."""
    with tempfile.TemporaryDirectory(prefix="fuzz-") as scratch:
        corpus, counts = Path(scratch, "corpus"), Path(scratch, "counts.json")
        for number, seed in enumerate(seeds_of(name)):
            write_bytes(corpus / str(number), seed)
        words = [sys.executable, "-m", "tests.fuzz.guided", name, str(executions), str(counts), str(corpus)]
        CRASHES.mkdir(parents=True, exist_ok=True)
        flags = ["-seed=1", f"-max_len={largest_bytes(name)}", f"-artifact_prefix={CRASHES}/{name}-", "-verbosity=0"]
        done = subprocess.run([*words, *flags], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        result = json.loads(counts.read_text()) if counts.is_file() else {"executions": 0, "taken": 0, "refused": 0}
    crashed = done.returncode != 0 or result["executions"] < executions
    print(f"{name}: {result}" + (f" CRASH\n{done.stdout[-3000:]}" if crashed else ""), flush=True)
    return {**result, "crashes": int(crashed)}


def run(*words: str) -> int:
    executions = int(words[0]) if words else EXECUTIONS
    runs = {words[1]: executions} if words[1:] else shares(executions)
    results = {}
    for name, count in runs.items():
        results[name] = fuzz(name, count)
        if not words[1:]:
            write_text(OUT, page(results))  # after each one, for a run that is stopped
    return int(any(result["crashes"] for result in results.values()))


def page(results: dict[str, dict]) -> str:
    keys = ("executions", "taken", "refused", "crashes")
    results = results | {"all": {key: sum(result[key] for result in results.values()) for key in keys}}
    rows = []
    for name, result in results.items():
        largest = "" if name == "all" else f"{largest_bytes(name):,}"
        rows.append("| " + " | ".join([name, largest, *(f"{result[key]:,}" for key in keys)]) + " |")
    return HEAD.format(version=version("atheris")) + "\n".join(rows) + "\n"


if __name__ == "__main__":
    raise SystemExit(run(*sys.argv[1:]))
