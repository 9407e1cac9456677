"""`kill -9` at random moments: does `dvc repro` afterwards leave the same bytes as an undisturbed run?

    python -m tests.nightly.kills [KILLS] [SEED]

takes a tiny experiment (tests/tiny_experiment.py), runs it undisturbed, and then again and again from the start, each
time killed at random moments until it comes to its end. Killed is one of: dvc with all that it started; dvc alone, so
that a stage goes on without it; a single process of a stage, as the system does when memory is short. Each kill must
leave no torn file, what is killed singly must end with a line and not with a traceback, and each end must equal the
undisturbed run byte for byte. Writes docs/kills.md; exit code 1 if anything differed.
"""

import contextlib
import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import numpy as np
import psutil

from pipeline.data.files import sha256_of, write_text
from tests.tiny_experiment import Experiment

OUT = Path("docs/kills.md")
EVERYTHING, DVC, ONE = "dvc and all it started", "dvc alone", "one process of a stage"
TRACKER = "Python's resource tracker"
LONGEST_WAIT = 0.25  # of the undisturbed run's time: a run is killed several times before it comes to its end
PATIENCE_S = 3600  # machines are paused, too
RETRIES = 5  # at the end, for a stage that still runs without its dvc
REFUSED = "expected no other run of this stage"
MADE = ("data/out", "data/report")
NOT_COMPARED = ("data/out/durations", "data/out/locks")
TIMES = re.compile(r"All stages together:.*?</details>", re.DOTALL)  # the page tells how long the stages took
HEAD = """# Killed runs

Written by `python -m tests.nightly.kills`. A tiny experiment is killed with `kill -9` at random moments of
`dvc repro`, run again, killed again, until it comes to its end, over and over. After each kill, every file that is
there must be the undisturbed run's file; at each end, all files must be, and nothing half-made may be left. Left out
of the comparison: how long the stages took, in data/out/durations and on the page.

"""


class Harness:
    """hits: kills by kind; stages: kills by the stage that ran; ends: runs that came to their end and were compared."""

    def __init__(self, folder: Path, rng: np.random.Generator):
        self.experiment, self.rng = Experiment(folder / "experiment"), rng
        self.root, self.pristine, self.log = self.experiment.root, folder / "pristine", folder / "dvc.log"
        shutil.copytree(self.root, self.pristine)
        self.hits, self.stages, self.problems, self.ends, self.refused = Counter(), Counter(), [], 0, 0
        start = time.monotonic()
        code, said = self._repro()
        if code != 0:
            raise SystemExit(f"the undisturbed run failed:\n{said[-3000:]}")
        self.longest_wait_s = LONGEST_WAIT * (time.monotonic() - start)
        self.expected = hashes(self.root)

    def run(self, kills: int) -> None:
        self._from_the_start()
        while self.hits.total() < kills:
            code, said = self._repro(str(self.rng.choice([EVERYTHING, DVC, ONE])))
            self.problems += [
                f"torn after {self.hits.total()} kills: {name}" for name in torn(self.root, self.expected)
            ]
            if code == 0:
                self._compare()
                self._from_the_start()
            print(f"{self.hits.total()} kills, {self.ends} ends, {len(self.problems)} problems", flush=True)
        for _ in range(RETRIES):
            if self._repro()[0] == 0:
                return self._compare()
        self.problems.append("does not come to its end")

    def _from_the_start(self) -> None:
        self._wait_for_orphans()
        shutil.rmtree(self.root)
        shutil.copytree(self.pristine, self.root)

    def _compare(self) -> None:
        found = hashes(self.root)
        names = found.keys() | self.expected.keys()
        self.problems += [f"differs: {name}" for name in names if found.get(name) != self.expected.get(name)]
        self.problems += [f"half-made: {path}" for path in self.root.rglob(".partial-*")]
        self.ends += 1

    def _repro(self, kind: str = "") -> tuple[int, str]:
        """Exit code and output of `dvc repro`, which is killed at a random moment if there is a kind of kill."""
        with open(self.log, "w", encoding="utf-8") as stream:
            process = self.experiment.start("dvc", "repro", output=stream)
        killed = kind and self._kill(process, kind)
        code = process.wait(PATIENCE_S)
        said = self.log.read_text(encoding="utf-8")
        if killed:
            self.hits[killed] += 1
            self.stages[(["none yet", *re.findall(r"Running stage '([^'@]+)", said)])[-1]] += 1
        elif code and REFUSED in said:
            self.refused += 1
            self._wait_for_orphans()
        elif code:
            self.problems.append(f"does not go on: {said[-1500:]}")
        if "Traceback" in said and TRACKER not in str(killed):  # Python's own tracker tells about its own death
            self.problems.append(f"a traceback, {killed}: {said[-3000:]}")
        return code, said

    def _kill(self, process: subprocess.Popen, kind: str) -> str:
        """Kill at a random moment; returns what was killed, nothing if the run had ended by then."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(self.rng.uniform(0, self.longest_wait_s))
            return ""
        if kind == EVERYTHING:
            os.killpg(process.pid, signal.SIGKILL)
        elif kind == DVC:
            os.kill(process.pid, signal.SIGKILL)
        else:
            with contextlib.suppress(psutil.NoSuchProcess):
                started = psutil.Process(process.pid).children(recursive=True)
                if started:
                    started = [one for one in started if role(one) == "worker"] or started
                    victim = started[self.rng.integers(len(started))]
                    kind = f"{ONE}: {role(victim)}"
                    victim.kill()
                    return kind
            return ""
        return kind

    def _wait_for_orphans(self) -> None:
        """Until no process runs in the experiment's folder."""
        deadline = time.monotonic() + PATIENCE_S
        while any(works_in(process, self.root) for process in psutil.process_iter()):
            if time.monotonic() > deadline:
                raise SystemExit("a stage without its dvc does not end")
            time.sleep(0.1)


def works_in(process: psutil.Process, folder: Path) -> bool:
    try:
        return process.cwd() == str(folder)
    except psutil.Error:
        return False


def role(process: psutil.Process) -> str:
    words = process.cmdline()
    if "resource_tracker" in str(words):
        return TRACKER
    if "forkserver" in str(words):
        parent = process.parent()
        return "worker" if parent and "forkserver" in str(parent.cmdline()) else "server that starts workers"
    if "multiprocessing" in str(words):
        return "worker"
    return "the stage itself" if "pipeline.stages" in str(words) else "other"


def hashes(root: Path) -> dict[str, str]:
    """{path: SHA-256} of all that the experiment made, half-made files apart."""
    paths = [path for top in MADE for path in sorted((root / top).rglob("*")) if path.is_file()]
    names = {str(path.relative_to(root)): path for path in paths}
    return {
        name: hash_of(path)
        for name, path in names.items()
        if ".partial-" not in name and not name.startswith(NOT_COMPARED)
    }


def hash_of(path: Path) -> str:
    if path.name != "index.html":
        return sha256_of(path)
    return hashlib.sha256(TIMES.sub("", path.read_text(encoding="utf-8")).encode()).hexdigest()


def torn(root: Path, expected: dict[str, str]) -> list[str]:
    """Files that are there but are not the undisturbed run's."""
    return [name for name, found in hashes(root).items() if expected.get(name) != found]


def page(harness: Harness) -> str:
    rows = [f"| {what} | {count} |" for what, count in sorted(harness.hits.items())]
    lines = ["| killed | times |", "|---|---|", *rows, f"| all | {harness.hits.total()} |", ""]
    rows = [f"| {stage} | {count} |" for stage, count in sorted(harness.stages.items())]
    lines += ["| stage that ran | kills |", "|---|---|", *rows, ""]
    lines.append(
        f"Runs that came to their end and were compared, {len(harness.expected)} files each: {harness.ends}. "
        f"Runs that were refused because a stage still ran without its dvc: {harness.refused}. "
        f"Problems: {len(harness.problems)}."
    )
    return HEAD + "\n".join(lines + [f"- {problem.splitlines()[0]}" for problem in harness.problems]) + "\n"


def run(kills: int, seed: int) -> int:
    with tempfile.TemporaryDirectory(prefix="kills-") as folder:
        harness = Harness(Path(folder).resolve(), np.random.default_rng([seed]))
        harness.run(kills)
    write_text(OUT, page(harness))
    print("\n".join(harness.problems) or f"{OUT}: {harness.hits.total()} kills, {harness.ends} equal ends")
    return int(bool(harness.problems))


if __name__ == "__main__":
    raise SystemExit(run(int(sys.argv[1]) if sys.argv[1:] else 50, int(sys.argv[2]) if sys.argv[2:] else 0))
