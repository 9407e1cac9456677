"""`kill -9` at random moments: does `dvc repro` afterwards leave the same bytes as an undisturbed run?

    python -m tests.nightly.kills [KILLS] [SEED]

takes a tiny experiment (tests/tiny_experiment.py), runs it undisturbed, and then again and again from the start. Each
time a few of its stages are drawn, and at a random moment of each something is killed: dvc with all that it started;
dvc alone, so that the stage goes on without it; one worker of the stage's pool, or the stage itself, as the system does
when memory is short. Each kill must leave no torn file and no traceback, each end must equal the undisturbed run byte
for byte, and scenes that were finished must not be made again. Writes docs/kills.md; exit code 1 if anything failed.
"""

import re
import shutil
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import numpy as np
import psutil

from pipeline.data.files import write_text
from tests.nightly.kept_shards import KeptShards
from tests.nightly.kills_page import page
from tests.nightly.made import differences, hashes, torn
from tests.nightly.victims import DVC, KINDS, WORKER, kill, workers, works_in
from tests.tiny_experiment import Experiment, merge

OUT = Path("docs/kills.md")
MORE = {
    "scenes": {"train_images": 24, "test_images": 8}, "synth": {"shard_scenes": 2}, "train": {"steps": 500},
}  # fmt: skip  # so that there are many shards, and checkpoints
WITH_WORKERS = ("places", "realism", "reexpose", "synth", "train", "train_real_only")
WEIGHTS = {"synth": 5.0, "train": 3.0}  # drawn so much oftener than the other stages
A_LAP = 10  # kills before the experiment comes to its end
A_KIND = 1 / 5  # of the kills, at least, are of each kind
A_MOMENT_S = 0.6  # with dvc's own work; stages that take less are not aimed at
OFTEN_S = 0.01  # from one look to the next
PATIENCE_S = 3600  # machines are paused, too
TORN_LOCK = "Unable to read RWLock-file"
REFUSED = "expected no other run of this stage"
STARTED = re.compile(r"Running stage '([^']+)'")


class Harness:
    """hits: kills by (stage, kind); kinds: by kind; ends: runs that came to their end and were compared.

    refused: runs that were refused because a stage still ran without its dvc; torn_locks: runs that DVC refused because
    of its own lock; checkpoints: kills of a training that had left a checkpoint; unseen: kills that left the scenes of
    a rung complete, without DVC knowing it.
    """

    def __init__(self, folder: Path, rng: np.random.Generator):
        self.experiment, self.rng = Experiment(folder / "experiment"), rng
        self.experiment.write_params(merge(self.experiment.params, MORE))
        self.root, self.pristine, self.logs = self.experiment.root, folder / "pristine", folder / "logs"
        self.logs.mkdir()
        shutil.copytree(self.root, self.pristine)
        self.hits, self.kinds, self.shards, self.problems = Counter(), Counter(), KeptShards(), []
        self.ends, self.refused, self.torn_locks, self.checkpoints, self.unseen = 0, 0, 0, 0, 0
        self.durations_s = self._undisturbed()
        self.expected = hashes(self.root)

    def draw(self, kills: int) -> list[str]:
        """Stages to hit, up to `kills` or one lap, in the order in which they run; some of them several times."""
        names = [name for name, duration_s in self.durations_s.items() if duration_s > A_MOMENT_S]
        weights = np.array([WEIGHTS.get(name.split("@")[0], 1.0) for name in names])
        drawn = self.rng.choice(len(names), min(A_LAP, kills), p=weights / weights.sum())
        return [names[i] for i in sorted(drawn)]

    def _undisturbed(self) -> dict[str, float]:
        """The stages in their order, and how long each took until the next one began [s]."""
        self._start()
        starts = {}
        while self.dvc.poll() is None:
            for name in self._started():
                starts.setdefault(name, time.monotonic())
            time.sleep(OFTEN_S)
        if self.dvc.returncode != 0:
            raise SystemExit(f"the undisturbed run failed:\n{self.log.read_text(encoding='utf-8')[-3000:]}")
        times = [*starts.values(), time.monotonic()]
        return dict(zip(starts, np.diff(times), strict=True))

    def lap(self, stages: list[str]) -> None:
        """From the start to the end, with a kill in each of `stages`, as `draw` orders them."""
        self._wait_for_orphans()
        shutil.rmtree(self.root)
        shutil.copytree(self.pristine, self.root)
        self._start()
        for stage in stages:
            if self._reach(stage):
                self._strike(stage)
        while not self._ended_well():
            self._start()
        self.problems += differences(self.root, self.expected)
        self.problems += self.shards.compare(self.root)
        self.ends += 1

    def _start(self) -> None:
        self.killed = ""
        self.log = self.logs / f"{len(list(self.logs.iterdir()))}.log"  # not the one that an orphan writes into
        with open(self.log, "w", encoding="utf-8") as stream:
            self.dvc = self.experiment.start("dvc", "repro", output=stream)

    def _reach(self, stage: str) -> bool:
        """Run until `stage` begins; False if the experiment came to its end without it."""
        while stage not in self._started() or self.dvc.poll() is not None:
            if self.dvc.poll() is not None:
                if self._ended_well():
                    return False
                self._start()
            time.sleep(OFTEN_S)
        return True

    def _started(self) -> list[str]:
        return STARTED.findall(self.log.read_text(encoding="utf-8"))

    def _strike(self, stage: str) -> None:
        """Kill at a random moment of `stage`, which has begun."""
        name, _, rung = stage.partition("@")
        kind = self._seldom(name)
        end = time.monotonic() + self.durations_s[stage]
        while kind == WORKER and self._runs(stage) and not workers(self.dvc.pid):
            time.sleep(OFTEN_S)
        moment = self.rng.uniform(time.monotonic(), max(end, time.monotonic()))
        while self._runs(stage) and time.monotonic() < moment:
            time.sleep(OFTEN_S)
        if not (self._runs(stage) and kill(self.dvc.pid, kind, self.rng)):
            return print(f"{stage}: too late for {kind}")
        self.hits[stage, kind] += 1
        self.kinds[kind] += 1
        self.killed = f"{kind} in {stage}"
        print(self.killed, flush=True)
        self.checkpoints += any(self.root.glob("data/out/progress/train-*/*.pt"))
        if name == "synth":
            self._note_shards(kind, rung)
        while self._runs(stage) and not (kind == WORKER and name == "synth"):  # which goes on with another worker
            time.sleep(OFTEN_S)

    def _note_shards(self, kind: str, rung: str) -> None:
        self.shards.note(self.root, kind, rung)
        if kind == DVC:
            self._wait_for_orphans()
        if kind != WORKER and (self.root / "data/out/synth" / rung).exists():
            self.unseen += 1
            self.problems += self.shards.compare(self.root)

    def _seldom(self, name: str) -> str:
        """The kind that hit stages of this name least often; of several, the one that hit all stages least often."""
        here = Counter()
        for (stage, kind), count in self.hits.items():
            here[kind] += count * (stage.partition("@")[0] == name)
        kinds = [kind for kind in self.rng.permutation(KINDS) if kind != WORKER or name in WITH_WORKERS]
        return str(min(kinds, key=lambda kind: (here[kind], self.kinds[kind])))

    def is_enough(self, kills: int) -> bool:
        return self.hits.total() >= kills and min(self.kinds[kind] for kind in KINDS) >= A_KIND * kills

    def _runs(self, stage: str) -> bool:
        return self.dvc.poll() is None and self._started()[-1] == stage

    def _ended_well(self) -> bool:
        """Wait for the end of this run of dvc. What it left is looked at."""
        code = self.dvc.wait(PATIENCE_S)
        said = self.log.read_text(encoding="utf-8")
        where = f"after {self.killed or 'no kill'}, kill {self.hits.total()}"
        if code and REFUSED in said:
            self.refused += 1
            self._wait_for_orphans()
        elif code and TORN_LOCK in said:
            self.torn_locks += 1
            (self.root / ".dvc/tmp/rwlock").unlink()  # by hand, as the page says
        elif code and not self.killed:
            raise SystemExit(f"does not go on: {said[-3000:]}")
        if "Traceback" in said:
            self.problems.append(f"a traceback {where}: {said[-3000:]}")
        self.problems += [f"torn {where}: {name}" for name in torn(self.root, self.expected)]
        return code == 0

    def _wait_for_orphans(self) -> None:
        """Until no process runs in the experiment's folder."""
        deadline = time.monotonic() + PATIENCE_S
        while any(works_in(process, self.root) for process in psutil.process_iter()):
            if time.monotonic() > deadline:
                raise SystemExit("a stage without its dvc does not end")
            time.sleep(0.1)


def run(kills: int, seed: int) -> int:
    with tempfile.TemporaryDirectory(prefix="kills-") as folder:
        harness = Harness(Path(folder).resolve(), np.random.default_rng([seed]))
        while not harness.is_enough(kills):
            harness.lap(harness.draw(max(A_LAP // 2, kills - harness.hits.total())))
            write_text(OUT, page(harness))
    print("\n".join(harness.problems) or f"{OUT}: {harness.hits.total()} kills, {harness.ends} equal ends")
    return int(bool(harness.problems))


if __name__ == "__main__":
    raise SystemExit(run(int(sys.argv[1]) if sys.argv[1:] else 50, int(sys.argv[2]) if sys.argv[2:] else 0))
