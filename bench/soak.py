"""Does a worker grow or slow down? Thousands of scenes and training steps, each in one process -> docs/soak.md.

    python -m bench.soak [SCENES] [STEPS]

needs a finished `dvc repro`; 20,000 scenes and 20,000 steps (the defaults) take about an hour of one core. Every 500,
the resident memory and the processor time of the last 500 are noted. Machines change their pace within an hour by more
than what is looked for, so after every 500 a new process photographs the first scenes again: time counts in units of
what one of these takes. Exit code 1: more than 5 % growth of either.
"""

import dataclasses
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import cv2

from pipeline.config import load_params
from pipeline.data.coco import read_coco
from pipeline.data.files import write_text
from pipeline.detect.dataset import pack
from pipeline.scene.draw import draw, load_stock
from pipeline.scene.recipe import read_recipe
from pipeline.scene.streams import stream
from pipeline.workers import start_workers
from sensors import Camera

OUT = Path("docs/soak.md")
DATA = Path("data/out")
STOCK = tuple(DATA / name for name in ("assets", "real/photos", "places", "calibration"))
EVERY, DEFAULT, LIMIT = 500, 20_000, 0.05
PACE_SCENES = 40
HEAD = """# Soak

Written by `python -m bench.soak`: one worker process photographs scenes of the rung `{rung}`, another one trains on its
data set. Memory is what is resident, time is processor time. Pace is the processor time of one scene in a process that
was started anew just then: what the machine does at that moment. Growth of memory is from the first reading to the
last, of time / pace from the mean of the first quarter of the readings to that of the last.

"""


@dataclasses.dataclass(frozen=True)
class Reading:
    done: int
    resident_mib: float
    ms_each: float
    pace_ms: float

    @property
    def paces_each(self) -> float:
        return self.ms_each / self.pace_ms


def one_thread() -> None:
    cv2.setNumThreads(1)
    cv2.ipp.setUseIPP(False)


def resident_mib() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


@cache
def loaded(rung: str):
    recipe = read_recipe(DATA / "recipes" / f"{rung}.json")
    return recipe, load_stock(recipe, *STOCK)


def photograph(rung: str, first: int, count: int) -> tuple[float, float]:
    """Scenes first, first + 1, ..., as the stage synth makes them, written nowhere: (resident MiB, ms each)."""
    recipe, stock = loaded(rung)
    start = time.process_time()
    for index in range(first, first + count):
        scene, profile = draw(recipe, stock, "train", index)
        Camera(profile).photograph(scene, stream(recipe.seed, "train", index, "photons"))
    return resident_mib(), 1e3 * (time.process_time() - start) / count


def pace_ms(rung: str) -> float:
    """Processor time of one of the first scenes, in a new process that has made them once before."""
    with start_workers(one_thread) as pool:
        for _ in range(2):
            _, pace = pool.submit(photograph, rung, 0, PACE_SCENES).result()
    return pace


def learn(rung: str, steps: int) -> list[Reading]:
    """Training as the stage train does it, read every `EVERY` steps."""
    from pipeline.detect.loop import train

    params, readings = load_params(), []
    data = DATA / "synth" / rung / "train"
    last = time.process_time()

    def report(step: int, epoch: float, loss: float) -> None:
        nonlocal last
        if step and step % EVERY == 0:
            each = 1e3 * (time.process_time() - last) / EVERY
            readings.append(Reading(step, resident_mib(), each, pace_ms(rung)))
            print(readings[-1], flush=True)
            last = time.process_time()

    with tempfile.TemporaryDirectory(prefix="soak-") as scratch:
        coco = read_coco(data / "annotations.json", data / "images", None)
        packed = pack(coco, data / "images", params.detector.input_scale, Path(scratch) / "pixels.bin")
        last = time.process_time()
        longer = dataclasses.replace(params.train, steps=steps + 1)
        train(packed, params.detector, longer, params.seed, 0, report)
    return readings


def growth(values: Sequence[float], ends: int) -> float:
    """From the mean of the first `ends` values to that of the last, as a share of the first."""
    return sum(values[-ends:]) / sum(values[:ends]) - 1


def told(title: str, readings: Sequence[Reading]) -> tuple[str, bool]:
    rows = [f"| {one.done:,} | {one.resident_mib:.1f} | {one.ms_each:.2f} | {one.pace_ms:.2f} |" for one in readings]
    memory = growth([one.resident_mib for one in readings], 1)
    time_ = growth([one.paces_each for one in readings], max(1, len(readings) // 4))
    verdict = f"Memory {memory:+.1%}, time / pace {time_:+.1%}; at most {LIMIT:.0%} is asked for."
    table = ["| done | resident MiB | ms each | pace ms |", "|---|---|---|---|", *rows]
    return f"## {title}\n\n{verdict}\n\n" + "\n".join(table) + "\n", max(memory, time_) > LIMIT


def run(scenes: int = DEFAULT, steps: int = DEFAULT) -> int:
    rung = load_params().gate.rung
    parts = []
    if scenes:
        readings = []
        with start_workers(one_thread) as pool:
            for first in range(0, scenes, EVERY):  # one job after the other: one worker does them all
                memory, each = pool.submit(photograph, rung, first, EVERY).result()
                readings.append(Reading(first + EVERY, memory, each, pace_ms(rung)))
                print(readings[-1], flush=True)
        parts.append(told(f"{readings[-1].done:,} scenes", readings))
    if steps:
        with start_workers(one_thread) as pool:
            readings = pool.submit(learn, rung, steps).result()
        parts.append(told(f"{steps:,} training steps", readings))
    write_text(OUT, HEAD.format(rung=rung, every=EVERY) + "\n".join(text for text, _ in parts))
    print("\n".join(text for text, _ in parts))
    return int(any(failed for _, failed in parts))


if __name__ == "__main__":
    raise SystemExit(run(*map(int, sys.argv[1:])))
